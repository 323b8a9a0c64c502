"""Limits the bytes that all requests of this process hold at once: bodies, tensors to and from models, answers.

Bytes are reserved here first and released when they are gone, so that a flood is refused before memory runs out.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

import errors
from telemetry import metrics

# Enough for a login or a revocation and its answer: these work even when there is no room for larger requests.
SMALL_BYTES = 256 * 1024
# One eighth of all bytes is only for small requests; one caller may hold at most three eighths.
_EIGHTHS = 8
_ONE_CALLERS = 3
# A caller with a full share may still hold this part of all bytes for small requests, but not the whole eighth.
_SMALL_OF_ONE = 16
# A model call that waits for room is refused after this time.
_LONGEST_WAIT = timedelta(seconds=5)


class BytesInFlight:
    """One per process, used only on its event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._most_of_large = most - most // _EIGHTHS
        self.share = most * _ONE_CALLERS // _EIGHTHS
        self._most_of_one = self.share + most // _SMALL_OF_ONE
        self._held = 0
        self._by_subject: dict[str, int] = {}
        self._waiting: OrderedDict[asyncio.Future[None], tuple[Hold, int]] = OrderedDict()
        self._when_released: Callable[[], None] | None = None
        # Whether a model call has found no room since `_when_released` was called last.
        self._is_short = False
        metrics.BYTES_IN_FLIGHT_MOST.set(most)
        metrics.BYTES_IN_FLIGHT.set_function(lambda: self._held)

    def when_released(self, call: Callable[[], None]) -> None:
        """Calls it when there may be more room, if `Hold.takes` found none. Those that wait here are let in before."""
        self._when_released = call

    def hold(self, subject: str) -> "Hold":
        """An empty hold; its bytes count for the share of `subject`, a user or a network."""
        return Hold(self, subject)

    def takes(self, hold: "Hold", count: int, *, beside: int = 0) -> bool:
        """Adds them, if there is room now for them and for so many more `beside` them."""
        wanted, of_subject = count + beside, self._by_subject.get(hold.subject, 0)
        if hold.count + wanted <= SMALL_BYTES:
            most, most_of_one = self._most, self._most_of_one
        else:
            most, most_of_one = self._most_of_large, self.share
        if self._held + wanted > most or of_subject + wanted > most_of_one:
            return False
        if count and not hold.is_closed:
            hold.count += count
            self._held += count
            self._by_subject[hold.subject] = of_subject + count
        return True

    def has_full_share(self, hold: "Hold", count: int) -> bool:
        """Whether the bytes that the same caller already holds leave no room for these."""
        return self._by_subject.get(hold.subject, 0) + count > self.share

    def add(self, hold: "Hold", count: int) -> None:
        """Adds without a check for room; a negative count releases. A closed hold is not counted any more."""
        if hold.is_closed:
            return
        hold.count += count
        self._held += count
        of_subject = self._by_subject.get(hold.subject, 0) + count
        if of_subject:
            self._by_subject[hold.subject] = of_subject
        else:
            self._by_subject.pop(hold.subject, None)
        if count < 0:
            if self._waiting:
                self._let_in()
            if self._is_short and self._when_released is not None:
                self._is_short = False
                self._when_released()

    def be_short(self) -> None:
        """A model call has found no room: `when_released` tells of more."""
        self._is_short = True

    async def wait(self, hold: "Hold", count: int, within: timedelta) -> None:
        """Waits until `count` is reserved, if there is no room now. The first waiting call that fits is next: a small
        one may pass a large one.

        It waits some seconds for bytes of other callers, and all of `within` for the caller's own. Raises TimeoutError.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = hold, count
        try:
            async with asyncio.timeout(within.total_seconds()):
                while not (await asyncio.wait([turn], timeout=_LONGEST_WAIT.total_seconds()))[0]:
                    if not self.has_full_share(hold, count):
                        raise TimeoutError
        except BaseException:
            if turn.done():
                self.add(hold, -count)
            raise
        finally:
            self._waiting.pop(turn, None)
            turn.cancel()

    def _let_in(self) -> None:
        for turn, (hold, count) in list(self._waiting.items()):
            if self.takes(hold, count):
                del self._waiting[turn]
                turn.set_result(None)


class Hold:
    """The bytes of one request. Leaving the context releases all of them."""

    def __init__(self, flight: BytesInFlight, subject: str) -> None:
        self._flight = flight
        self.subject = subject
        # The most that its subject may hold in all.
        self.share = flight.share
        self.count = 0
        # Cancelled work may end after its request, and would release bytes that its request has already released.
        self.is_closed = False

    def take(self, count: int, *, what: str, beside: int = 0) -> None:
        """`what` is body or answer. `beside`: so many more are used, and are free again before anything else runs.

        Raises ServiceUnavailable if there is no room.
        """
        if not self._flight.takes(self, count, beside=beside):
            raise _no_room(what)

    async def wait_for(self, count: int, within: timedelta) -> None:
        """For a model call. Raises ModelBusy if there is no room for some seconds."""
        if self._flight.takes(self, count):
            # Those that wait do not fit, or they would not wait.
            return
        try:
            await self._flight.wait(self, count, within)
        except TimeoutError as error:
            metrics.BYTES_REFUSED.labels("call").inc()
            raise errors.ModelBusy("Running calls use all the memory that is set aside for calls.") from error

    def takes(self, count: int) -> bool:
        """For a model call: takes them if there is room now."""
        if self._flight.takes(self, count):
            return True
        self._flight.be_short()
        return False

    def has_full_share(self, count: int) -> bool:
        """Whether the bytes that its subject already holds leave no room for these."""
        return self._flight.has_full_share(self, count)

    def check(self, count: int, *, what: str) -> None:
        """Like `take`, but reserves nothing: for bytes that are announced and have not arrived."""
        if not self._flight.takes(self, 0, beside=count):
            raise _no_room(what)

    def add(self, count: int) -> None:
        """Without a check for room: they are already in memory."""
        self._flight.add(self, count)

    def give(self, count: int) -> None:
        self._flight.add(self, -count)

    def be(self, count: int) -> None:
        """Sets the count without a check for room: the bytes are already in memory."""
        if count != self.count:
            self._flight.add(self, count - self.count)

    def pass_on(self, count: int) -> "Hold":
        """Another hold of the same subject that starts with `count`."""
        other = self._flight.hold(self.subject)
        other.be(count)
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Releases all of them."""
        if self.count:
            self._flight.add(self, -self.count)
        self.is_closed = True


def _no_room(what: str) -> errors.ServiceUnavailable:
    metrics.BYTES_REFUSED.labels(what).inc()
    return errors.ServiceUnavailable()
