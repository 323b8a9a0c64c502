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


class Calling:
    """Wraps a call that sends `sent` bytes; `left` is the rest of `within` when it may begin. `streams`: it has any
    number of answers, which are counted when they come.

    `is_counted`: the operation has sent the same bytes before, and they count once.
    Making it raises PayloadTooLarge, and entering it ModelBusy and DeadlineExceeded.
    """

    __slots__ = (
        "_call",
        "_caller",
        "_model",
        "_moved",
        "_need",
        "_sent",
        "_server",
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
        self._server = server
        self._model = model
        self._caller = caller
        self._moved = moved
        self._sent = sent
        self.left = within
        answer = 0 if streams else sizes.largest_answer(model.declaration, outputs, most=moved.answer)
        # A stream gets on only if there is room for what it has brought.
        self._need = Need(moved.count(sent, answer, is_counted=is_counted), self._refuse, not streams)
        self._call: Call | None = None

    @property
    def when_sent(self) -> Callable[[], None] | None:
        """For the call, if its inputs are large: to be called when Triton has them."""
        return self.arrive if self._call is not None and self._call.is_on_its_way else None

    def arrive(self) -> None:
        """Triton has the inputs, if they are large."""
        if self._call is not None and self._call.is_on_its_way:
            self._server.arrive(self._call, self._model)

    async def __aenter__(self) -> Self:
        if not conversions.is_loaded:
            await conversions.load()
        hold = self._moved.hold
        try:
            self._call = call = self._server.enter(
                self._model, hold.subject, weight=self._caller.weight, size=self._sent, room=self
            )
        except BaseException:
            hold.drop(self._need)
            raise
        if not call.has_begun:
            self.left = await self._wait(call)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The memory first: the next call may need it.
        self._moved.hold.release(self._need)
        if self._call is not None:
            self._server.leave(self._call, self._model, answered=kind is None)

    def take(self) -> bool:
        return self._moved.hold.takes(self._need)

    def waits_for_own(self) -> bool:
        return self._moved.hold.waits_for_own(self._need.count)

    def keeps_results(self) -> bool:
        return self._moved.hold.keeps_results

    def waits_behind(self) -> None:
        self._moved.hold.waits_behind(self._need)

    def _refuse(self, refusal: errors.GatehouseError) -> None:
        if self._call is not None and self._call.refuse is not None:
            self._call.refuse(refusal)

    async def _wait(self, call: Call) -> timedelta:
        began_at = perf_counter()
        self._moved.hold.waits()
        try:
            return await self._server.wait(call, self._model, self.left)
        except BaseException:
            if call.has_begun:
                self._moved.hold.release(self._need)
            else:
                self._moved.hold.drop(self._need)
            raise
        finally:
            waited = (perf_counter() - began_at) * 1000
            self._moved.waits.note(self._model.name, call, waited)
