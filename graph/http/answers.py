"""Answers to clients. The bytes that an answer holds are freed when the client has read it, or is gone."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from datetime import timedelta

from starlette.types import Message, Receive, Scope, Send

from graph.http import contents
from graph.http.contents import Content
from graph.http.cycles import WHOLE_BODY, Cycle
from resolvers.holds import Hold

logger = logging.getLogger(__name__)

# Smaller answers are bounded by the number of connections.
LARGE = 16 * 1024
_PIECE_BYTES = 256 * 1024
# For each piece. A client that reads slower than 9 kB a second is disconnected.
_PIECE_TIME = timedelta(seconds=30)

# Of each answer.
FIELDS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"), (b"vary", b"Accept"))


class Answer:
    """An answer of /graphql, with these header `fields` besides those that each has.

    A large answer is sent piece by piece. Otherwise all of it would stay in the socket's buffer for as long as the
    client likes.
    """

    def __init__(self, content: bytes | Content, status: int, fields: Iterable[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self._content = content
        self._hold: Hold | None = None
        self._fields = [*FIELDS, *fields, (b"content-length", b"%d" % len(content))]

    def take_from(self, hold: Hold) -> None:
        """The bytes of a large one, until it was sent. Call it if it will be sent."""
        if len(self._content) > LARGE:
            self._hold = hold.pass_on(len(self._content))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        message: Message = {"type": "http.response.start", "status": self.status_code, "headers": self._fields}
        if isinstance(self._content, bytes) and len(self._content) <= _PIECE_BYTES:
            message[WHOLE_BODY] = self._content
            if self._hold is None:
                return send(message)
        return self._send(message, scope, send)

    async def _send(self, message: Message, scope: Scope, send: Send) -> None:
        try:
            await send(message)
            if WHOLE_BODY not in message:
                await self._send_in_pieces(scope, send)
        finally:
            if self._hold is not None:
                self._hold.close()

    async def _send_in_pieces(self, scope: Scope, send: Send) -> None:
        try:
            for piece in contents.pieces(self._content, _PIECE_BYTES):
                await _send(send, piece, more=True)
            # Sending a piece waits for the one before, so this waits for the last one.
            await _send(send, b"", more=False)
        except TimeoutError:
            logger.info("A client did not read its answer in time.")
            Cycle.of(scope).break_off()


async def _send(send: Send, piece: bytes, *, more: bool) -> None:
    async with asyncio.timeout(_PIECE_TIME.total_seconds()):
        await send({"type": "http.response.body", "body": piece, "more_body": more})
