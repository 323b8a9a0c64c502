"""What each model call needs first: a slot, and room for the bytes sent and received."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from time import perf_counter
from types import TracebackType
from typing import Self

import errors
from access.callers import Caller
from inference import sizes
from inference.catalogue import Model
from inference.server import ModelServer
from resolvers.byte_needs import Need
from resolvers.operation_bytes import OperationBytes


class Calling(Need):
    """A call that sends `sent` bytes, and has its slot and its room at once, unless it `must_wait`. Leaving its context
    gives them back. So make it, then await `wait` if it must, and then enter its context.

    `left` is the rest of `within` when it may begin. `streams`: it has any number of answers, which are counted when
    they come. Else set `kept` to what is kept of the answer in bytes. `is_counted`: the operation has sent the same
    bytes before, and they count once.

    Making it raises PayloadTooLarge and ModelBusy, and `wait` ModelBusy and DeadlineExceeded.
    """

    __slots__ = ("_call", "_hold", "_slots", "_waits", "kept", "left")

    def __init__(
        self,
        server: ModelServer,
        model: Model,
        caller: Caller,
        moved: OperationBytes,
        *,
        sent: int,
        is_counted: bool = False,
        outputs: Sequence[str],
        within: timedelta,
        streams: bool = False,
    ) -> None:
        self._slots = slots = server.slots(model)
        self._hold = hold = moved.hold
        self._waits = moved.waits
        self.left = within
        self.kept = 0
        answer = 0 if streams else sizes.largest_answer(model.declaration, outputs, most=moved.answer)
        self.count = moved.count(sent, answer, is_counted=is_counted)
        # A stream gets on only if there is room for what it has brought.
        self.comes_back = not streams
        try:
            self._call = slots.enter(server.limits(model), hold.subject, weight=caller.weight, size=sent, room=self)
        except BaseException:
            hold.drop(self)
            raise

    @property
    def must_wait(self) -> bool:
        return not self._call.has_begun

    async def wait(self) -> None:
        """Until it may begin. If it may not, it holds nothing."""
        call, hold = self._call, self._hold
        began_at = perf_counter()
        hold.waits()
        try:
            self.left = await self._slots.wait(call, self.left)
        except BaseException:
            if call.has_begun:
                hold.release(self)
            else:
                hold.drop(self)
            raise
        finally:
            self._waits.note(call.seat.lane.limits.model, call, (perf_counter() - began_at) * 1000)

    @property
    def when_sent(self) -> Callable[[], None] | None:
        """For the call, if its inputs are large: to be called when Triton has them."""
        return self.arrive if self._call.is_on_its_way else None

    def arrive(self) -> None:
        """Triton has the inputs, if they are large."""
        if self._call.is_on_its_way:
            self._slots.arrive(self._call)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The memory first: the next call may need it.
        self._hold.release(self, kept=self.kept)
        self._slots.end(self._call, answered=kind is None)

    def take(self) -> bool:
        return self._hold.takes(self)

    def waits_for_own(self) -> bool:
        return self._hold.waits_for_own(self.count)

    def keeps_results(self) -> bool:
        return self._hold.keeps_results

    def waits_behind(self) -> None:
        self._hold.waits_behind(self)

    def refuse(self, refusal: errors.GatehouseError) -> None:
        if self._call.refuse is not None:
            self._call.refuse(refusal)
