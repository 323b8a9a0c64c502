"""How many bytes the requests of this process hold at once: bodies, what goes to models and comes from them, answers.

All of it is taken here first and given back when it is gone, so that a flood is refused before memory runs out.
"""

import asyncio
from collections import Counter, OrderedDict
from datetime import timedelta
from types import TracebackType
from typing import Self

import errors
from telemetry import metrics

# What a request may always hold: a login, a revocation and their answers go on when there is no room for more.
SMALL_BYTES = 256 * 1024
# Of the whole, an eighth is for small requests alone, and three are the most that one caller may have.
_EIGHTHS = 8
_ONE_CALLERS = 3
# Of the whole, what a caller with a full share may still hold by small requests: not all that is for these.
_SMALL_OF_ONE = 16
# Until a call of a model that waits for room is refused.
_LONGEST_WAIT = timedelta(seconds=5)


class BytesInFlight:
    """One per process, used on its event loop alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.share = most * _ONE_CALLERS // _EIGHTHS
        self._held = 0
        self._by_subject: Counter[str] = Counter()
        self._waiting: OrderedDict[asyncio.Future[None], tuple[Hold, int]] = OrderedDict()
        metrics.BYTES_IN_FLIGHT_MOST.set(most)

    def hold(self, subject: str) -> "Hold":
        """Nothing yet; `subject` is a user or a network, whose share it will be part of."""
        return Hold(self, subject)

    def has_room(self, hold: "Hold", count: int) -> bool:
        if hold.count + count <= SMALL_BYTES:
            most_of_one = self.share + self._most // _SMALL_OF_ONE
            return self._held + count <= self._most and self._by_subject[hold.subject] + count <= most_of_one
        for_all = self._most - self._most // _EIGHTHS
        return self._held + count <= for_all and not self.has_full_share(hold, count)

    def has_full_share(self, hold: "Hold", count: int) -> bool:
        """Whether it is what the same caller holds already that keeps this from it."""
        return self._by_subject[hold.subject] + count > self.share

    def add(self, hold: "Hold", count: int) -> None:
        """Whether or not there is room; less than nothing gives back. Of what is closed nothing is counted any more."""
        if hold.is_closed:
            return
        hold.count += count
        self._held += count
        self._by_subject[hold.subject] += count
        if not self._by_subject[hold.subject]:
            del self._by_subject[hold.subject]
        metrics.BYTES_IN_FLIGHT.set(self._held)
        if count < 0:
            self._let_in()

    async def wait(self, hold: "Hold", count: int, within: timedelta) -> None:
        """Until `count` was taken. Of those who wait, the first that fits is let in: a small one may pass a large one.

        Behind what others hold for some seconds, behind the caller's own for all of `within`. Raises TimeoutError.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = hold, count
        self._let_in()
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
            if self.has_room(hold, count):
                del self._waiting[turn]
                self.add(hold, count)
                turn.set_result(None)


class Hold:
    """What one request holds. Leaving it gives all of it back."""

    def __init__(self, flight: BytesInFlight, subject: str) -> None:
        self._flight = flight
        self.subject = subject
        self.count = 0
        # What was cancelled ends after its request, and gives back what its request has given back already.
        self.is_closed = False

    def take(self, count: int, *, what: str) -> None:
        """`what` is body or answer. Raises ServiceUnavailable where there is no room."""
        self.check(count, what=what)
        self._flight.add(self, count)

    async def wait_for(self, count: int, within: timedelta) -> None:
        """For a call of a model. Raises ModelBusy where there is no room for some seconds."""
        try:
            await self._flight.wait(self, count, within)
        except TimeoutError as error:
            metrics.BYTES_REFUSED.labels("call").inc()
            raise errors.ModelBusy() from error

    @property
    def share(self) -> int:
        """What its subject may hold in all."""
        return self._flight.share

    def check(self, count: int, *, what: str) -> None:
        """As `take`, and takes nothing: for what is announced and has not come."""
        if not self._flight.has_room(self, count):
            metrics.BYTES_REFUSED.labels(what).inc()
            raise errors.ServiceUnavailable()

    def give(self, count: int) -> None:
        self._flight.add(self, -count)

    def be(self, count: int) -> None:
        """It is so much now, whether or not there is room: the bytes are there already."""
        self._flight.add(self, count - self.count)

    def pass_on(self, count: int) -> "Hold":
        """Another hold of the same subject that has `count` already."""
        other = self._flight.hold(self.subject)
        other.be(count)
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.be(0)
        self.is_closed = True
