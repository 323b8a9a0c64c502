"""Connections at the API's own port: how large and slow a request may be, and how many connections there may be.

uvicorn and httptools limit neither the size of a request's head nor its time, nor the framing of a chunked body. Where
they read HTTP differently from RFC 9110, this module follows the RFC.
"""

import asyncio
import resource
from asyncio import TimerHandle
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from graph.http import early_refusals, inflow, joined_writes, pipelining, presence
from graph.http.joined_writes import JoinedWrites
from graph.http.offers import Parser
from graph.http.presence import Presence

# The request line and all header fields. Nginx takes 36 KB of one line, so this limit applies first.
HEAD_BYTES = 32 * 1024
HEAD_FIELDS = 100
# From the first byte of a head to its last. An idle connection has uvicorn's keep-alive time.
HEAD_SECONDS = 10.0
# For the rest of a body whose request was answered already: as long as for a body that is read.
_UNREAD_SECONDS = 60.0
# For the client to read what was written. Without it, closing a connection could wait for as long as the client stays.
_UNSENT_SECONDS = 30.0
# After a refusal. Closing a connection with unread bytes resets it, and the client may lose the answer.
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 1024 * 1024
# Chunk sizes, extensions and trailers: as much as a head, and enough for each byte of the body to be a chunk.
_FRAMING_PER_BYTE = 8
# File descriptors for the log, the servers behind this one, and files.
_OTHER_DESCRIPTORS = 256


def most() -> int:
    """How many connections a process may hold: as many as it has file descriptors for, and at most 4,096."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(4096, max(64, soft - _OTHER_DESCRIPTORS))


# Status, code and message.
_INVALID = (
    400,
    "BAD_REQUEST",
    "The request cannot be read as HTTP/1.1. This port takes neither TLS, HTTP/2 nor CONNECT, nor unknown methods.",
)
_LARGE_HEAD = (
    431,
    "PAYLOAD_TOO_LARGE",
    f"The request's header has over {HEAD_BYTES} bytes or {HEAD_FIELDS} fields. Send less, and long queries by POST.",
)
_LARGE_FRAMING = (
    413,
    "PAYLOAD_TOO_LARGE",
    "The chunked body has far more chunk sizes, extensions or trailers than data. Send larger chunks.",
)


class _Refused(Exception):
    """Raised in a callback of the parser, to stop it."""


class Connection(HttpToolsProtocol):
    """One connection. A head that is too large is answered with 431; a connection that is too slow is closed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.made_at = self.loop.time()
        self._timer: TimerHandle | None = None
        self._unsent: TimerHandle | None = None
        self._is_in_head = self._is_in_body = self._has_begun_here = False
        self._head_bytes = self._head_fields = self._body_bytes = self._framing_bytes = 0
        self._refusal = _INVALID
        self._is_refused = False
        self._bytes_thrown_away = 0
        self.parser: Parser = Parser(self)  # type: ignore[assignment]  # with all that uvicorn asks of one

    @property
    def is_idle(self) -> bool:
        """No request is being answered on it."""
        return not self.pipeline and (self.cycle is None or bool(self.cycle.response_complete))

    @property
    def waits_for_client(self) -> bool:
        """No work is done for it: it has no request, or only a part of one, or its client does not read the answer."""
        return self.is_idle or self._is_in_head or self._is_in_body or bool(self.flow.write_paused)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        writes = JoinedWrites(transport)
        super().connection_made(cast(asyncio.Transport, writes))
        self.flow = pipelining.Flow(transport, self.pipeline)
        self._presence = Presence(self.flow)
        self._state = {joined_writes.KEY: writes, presence.KEY: self._presence, inflow.KEY: self}
        self._close_after(self.timeout_keep_alive)
        _make_room(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self.resume_writing()
        super().connection_lost(exc)
        self._presence.leave()

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
        """Closes it, even if the client has not read everything."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            self._throw_away(data)
            return
        if not self._is_in_head and not self._is_in_body:
            # The parser skips line ends before a request. Here they count as the start of its head.
            self._begin_head()
        self._has_begun_here, already = False, self._body_bytes
        super().data_received(data)
        # Bytes before a request that starts in this piece belong to the one before; there are few.
        if self._has_begun_here or self._is_refused or self.transport.is_closing():
            return
        try:
            if self._is_in_head:
                self._count(len(data))
            elif self._is_in_body:
                self._count_framing(len(data) - (self._body_bytes - already))
        except _Refused:
            self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        if len(self.pipeline) >= pipelining.MOST_WAITING and not self._is_in_body:
            # Requests that were accepted are answered, and then the connection ends.
            self.cycle.keep_alive, self._is_refused = False, True
            self._stop_timer()
        elif self._may_be_refused():
            self._refuse()
        else:
            self.transport.close()

    def takes_offer(self) -> bool:
        return self._should_upgrade()

    def begin_again(self) -> None:
        self._begin_head()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= pipelining.MOST_WAITING:
            raise _Refused()
        super().on_message_begin()
        self.scope["state"] = self._state
        if not self._is_in_head:  # the second in one piece
            self._begin_head()
        self._has_begun_here = True

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_body:  # else it is a trailer, and uvicorn would add it to the header's fields
            # White space around a value does not belong to it; httptools removes only what stands before.
            super().on_header(name, value.rstrip(b" \t"))
        self._head_fields += 1
        self._count(len(name) + len(value) + len(": \r\n"))

    def on_headers_complete(self) -> None:
        if self.parser.has_unwanted_offer():
            return
        if self.parser.get_method() == b"CONNECT":  # with a path, which is not a valid target
            raise _Refused()
        self.url = _with_path(self.url)
        super().on_headers_complete()
        self._is_in_head, self._is_in_body = False, True
        self._stop_timer()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        # Without a pipeline, what the client waits for is the answer to this request.
        if self.pipeline or not self._presence.is_waiting:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.has_unwanted_offer():
            return
        self._is_in_body = False
        self._stop_timer()
        if self.cycle.keep_alive and not self.parser.should_keep_alive():
            # A trailer said `Connection: close`. The parser takes it for a header, and parses nothing more.
            self._end_after_answer()
        if self.is_idle:  # answered before all of it arrived, and the rest stopped uvicorn's own timer
            self._close_after(self.timeout_keep_alive)
        super().on_message_complete()

    def rest_has_arrived(self) -> None:
        self.on_message_complete()
        self.parser = Parser(self)  # the old one still waits for the bytes

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            # It closes when the client has read everything.
            self.loop.call_later(_UNSENT_SECONDS, self.transport.abort)
        if self._is_in_body and not self.transport.is_closing():
            self._close_after(_UNREAD_SECONDS)

    def _may_be_refused(self) -> bool:
        """Whether the client would take an answer that is written now for that of the request that is being read."""
        if self._is_in_body:
            return not self.pipeline and not self.cycle.response_started
        return self.is_idle

    def _refuse(self) -> None:
        peer = self.client[0] if self.client else None
        self.transport.write(early_refusals.answer(*self._refusal, peer=peer))
        self.transport.write_eof()
        if self.cycle is not None and not self.cycle.response_complete:
            # Work on this request would otherwise write a second answer.
            self.cycle.disconnected = True
            self.cycle.waiting_for_100_continue = False
            self.cycle.message_event.set()
            self._presence.leave()
        self._is_refused = True
        self._stop_timer()
        self._timer = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)

    def _throw_away(self, data: bytes) -> None:
        self._bytes_thrown_away += len(data)
        if self._bytes_thrown_away > _LINGER_BYTES:
            self.transport.abort()

    def _end_after_answer(self) -> None:
        self.cycle.keep_alive = False
        if self.cycle.response_complete:
            self.transport.close()

    def _begin_head(self) -> None:
        self._is_in_head = True
        self._head_bytes = self._head_fields = self._body_bytes = self._framing_bytes = 0
        self._close_after(HEAD_SECONDS)

    def _count(self, octets: int) -> None:
        self._head_bytes += octets
        if self._head_bytes > HEAD_BYTES or self._head_fields > HEAD_FIELDS:
            self._refusal = _LARGE_FRAMING if self._is_in_body else _LARGE_HEAD
            raise _Refused()

    def _count_framing(self, octets: int) -> None:
        self._framing_bytes += octets
        if self._framing_bytes > HEAD_BYTES + _FRAMING_PER_BYTE * self._body_bytes:
            self._refusal = _LARGE_FRAMING
            raise _Refused()

    def _close_after(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._close_late)

    def _close_late(self) -> None:
        if self.is_idle:
            self.end()
        else:
            # A part of the next request has arrived, and the one before is still being answered.
            self._close_after(HEAD_SECONDS)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _make_room(new: Connection) -> None:
    """If there are too many, ends the oldest connection that waits for its client, or else the new one."""
    if len(new.connections) <= most():
        return
    waiting = (one for one in cast(set[Connection], new.connections) if one.waits_for_client and one is not new)
    oldest = min(waiting, key=lambda one: one.made_at, default=new)
    oldest.transport.abort()


def _with_path(target: bytes) -> bytes:
    """A target may have scheme and host before the path. If the path is missing there, it is `/`."""
    if target.startswith((b"/", b"*")):
        return target
    scheme, separator, rest = target.partition(b"://")
    host, mark, query = rest.partition(b"?")
    return target if b"/" in host or not separator else b"%b://%b/%b%b" % (scheme, host, mark, query)
