"""What each model call needs first: the caller's slot at the model, and room for the bytes sent and received."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from inference import conversions, sizes
from inference.catalogue import Model
from inference.server import ModelServer
from resolvers.operation_bytes import OperationBytes


class Calling:
    """Wraps a call that sends `sent` bytes, and gives the rest of `within`. `streams`: it has any number of answers,
    which are counted when they come.

    `is_counted`: the operation has sent the same bytes before, and they count once.
    Entering it raises PayloadTooLarge, ModelBusy, DeadlineExceeded.
    """

    __slots__ = (
        "_is_counted",
        "_model",
        "_moved",
        "_outputs",
        "_reserved",
        "_sent",
        "_server",
        "_slot",
        "_streams",
        "_within",
    )

    def __init__(
        self,
        server: ModelServer,
        model: Model,
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
        self._moved = moved
        self._sent = sent
        self._is_counted = is_counted
        self._outputs = outputs
        self._within = within
        self._streams = streams
        self._slot: asyncio.Semaphore | None = None
        self._reserved = 0

    async def __aenter__(self) -> timedelta:
        await conversions.load()
        answer = 0
        if not self._streams:
            answer = sizes.largest_answer(self._model.declaration, self._outputs, most=self._moved.answer)
        # The slot first: a call that waits for it needs no room yet.
        self._slot, left = await self._server.take_turn(self._model, self._moved.hold.subject, self._within)
        try:
            self._reserved = await self._moved.reserve(self._sent, answer, is_counted=self._is_counted, within=left)
        except BaseException:
            self._release_slot()
            raise
        return left

    async def __aexit__(self, *_: object) -> None:
        self._moved.hold.give(self._reserved)
        self._release_slot()

    def _release_slot(self) -> None:
        if self._slot is not None:
            self._slot.release()
