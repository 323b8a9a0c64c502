"""What stands around each call of a model: the caller's turn at it, and room for what it sends and gets."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from inference import sizes
from inference.catalogue import Model
from inference.server import ModelServer
from resolvers.operation_bytes import OperationBytes


@asynccontextmanager
async def calling(
    server: ModelServer, model: Model, moved: OperationBytes, *, sent: int, outputs: Sequence[str], within: timedelta
) -> AsyncIterator[timedelta]:
    """Around a call that sends so many bytes. Gives what is left of `within`.

    Raises PayloadTooLarge, ModelBusy, DeadlineExceeded.
    """
    answer = sizes.largest_answer(model.declaration, outputs, most=moved.answer)
    # The turn first: what waits for it needs no room yet.
    async with server.turn(model, moved.hold.subject, within) as left:
        async with moved.calling(sent, answer, within=left):
            yield left
