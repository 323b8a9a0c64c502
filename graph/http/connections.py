"""Connections at the API's own port: how large and slow a request may be, and how many connections there may be.

uvicorn and httptools limit neither the size of a request's head nor its time, nor the framing of a chunked body. Where
they read HTTP differently from RFC 9110, this module follows the RFC. What is called for each request takes the place
of uvicorn's own, and does all that it does.
"""

import asyncio
from asyncio import TimerHandle
from collections import deque
from collections.abc import Mapping
from typing import Any
from weakref import ref

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from graph.http import crowding, cycles, early_refusals, heads, inflow, pipelining, presence, targets, upgrades
from graph.http.cycles import Cycle
from graph.http.deadlines import Deadline
from graph.http.heads import Head, Kept
from graph.http.offers import Parser
from graph.http.presence import Presence
from graph.http.upgrades import Upgrade

# The request line and all header fields. Nginx takes 36 KB of one line, so this limit applies first.
HEAD_BYTES = 32 * 1024
HEAD_FIELDS = 100
_AROUND_FIELD = len(": \r\n")
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

_LARGE_HEAD = early_refusals.large_head(HEAD_BYTES, HEAD_FIELDS)
# With so many different heads one after the other, they differ in each request. Then none is kept.
_NEW_HEADS = 10
_ASGI = {"version": "3.0", "spec_version": "2.3"}


class _Refused(Exception):
    """Raised in a callback of the parser, to stop it."""


class Connection(HttpToolsProtocol):
    """One connection. A head that is too large is answered with 431; a connection that is too slow is closed."""

    # That of the last request whose head was read. None before the first.
    cycle: Cycle
    parser: Parser  # type: ignore[assignment]
    pipeline: deque[Cycle]  # type: ignore[assignment]  # the newest first

    def __init__(self, *args: Any, draining: asyncio.Event, **options: Any) -> None:
        super().__init__(*args, **options)
        self.draining = draining
        self.made_at = self.loop.time()
        self._deadline = Deadline(self.loop, self._end_late)
        self._self = ref(self)
        self._unsent: TimerHandle | None = None
        self._is_in_head = self._is_in_body = self._has_begun_here = self._is_head_timed = False
        self._head_bytes = self._head_fields = self._body_bytes = self._framing_bytes = 0
        self._refusal = early_refusals.INVALID
        self._is_refused = False
        self._bytes_thrown_away = 0
        # Once a request has offered a WebSocket. It is the last request of the connection.
        self._upgrade: Upgrade | None = None
        # The request that is being answered, or was answered last.
        self._answered: Cycle | None = None
        self.parser = Parser(self)
        # The head of the last request, if the next one may have it, too.
        self._kept: Kept | None = None
        # How many did not have it, since one had it.
        self._new_heads = 0

    @property
    def is_idle(self) -> bool:
        """No request is being answered on it."""
        return not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    @property
    def waits_for_client(self) -> bool:
        """No work is done for it: it has no request, or only a part of one, or its client does not read the answer."""
        if self.flow.write_paused or self.is_idle:
            return True
        if self._upgrade is not None and self._upgrade.user is not None:
            return self._upgrade.user.waits_for_client
        return self._is_in_body and not self.pipeline and not self._presence.is_waiting

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = pipelining.Flow(transport, self.pipeline)
        self._presence = Presence(self.flow)
        # What all requests of the connection have alike.
        self._scope = {
            "type": "http",
            "asgi": _ASGI,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": "",
        }
        self._deadline.set(self.timeout_keep_alive)
        crowding.make_room(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.close()
        self.resume_writing()
        if self.cycle is not None:
            self.cycle.expect_receiver()  # uvicorn wakes it
        super().connection_lost(exc)
        if self._answered is not None:
            # uvicorn tells only the newest request, and that one may still wait.
            self._answered.leave()
        self._presence.leave()
        if self._upgrade is not None:
            self._upgrade.leave()

    def begin_to_drain(self) -> None:
        """The process ends soon. Requests need not be told: each answer then ends its connection."""
        if self._upgrade is not None and self._upgrade.user is not None:
            self._upgrade.user.begin_to_drain()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unsent = self.loop.call_later(_UNSENT_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unsent is not None:
            self._unsent.cancel()
            self._unsent = None

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
        if self._upgrade is not None:
            self._upgrade.receive(data)
            return
        begins = not self._is_in_head and not self._is_in_body
        if begins:
            if self._kept is not None and not self.pipeline and self.cycle.response_complete:
                if (body := self._kept.body_in(data)) is not None:
                    self._begin_again(self._kept, body)
                    return
                self._new_heads += 1
            self._kept = None
            # The parser skips line ends before a request. Here they count as the start of its head.
            self.begin_head()
        self._has_begun_here, already = False, self._body_bytes
        try:
            self.parser.feed_data(data)
            # Bytes before a request that starts in this piece belong to the one before; there are few.
            if not self._has_begun_here and not self.transport.is_closing():
                self._count_rest(len(data), body=self._body_bytes - already)
        except (httptools.HttpParserError, _Refused):
            self._refuse_or_close()
            return
        # Most heads arrive in one piece, and need no time.
        if self._is_in_head and not self._is_head_timed:
            self._is_head_timed = True
            self._deadline.set(HEAD_SECONDS)
        elif begins and not self._is_in_body and self._new_heads < _NEW_HEADS and self.cycle.keep_alive:
            self._kept = Kept.of(data, self._body_bytes, self.cycle.scope)

    def begin_head(self) -> None:
        self._is_in_head, self._is_head_timed = True, False
        self._head_bytes = self._head_fields = self._body_bytes = self._framing_bytes = 0

    def offer_websocket(self, rest: bytes) -> None:
        self._upgrade = Upgrade(self, rest)

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= pipelining.MOST_WAITING:
            raise _Refused()
        self.url, self.headers, self.expect_100_continue = b"", [], False
        if not self._is_in_head:  # the second in one piece
            self.begin_head()
        self._has_begun_here = True

    def on_url(self, url: bytes) -> None:
        self.url += url
        self._head_bytes += len(url)
        if self._head_bytes > HEAD_BYTES:
            self._count(0)  # raises

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_fields += 1
        self._head_bytes += len(name) + len(value) + _AROUND_FIELD
        if self._head_bytes > HEAD_BYTES or self._head_fields > HEAD_FIELDS:
            self._count(0)  # raises
        if self._is_in_body:
            return  # It is a trailer.
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        # White space around a value does not belong to it; httptools removes only what stands before.
        self.headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":  # with a path, which is not a valid target
            raise _Refused()
        if self.parser.has_offer():
            return
        is_first = self.is_idle
        scope = {
            **self._scope,
            **targets.read(self.url),
            "http_version": version,
            "method": method.decode("ascii"),
            "headers": self.headers,
        }
        keeps_alive = version != "1.0" and self.parser.should_keep_alive() and self._upgrade is None
        cycle = self._begin(scope, Head.read(self.headers), keep_alive=keeps_alive)
        if self._upgrade is not None:
            cycle.scope["state"][upgrades.KEY] = self._upgrade
        self._is_in_head, self._is_in_body = False, True
        if is_first:
            self._answer(cycle)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft(cycle)

    def _begin(self, scope: Mapping[str, Any], head: Head, *, keep_alive: bool) -> Cycle:
        state: dict[str, Any] = {presence.KEY: self._presence, inflow.KEY: self._self, heads.KEY: head}
        cycle = self.cycle = Cycle(self, {**scope, "state": state}, keep_alive=keep_alive)
        # Not the cycle itself: it has the scope, and only the garbage collector would free the two.
        state[cycles.KEY] = ref(cycle)
        self._deadline.at = None
        return cycle

    def _begin_again(self, kept: Kept, body: bytes) -> None:
        """With a request whose head was parsed before. It does what the callbacks of the parser do."""
        cycle = self._begin(kept.scope, kept.head, keep_alive=True)
        cycle.body += body
        cycle.more_body = False
        self._new_heads = 0
        self._answer(cycle)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        cycle = self.cycle
        # Without a pipeline, what the client waits for is the answer to this request.
        if cycle.response_complete or (self._presence.is_waiting and not self.pipeline):
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        if cycle.has_receiver:
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        if self.parser.has_offer():
            return
        cycle = self.cycle
        self._is_in_body = False
        if self._deadline.at is not None:
            self._deadline.clear()
        if cycle.keep_alive and not self.parser.should_keep_alive():
            # A trailer said `Connection: close`. The parser takes it for a header, and parses nothing more.
            self._end_after_answer()
        if cycle.response_complete and not self.pipeline:  # It was answered before all of it arrived.
            self._deadline.set(self.timeout_keep_alive)
            return
        cycle.more_body = False
        if cycle.has_receiver:
            cycle.message_event.set()

    def rest_has_arrived(self) -> None:
        self.on_message_complete()
        self.parser = Parser(self)  # the old one still waits for the bytes

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            if self.transport.get_write_buffer_size():
                # It closes when the client has read everything.
                self.loop.call_later(_UNSENT_SECONDS, self.transport.abort)
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._answer(self.pipeline.pop())
        if self._is_in_body:
            self._deadline.set(_UNREAD_SECONDS)
        elif self.is_idle and not self._is_in_head:
            self._deadline.set(self.timeout_keep_alive)

    def _answer(self, cycle: Cycle) -> None:
        self._answered = cycle
        task = self._presence.task = self.loop.create_task(cycle.run_asgi(self.app))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _refuse_or_close(self) -> None:
        if len(self.pipeline) >= pipelining.MOST_WAITING and not self._is_in_body:
            # Requests that were accepted are answered, and then the connection ends.
            self.cycle.keep_alive, self._is_refused = False, True
            self._deadline.clear()
        elif self._may_be_refused():
            self._refuse()
        else:
            self.transport.close()

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
            self.cycle.wake()
            self._presence.leave()
        self._is_refused = True
        self._deadline.close()
        self.loop.call_later(_LINGER_SECONDS, self.transport.abort)

    def _throw_away(self, data: bytes) -> None:
        self._bytes_thrown_away += len(data)
        if self._bytes_thrown_away > _LINGER_BYTES:
            self.transport.abort()

    def _end_after_answer(self) -> None:
        self.cycle.keep_alive = False
        if self.cycle.response_complete:
            self.transport.close()

    def _count(self, octets: int) -> None:
        self._head_bytes += octets
        if self._head_bytes > HEAD_BYTES or self._head_fields > HEAD_FIELDS:
            self._refusal = early_refusals.LARGE_FRAMING if self._is_in_body else _LARGE_HEAD
            raise _Refused()

    def _count_rest(self, octets: int, *, body: int) -> None:
        if self._is_in_head:
            self._count(octets)
        elif self._is_in_body:
            self._framing_bytes += octets - body
            if self._framing_bytes > HEAD_BYTES + _FRAMING_PER_BYTE * self._body_bytes:
                self._refusal = early_refusals.LARGE_FRAMING
                raise _Refused()

    def _end_late(self) -> None:
        if self.is_idle:
            self.end()
        else:
            # A part of the next request has arrived, and the one before is still being answered.
            self._deadline.set(HEAD_SECONDS)
