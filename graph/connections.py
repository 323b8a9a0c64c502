"""Connections at the API's own port: how large and how slow what comes on one may be, and how many there may be.

uvicorn and httptools bound neither the size of a request's head nor the time it takes, nor what stands between the
pieces of a chunked body.
"""

import asyncio
import resource
from asyncio import TimerHandle
from typing import Any, cast

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

# The request line and all header fields. Nginx takes at most 16 KB of one line.
HEAD_BYTES = 32 * 1024
HEAD_FIELDS = 100
# From its first byte to its last. For an idle connection uvicorn's own time to keep it alive counts.
HEAD_SECONDS = 10.0
# A body that nobody reads, since the request was answered already, has as long as one that is read.
_UNREAD_SECONDS = 60.0
# What was written and is not taken. To close a connection is to wait for that, for as long as the other side is there.
_UNSENT_SECONDS = 30.0
# Chunk sizes, extensions and trailers: as much as a head, and for each byte of the body a chunk of its own.
_FRAMING_PER_BYTE = 8
# For the log, the servers behind this one, and files.
_OTHER_DESCRIPTORS = 256


def most() -> int:
    """How many connections a process may hold: as many as it has descriptors for, and no more than 4,096."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(4096, max(64, soft - _OTHER_DESCRIPTORS))


class _TooLarge(Exception):
    """Raised among the parser's callbacks, which ends its work."""


class Connection(HttpToolsProtocol):
    """One connection. A head that is too large is answered with 431; what is too slow is closed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.made_at = self.loop.time()
        self._timer: TimerHandle | None = None
        self._unsent: TimerHandle | None = None
        self._is_in_head = self._is_in_body = self._has_begun_here = False
        self._head_bytes = self._head_fields = self._body_bytes = self._framing_bytes = 0
        self._is_too_large = False

    @property
    def is_idle(self) -> bool:
        """No request is being answered on it."""
        return not self.pipeline and (self.cycle is None or bool(self.cycle.response_complete))

    @property
    def waits_for_client(self) -> bool:
        """Nothing is done here for it: no request, or one of which a part is missing, or an answer that is not read."""
        return self.is_idle or self._is_in_head or self._is_in_body or bool(self.flow.write_paused)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._close_after(self.timeout_keep_alive)
        _make_room(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unsent = self.loop.call_later(_UNSENT_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unsent is not None:
            self._unsent.cancel()
            self._unsent = None

    def timeout_keep_alive_handler(self) -> None:
        self.end()

    def end(self) -> None:
        """Closes it, though what it was sent may not have been taken."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        if not self._is_in_head and not self._is_in_body:
            # The parser skips line ends before a request. They count as the beginning of its head.
            self._begin_head()
        self._has_begun_here, already = False, self._body_bytes
        super().data_received(data)
        # What stands before a request that begins in this piece is another one's; there is little of it.
        if self._has_begun_here or self.transport.is_closing():
            return
        try:
            if self._is_in_head:
                self._count(len(data))
            elif self._is_in_body:
                self._count_framing(len(data) - (self._body_bytes - already))
        except _TooLarge:
            self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        if not self.is_idle:
            # It would come in the middle of another request's answer.
            self.transport.close()
        elif self._is_too_large:
            self.transport.write(_too_large())
            self.transport.close()
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._is_in_head:  # the second in one piece
            self._begin_head()
        self._has_begun_here = True

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_body:  # else it is a trailer, which uvicorn would put among the header's fields
            super().on_header(name, value)
        self._head_fields += 1
        self._count(len(name) + len(value) + len(": \r\n"))

    def on_headers_complete(self) -> None:
        self._is_in_head, self._is_in_body = False, True
        self._stop_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_in_body = False
        self._stop_timer()
        if self.is_idle:  # it was answered before all of it had come, and uvicorn's own timer was stopped by the rest
            self._close_after(self.timeout_keep_alive)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            # It closes once all was taken.
            self.loop.call_later(_UNSENT_SECONDS, self.transport.abort)
        if self._is_in_body and not self.transport.is_closing():
            self._close_after(_UNREAD_SECONDS)

    def _begin_head(self) -> None:
        self._is_in_head = True
        self._head_bytes = self._head_fields = self._body_bytes = self._framing_bytes = 0
        self._close_after(HEAD_SECONDS)

    def _count(self, octets: int) -> None:
        self._head_bytes += octets
        if self._head_bytes > HEAD_BYTES or self._head_fields > HEAD_FIELDS:
            self._is_too_large = True
            raise _TooLarge()

    def _count_framing(self, octets: int) -> None:
        self._framing_bytes += octets
        if self._framing_bytes > HEAD_BYTES + _FRAMING_PER_BYTE * self._body_bytes:
            self._is_too_large = True
            raise _TooLarge()

    def _close_after(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._close_late)

    def _close_late(self) -> None:
        if self.is_idle:
            self.end()
        else:
            # A part of the next request has come, and the one before is still being answered.
            self._close_after(HEAD_SECONDS)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _make_room(new: Connection) -> None:
    """Ends the oldest connection that waits for its client, or else the new one, where there are too many."""
    if len(new.connections) <= most():
        return
    waiting = (one for one in cast(set[Connection], new.connections) if one.waits_for_client and one is not new)
    oldest = min(waiting, key=lambda one: one.made_at, default=new)
    oldest.transport.abort()


def _too_large() -> bytes:
    message = f"The request's header has more than {HEAD_BYTES} bytes or {HEAD_FIELDS} fields. Send less."
    body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": "PAYLOAD_TOO_LARGE"}}]})
    head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
    return STATUS_LINE[431] + head + body
