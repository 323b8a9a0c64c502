"""Answers to clients. The bytes that an answer holds are freed when the client has read it, or is gone."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from resolvers.bytes_in_flight import Hold

logger = logging.getLogger(__name__)

_PIECE_BYTES = 256 * 1024
# For each piece. A client that reads slower than 9 kB a second is disconnected.
_PIECE_TIME = timedelta(seconds=30)


class Answer(Response):
    """`hold`, if any, is closed when the answer was sent.

    A large answer is sent piece by piece. Otherwise all of it would stay in the socket's buffer for as long as the
    client likes.
    """

    def __init__(
        self, content: bytes, status: int, headers: Mapping[str, str], *, media_type: str, hold: Hold | None
    ) -> None:
        super().__init__(content, status, headers, media_type=media_type)
        self._hold = hold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._hold or nullcontext():
            if len(self.body) <= _PIECE_BYTES:
                await super().__call__(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            try:
                for start in range(0, len(self.body), _PIECE_BYTES):
                    await _send(send, bytes(self.body[start : start + _PIECE_BYTES]), more=True)
                # Sending a piece waits for the one before, so this waits for the last one.
                await _send(send, b"", more=False)
            except TimeoutError:
                # The server closes the connection of an answer that was not completed.
                logger.info("A client did not read its answer in time.")


async def _send(send: Send, piece: bytes, *, more: bool) -> None:
    async with asyncio.timeout(_PIECE_TIME.total_seconds()):
        await send({"type": "http.response.body", "body": piece, "more_body": more})
