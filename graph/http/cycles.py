"""One request on a connection, and its answer: what the application receives and sends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from starlette.types import Message, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

if TYPE_CHECKING:
    from graph.http.connections import Connection

# Of the state in the scope of a request.
KEY = "cycle"
# Of the first message of an answer, which is then the only one. ASGI does not have it, but what stands between passes
# it on.
WHOLE_BODY = "whole_body"

_WITHOUT_BODY = (204, 304)
_AS_LINE = b": ".join
# What no header field may hold: it would begin another field, or a body.
_CONTROL = bytes({*range(0x20), 0x7F} - {ord("\t")})


class Cycle(RequestResponseCycle):
    """As uvicorn's. But the head of an answer leaves with the first piece of its body, because each write is a system
    call, and wakes the client. While the process drains, each answer ends its connection, so that the next request goes
    elsewhere.
    """

    disconnected = False
    more_body = True
    response_started = response_complete = False
    expected_content_length = 0
    chunked_encoding = _is_open_ended = False
    # The head, until it is written.
    _held = b""
    # Whether the application has asked for messages. Most take the body at once, and need no event for it.
    has_receiver = False

    def __init__(self, connection: Connection, scope: Scope, *, keep_alive: bool) -> None:
        # Not uvicorn's, which is given each of these by itself.
        self.scope = scope  # type: ignore[assignment]  # Starlette's type of the same
        self.transport = connection.transport
        self.flow = connection.flow
        self.logger = connection.logger
        self.on_response = connection.on_response_complete
        self.keep_alive = keep_alive
        self.waiting_for_100_continue = connection.expect_100_continue and scope["http_version"] != "1.0"
        self.body = bytearray()
        self._state = connection.server_state
        self._draining = connection.draining

    @staticmethod
    def of(scope: Scope) -> Cycle:
        """That of a request which is being answered."""
        cycle: Cycle | None = scope["state"][KEY]()
        assert cycle is not None  # noqa: S101 - it runs what asks
        return cycle

    def leave(self) -> None:
        """The client has disconnected. What is still sent is thrown away."""
        self.disconnected = not self.response_complete
        self.wake()

    def wake(self) -> None:
        """Tells who waits for a message that there is one."""
        if self.has_receiver:
            self.message_event.set()

    def expect_receiver(self) -> None:
        """Makes what `receive` waits for."""
        if not self.has_receiver:
            self.has_receiver, self.message_event = True, asyncio.Event()
            if self.body or not self.more_body or self.disconnected or self.response_complete:
                self.message_event.set()

    async def receive(self) -> Message:  # type: ignore[override]  # Starlette's type of the same
        self.expect_receiver()
        return cast(Message, await super().receive())

    def break_off(self) -> None:
        """The answer cannot go on: ends the connection, and the client sees that it is incomplete."""
        if not self.disconnected and not self.response_complete:
            self.disconnected = True
            self.transport.close()
            self.on_response()

    def take_body(self, most: int) -> bytes | None:
        """The body, if all of it has arrived and it has at most so many bytes. Then there is nothing to receive."""
        if self.more_body or len(self.body) > most:
            return None
        body = bytes(self.body)
        self.body.clear()
        return body

    async def send(self, message: Message) -> None:  # type: ignore[override]  # Starlette's type of the same
        """An answer with a body and without a Content-Length is sent in chunks."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if not self.response_started:
            self._begin(message["status"], message.get("headers", ()))
            if WHOLE_BODY in message:
                self._go_on(message[WHOLE_BODY], ends=True)
        elif not self.response_complete:
            self._go_on(message.get("body", b""), ends=not message.get("more_body", False))
        else:
            raise RuntimeError("The application sends more than its answer.")

    def _begin(self, status: int, fields: Iterable[tuple[bytes, bytes]]) -> None:
        self.response_started, self.waiting_for_100_continue = True, False
        fields = [*self._state.default_headers, *fields]
        values = dict(fields)
        length = values.get(b"content-length")
        if length is not None:
            self.expected_content_length = int(length)
        elif self._may_have_body(status):
            if self.scope["http_version"] == "1.0":
                # Its body ends where the connection does.
                self._is_open_ended, self.keep_alive = True, False
            else:
                self.chunked_encoding = True
                fields.append((b"transfer-encoding", b"chunked"))
        if b"connection" in values:  # The only one that is sent is `close`.
            self.keep_alive = False
        elif not self.keep_alive or self._draining.is_set():
            self.keep_alive = False
            fields.append((b"connection", b"close"))
        lines = list(map(_AS_LINE, fields))
        text = b"".join(lines)
        if len(text.translate(None, _CONTROL)) != len(text):
            raise RuntimeError("A header field of the answer holds a control character.")
        self._held = b"%b%b\r\n\r\n" % (STATUS_LINE[status], b"\r\n".join(lines))

    def _go_on(self, piece: bytes, *, ends: bool) -> None:
        if self.scope["method"] == "HEAD":
            piece, self.expected_content_length = b"", 0
        if self.chunked_encoding:
            piece = _chunk(piece, ends=ends)
        elif not self._is_open_ended:
            self.expected_content_length = left = self.expected_content_length - len(piece)
            if left < 0 or (ends and left):
                raise RuntimeError("The body of the answer is not as long as its Content-Length.")
        self.transport.writelines([self._held, piece] if self._held else [piece])
        self._held = b""
        if ends:
            self.response_complete = True
            # The connection keeps this while it is idle.
            self.body.clear()
            if self.has_receiver:
                self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()

    def _may_have_body(self, status: int) -> bool:
        return self.scope["method"] != "HEAD" and status not in _WITHOUT_BODY


def _chunk(piece: bytes, *, ends: bool) -> bytes:
    # An empty chunk would be the end.
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
    return chunk + b"0\r\n\r\n" if ends else chunk
