"""GraphQL over server-sent events, in the "distinct connections" mode of its protocol: one request for each operation.

https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md. An answer is events of the type `next`,
each with a GraphQL response, and then one of the type `complete`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from graph.execution.subscriptions import Stream
from graph.http import answers, contents
from graph.http.presence import Presence

if TYPE_CHECKING:
    from graph.execution.stream_buffer import Payload
    from telemetry.requests import Request as Record

EVENTS = "text/event-stream"

# Proxies close a connection on which nothing comes for a minute.
_HEARTBEAT_SECONDS = 10.0
_HEARTBEAT = b":\n\n"
# A client then knows that its stream has begun.
_FIRST_SECONDS = 0.05
# Results that are sent together.
_SMALL_BYTES, _MOST_AT_ONCE = 4 * 1024, 32
_NEXT, _END_OF_EVENT = b"event: next\ndata: ", b"\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"
# For the log, as in Nginx.
_CLIENT_CLOSED_REQUEST = 499
_PIECE_BYTES = 256 * 1024
# Nginx then passes on what comes as it comes.
_FIELDS = ((b"content-type", EVENTS.encode() + b"; charset=utf-8"), (b"x-accel-buffering", b"no"))


class EventStream:
    """An answer in events, with these header `fields` besides. `results` is a stream, or the only result."""

    status_code = 200

    def __init__(
        self,
        results: Stream | Payload,
        fields: Sequence[tuple[bytes, bytes]],
        *,
        record: Record,
    ) -> None:
        self._results = results
        self._fields = [*answers.FIELDS, *fields, *_FIELDS]
        self._record = record
        self._end: Callable[[], None] = _nothing

    def keep_until_end(self, end: Callable[[], None]) -> None:
        """Calls it when all was sent, or the client has gone."""
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._stream():
                try:
                    await Presence.of(scope).while_there(self._send(send))
                except ClientDisconnect:
                    self._record.status = _CLIENT_CLOSED_REQUEST
        finally:
            self._end()

    @asynccontextmanager
    async def _stream(self) -> AsyncIterator[None]:
        if not isinstance(self._results, Stream):
            yield
            return
        self._record.is_stream = True
        try:
            async with self._results:
                yield
        finally:
            self._record.codes = self._results.codes

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self._fields})
        if isinstance(self._results, Stream):
            await self._send_stream(send, self._results)
        else:
            await _send_result(send, self._results)
        await send({"type": "http.response.body", "body": _COMPLETE})

    async def _send_stream(self, send: Send, stream: Stream) -> None:
        # The head of the answer leaves with the first piece of its body: with the first result, if that comes soon.
        patience = _FIRST_SECONDS
        while True:
            try:
                result = await stream.take(patience)
            except TimeoutError:
                patience = _HEARTBEAT_SECONDS
                await _send_piece(send, _HEARTBEAT)
                continue
            patience = _HEARTBEAT_SECONDS
            # Each write is a system call, and wakes the client. So what is there leaves at once.
            small: list[bytes] = []
            while isinstance(result, bytes) and len(result) <= _SMALL_BYTES and len(small) < _MOST_AT_ONCE:
                small.append(_event(result))
                result = stream.take_ready()
            if small:
                await _send_piece(send, b"".join(small))
            elif result is None:
                return
            if result is not None:
                await _send_result(send, result)


def _nothing() -> None:
    """Where nothing is kept."""


def _event(result: bytes) -> bytes:
    return b"%b%b%b" % (_NEXT, result, _END_OF_EVENT)


async def _send_result(send: Send, result: Payload) -> None:
    if isinstance(result, bytes) and len(result) <= _PIECE_BYTES:
        await _send_piece(send, _event(result))
        return
    await _send_piece(send, _NEXT)
    for piece in contents.pieces(result, _PIECE_BYTES):
        await _send_piece(send, piece)
    await _send_piece(send, _END_OF_EVENT)


async def _send_piece(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})
