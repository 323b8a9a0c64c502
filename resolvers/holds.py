"""What one request holds of the bytes of its process."""

from __future__ import annotations

from datetime import timedelta
from itertools import count as counter
from types import TracebackType
from typing import TYPE_CHECKING, Self

import errors
from resolvers.byte_needs import BUSY, SMALL_BYTES, Need
from telemetry import metrics

if TYPE_CHECKING:
    from resolvers.bytes_in_flight import BytesInFlight


class Hold:
    """The bytes of one request. Leaving the context releases all of them. `body` counts those that its body holds."""

    _numbers = counter()

    count = 0
    # Those that come back without the request getting more.
    lent = 0
    # Whether it was refused because others waited for what it holds.
    was_refused = False
    # Cancelled work may end after its request, and would release bytes that its request has already released.
    is_closed = False

    def __init__(self, flight: BytesInFlight, subject: str, *, body: Hold | None = None) -> None:
        self._flight = flight
        self.subject = subject
        self.number = next(self._numbers)
        self._body = body

    @property
    def keeps_results(self) -> bool:
        return self.count > self.lent

    @property
    def kept_of_share(self) -> int:
        """Of its subject's share, what it holds until it ends."""
        kept = self.count - self.lent
        return kept + self._body.count if self._body is not None and self._body.subject == self.subject else kept

    @property
    def kept_of_all(self) -> int:
        return self.count - self.lent + (0 if self._body is None else self._body.count)

    def take(self, count: int, *, what: str, beside: int = 0) -> None:
        """`what` is body or answer. `beside`: so many more are used, and are free again before anything else runs.

        Raises ServiceUnavailable if there is no room.
        """
        if not self._adds(count, beside):
            raise _no_room(what)

    async def wait_for(self, count: int, within: timedelta) -> None:
        """For what a model has answered, or will. Raises ModelBusy if there is no room for some seconds, and as a need
        is refused.
        """
        try:
            await self._flight.wait(self, count, within)
        except TimeoutError as error:
            metrics.BYTES_REFUSED.labels("call").inc()
            raise errors.ModelBusy(BUSY) from error

    def takes(self, need: Need) -> bool:
        """Takes them if there is room now. If not, the queue is told when there is more; call `drop` if the need does
        not wait any longer.

        The need is refused if those who wait hold what it waits for: with PayloadTooLarge if these are bytes of the
        same operation, else with ModelBusy.
        """
        flight, count = self._flight, need.count
        is_waited_for = flight.needs.by_subject
        if (is_waited_for and flight.comes_later(self, need)) or not self._adds(count):
            flight.wait_with(self, need)
            return False
        if is_waited_for:
            flight.drop(self, need)
        if need.comes_back and count and not self.is_closed:
            self.lent += count
            lent = flight.lent_by_subject
            lent[self.subject] = lent.get(self.subject, 0) + count
        return True

    def waits(self) -> None:
        """Call it when a call begins to wait."""
        self._flight.look_soon()

    def waits_behind(self, need: Need) -> None:
        """The answer of a queue that was asked: it waits for these behind another call, which waits for memory."""
        self._flight.waits_behind(self, need)

    def drop(self, need: Need) -> None:
        """It does not wait for them any longer."""
        self._flight.drop(self, need)

    def release(self, need: Need, *, kept: int = 0) -> None:
        """Gives back what was taken. In place of it, so many bytes are `kept`, as `add` adds them."""
        self.add(kept - need.count, returned=need.count if need.comes_back else 0)

    def waits_for_own(self, count: int) -> bool:
        """Whether operations of its subject leave no room for these."""
        return self._flight.waits_for_own(self, count)

    @property
    def most_of_call(self) -> int:
        """The most that one call may need of it."""
        return self._flight.most_of_call

    def check(self, count: int, *, what: str) -> None:
        """Like `take`, but reserves nothing: for bytes that are announced and have not arrived."""
        if not self._adds(0, count):
            raise _no_room(what)

    def _adds(self, count: int, beside: int = 0) -> bool:
        """Adds them, if there is room now for them and for so many more `beside` them."""
        flight, subject = self._flight, self.subject
        wanted, of_subject = count + beside, flight.held_by_subject.get(subject, 0)
        held, of_one = flight.held + wanted, of_subject + wanted
        if held > flight.for_all or of_one > flight.share:
            # Small requests have more room.
            if self.count + wanted > SMALL_BYTES or held > flight.most or of_one > flight.most_of_one:
                return False
        if count and not self.is_closed:
            self.count += count
            flight.held = held - beside
            flight.held_by_subject[subject] = of_subject + count
        return True

    def add(self, count: int, *, returned: int = 0) -> None:
        """Without a check for room: they are already in memory. A negative count releases. `returned`: so many of those
        that are lent have come back.
        """
        if self.is_closed:
            return
        flight, subject = self._flight, self.subject
        self.count += count
        flight.held += count
        of_subject = flight.held_by_subject.get(subject, 0) + count
        if of_subject:
            flight.held_by_subject[subject] = of_subject
        else:
            flight.held_by_subject.pop(subject, None)
        if returned:
            self.lent -= returned
            lent = flight.lent_by_subject
            lent[subject] -= returned
            if not lent[subject]:
                del lent[subject]
        if count < 0 and (flight.is_short or flight.needs.by_subject):
            flight.look_for_room()

    def give(self, count: int) -> None:
        self.add(-count)

    def be(self, count: int) -> None:
        """Sets the count without a check for room: the bytes are already in memory."""
        if count != self.count:
            self.add(count - self.count)

    def pass_on(self, count: int) -> Hold:
        """Another hold of the same subject that starts with `count`."""
        other = Hold(self._flight, self.subject)
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
            self.add(-self.count, returned=self.lent)
        self.is_closed = True


def _no_room(what: str) -> errors.ServiceUnavailable:
    metrics.BYTES_REFUSED.labels(what).inc()
    return errors.ServiceUnavailable()
