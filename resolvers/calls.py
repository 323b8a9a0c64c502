"""What each model call needs first: the caller's slot at the model, and room for the bytes sent and received."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from inference import conversions, sizes
from inference.catalogue import Model
from inference.server import ModelServer
from resolvers.operation_bytes import OperationBytes


@asynccontextmanager
async def calling(
    server: ModelServer, model: Model, moved: OperationBytes, *, sent: int, outputs: Sequence[str], within: timedelta
) -> AsyncIterator[timedelta]:
    """Wraps a call that sends `sent` bytes, and yields the rest of `within`.

    Raises PayloadTooLarge, ModelBusy, DeadlineExceeded.
    """
    await conversions.load()
    answer = sizes.largest_answer(model.declaration, outputs, most=moved.answer)
    # The slot first: a call that waits for it needs no room yet.
    async with server.turn(model, moved.hold.subject, within) as left:
        async with moved.calling(sent, answer, within=left):
            yield left
