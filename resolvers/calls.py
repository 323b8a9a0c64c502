"""What each model call needs first: a slot, and room for the bytes sent and received."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from time import perf_counter
from types import TracebackType
from typing import Self

import errors
from access.callers import Caller
from inference import conversions, sizes
from inference.catalogue import Model
from inference.lanes import Call
from inference.server import ModelServer
from resolvers.byte_needs import Need
from resolvers.operation_bytes import OperationBytes


class Calling(Need):
    """Wraps a call that sends `sent` bytes; `left` is the rest of `within` when it may begin. `streams`: it has any
    number of answers, which are counted when they come. Else set `kept` to what is kept of the answer in bytes.

    `is_counted`: the operation has sent the same bytes before, and they count once.
    Making it raises PayloadTooLarge, and entering it ModelBusy and DeadlineExceeded.
    """

    __slots__ = (
        "_call",
        "_hold",
        "_limits",
        "_sent",
        "_slots",
        "_waits",
        "_weight",
        "kept",
        "left",
    )

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
        self._slots = server.slots(model)
        self._limits = server.limits(model)
        self._weight = caller.weight
        self._hold = moved.hold
        self._waits = moved.waits
        self._sent = sent
        self.left = within
        self.kept = 0
        answer = 0 if streams else sizes.largest_answer(model.declaration, outputs, most=moved.answer)
        self.count = moved.count(sent, answer, is_counted=is_counted)
        # A stream gets on only if there is room for what it has brought.
        self.comes_back = not streams
        # Once it is entered.
        self._call: Call

    @property
    def when_sent(self) -> Callable[[], None] | None:
        """For the call, if its inputs are large: to be called when Triton has them."""
        return self.arrive if self._call.is_on_its_way else None

    def arrive(self) -> None:
        """Triton has the inputs, if they are large."""
        if self._call.is_on_its_way:
            self._slots.arrive(self._call)

    async def __aenter__(self) -> Self:
        if not conversions.is_loaded:
            await conversions.load()
        try:
            self._call = call = self._slots.enter(
                self._limits, self._hold.subject, weight=self._weight, size=self._sent, room=self
            )
        except BaseException:
            self._hold.drop(self)
            raise
        if not call.has_begun:
            self.left = await self._wait(call)
        return self

    async def __aexit__(
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

    async def _wait(self, call: Call) -> timedelta:
        began_at = perf_counter()
        self._hold.waits()
        try:
            return await self._slots.wait(call, self.left)
        except BaseException:
            if call.has_begun:
                self._hold.release(self)
            else:
                self._hold.drop(self)
            raise
        finally:
            waited = (perf_counter() - began_at) * 1000
            self._waits.note(self._limits.model, call, waited)
