"""A WebSocket (RFC 6455) on a connection: messages in and out, pings, and its end. The library `websockets` reads and
writes frames.

It is imported when a client opens the first one.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SERVER, State
from websockets.protocol import Protocol as Frames

import errors
from graph.http import contents
from graph.http.contents import Content

if TYPE_CHECKING:
    from graph.http.upgrades import Upgrade
    from resolvers.holds import Hold

# Before the client has said who it is. These bytes are not counted.
_INIT_BYTES = 16 * 1024
PING_SECONDS = 10.0
# Pings without an answer, and without anything else from the client, before the next one would be sent.
_PINGS_LOST = 2
# For the client to answer a close frame.
CLOSING_SECONDS = 2.0
# Parsed in one iteration of the event loop: the smaller number after a slice with many frames. The smallest frame has
# six bytes. It takes 10 us, and the message in it perhaps 50 us.
_SLICE_BYTES, _SMALL_SLICE_BYTES, _MANY_FRAMES = 4096, 512, 8
# Of a client, each second, and so many at once. Beyond that, all such clients share one slice in each iteration.
_FRAMES_A_SECOND = 100.0
_UNPARSED_BYTES = 64 * 1024
# Of a message, checked to be text in one iteration.
_CHECKED_BYTES = 256 * 1024
_PIECE_BYTES = 256 * 1024
# The kernel takes twice as many.
_SEND_BUFFER_BYTES = 256 * 1024
_REASON_BYTES = 123
_OF_DATA = (Opcode.CONT, Opcode.TEXT, Opcode.BINARY)
_NO_HOLD = nullcontext()
_Utf8 = codecs.getincrementaldecoder("utf-8")

# The library logs each end of a connection. What a client did wrong is for the client, in the close frame.
_quiet = logging.getLogger(f"{__name__}.frames")
_quiet.setLevel(logging.CRITICAL)


class WebSocket:
    """One on a connection that was taken over. `waits_for_client` is for its user to set: whether no work is done for
    the client. `when_draining` is called when the process begins to drain.
    """

    def __init__(self, upgrade: Upgrade, turns: asyncio.Lock) -> None:
        self.waits_for_client = True
        self.when_draining: Callable[[], None] | None = None
        self._upgrade = upgrade
        self._loop = asyncio.get_running_loop()
        self._frames = Frames(SERVER, max_size=_INIT_BYTES, logger=_quiet)
        self._unparsed = bytearray()
        self._has_news = asyncio.Event()
        self._is_lost = False
        self._message: bytearray | None = None
        self._hold: Hold | None = None
        self._sending = asyncio.Lock()
        # Of a large message that is being sent.
        self._pieces: asyncio.Task[None] | None = None
        # `turns` is that of the process.
        self._turns = turns
        self._slice_bytes = _SMALL_SLICE_BYTES
        self._frames_left, self._counted_at = _FRAMES_A_SECOND, self._loop.time()
        self._pings_lost = 0
        self._timer = self._loop.call_later(PING_SECONDS, self._ping)
        if (line := upgrade.transport.get_extra_info("socket")) is not None:
            # Otherwise the kernel takes several megabytes for a client that does not read.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)

    def allow(self, most: int, hold: Hold) -> None:
        """From now on a message may have so many bytes. `hold` counts those that have arrived of unread messages."""
        self._frames.max_message_size = most
        self._hold = hold

    async def messages(self) -> AsyncGenerator[bytearray]:
        """Text messages, until either side closes it or the client leaves."""
        while self.is_open:
            if not self._unparsed:
                self._has_news.clear()
                await self._has_news.wait()
                continue
            for message in self._parse():
                if not self.is_open or not await self._is_text(message):
                    return
                yield message
            if self._upgrade.flow.write_paused and self.is_open:
                # The answers to pings could otherwise fill the memory.
                await self._upgrade.flow.drain()
            if self._frames_left > 0:
                await asyncio.sleep(0)
                continue
            async with self._turns:
                await asyncio.sleep(0)

    async def send(self, content: bytes | Content, hold: AbstractContextManager[object] = _NO_HOLD) -> None:
        """One text message, which is JSON. Waits while the client reads slowly. Raises ClientDisconnect.

        `hold`, if any, is closed when it was sent.
        """
        with ExitStack() as closing:
            closing.enter_context(hold)
            async with self._sending:
                if self._pieces is not None:
                    await asyncio.wait([self._pieces])
                await self._require_room()
                if isinstance(content, bytes) and len(content) <= _PIECE_BYTES:
                    self._frames.send_text(content)
                    self._write()
                    return
                self._pieces = self._loop.create_task(self._send_pieces(content, closing.pop_all()))
                # If it were cancelled half-way, a message without an end would stay.
                await asyncio.shield(self._pieces)

    def send_last(self, content: bytes) -> None:
        """The same without waiting, before it is closed. Nothing is sent in the middle of a large message."""
        if self.is_open and not self._frames.expect_continuation_frame:
            self._frames.send_text(content)
            self._write()

    def close(self, code: int, reason: str = "") -> None:
        """Sends a close frame, if none was sent or received."""
        if self.is_open:
            self._frames.send_close(code, reason.encode()[:_REASON_BYTES].decode(errors="ignore"))
            self._write()
        self._has_news.set()

    async def finish(self) -> None:
        """Waits until the client has closed it, too, or for two seconds."""
        self._timer.cancel()
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                while not self._is_lost:
                    self._parse_rest()
                    self._has_news.clear()
                    await self._has_news.wait()
        except TimeoutError:
            self._upgrade.transport.abort()

    @property
    def end(self) -> str:
        """Who ended it: the code of our close frame, client, or lost without a close frame."""
        sent = self._frames.close_sent
        if self._frames.close_rcvd_then_sent:
            return "client"
        return "lost" if sent is None else str(int(sent.code))

    @property
    def is_open(self) -> bool:
        return self._frames.state is State.OPEN and not self._is_lost

    def receive(self, data: bytes) -> None:
        self._pings_lost = 0
        self._unparsed += data
        self._count_bytes()
        if len(self._unparsed) > _UNPARSED_BYTES:
            self._upgrade.flow.pause_reading()
        self._has_news.set()

    def leave(self) -> None:
        self._is_lost = True
        self._timer.cancel()
        if self._hold is not None:
            self._hold.be(0)
        self._has_news.set()

    def drop_frames(self) -> None:
        """It is not used any more. The parser is a generator that refers to itself."""
        self._frames.parser.close()

    def begin_to_drain(self) -> None:
        if self.when_draining is not None:
            self.when_draining()

    async def _send_pieces(self, content: bytes | Content, hold: AbstractContextManager[object]) -> None:
        left = len(content)
        with hold:
            for piece in contents.pieces(content, _PIECE_BYTES):
                await self._require_room()
                is_first = left == len(content)
                left -= len(piece)
                (self._frames.send_text if is_first else self._frames.send_continuation)(piece, fin=left == 0)
                self._write()

    async def _require_room(self) -> None:
        if self._upgrade.flow.write_paused and self.is_open:
            await self._upgrade.flow.drain()
        if not self.is_open:
            raise ClientDisconnect()

    def _parse(self) -> list[bytearray]:
        """The messages that end in the next slice of what was received."""
        self._frames.receive_data(self._take(self._slice_bytes))
        found: list[bytearray] = []
        frames = self._frames.events_received()
        self._count_frames(len(frames))
        for frame in frames:
            assert isinstance(frame, Frame)  # noqa: S101 - the other events are of clients
            if frame.opcode not in _OF_DATA:
                continue
            if frame.opcode is Opcode.BINARY:
                self.close(CloseCode.UNSUPPORTED_DATA, "Messages are text.")
                break
            self._message = bytearray() if self._message is None else self._message
            self._message += frame.data
            if frame.fin:
                found.append(self._message)
                self._message = None
        self._write()
        self._count_bytes()
        return found

    def _count_frames(self, count: int) -> None:
        self._slice_bytes = _SMALL_SLICE_BYTES if count > _MANY_FRAMES else _SLICE_BYTES
        now = self._loop.time()
        refilled = self._frames_left + (now - self._counted_at) * _FRAMES_A_SECOND
        self._frames_left, self._counted_at = max(0.0, min(_FRAMES_A_SECOND, refilled) - count), now

    async def _is_text(self, message: bytearray) -> bool:
        """If it is not, closes it."""
        decoder = _Utf8()
        try:
            for start in range(0, len(message), _CHECKED_BYTES):
                if start:
                    await asyncio.sleep(0)
                decoder.decode(message[start : start + _CHECKED_BYTES])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self.close(CloseCode.INVALID_DATA, "A message is not valid UTF-8.")
            return False
        return True

    def _count_bytes(self) -> None:
        if self._hold is None or self._is_lost:
            return
        held = len(self._message or b"") + len(self._frames.reader.buffer) + len(self._unparsed)
        try:
            self._hold.take(max(0, held - self._hold.count), what="body")
        except errors.ServiceUnavailable as full:
            self.close(CloseCode.TRY_AGAIN_LATER, str(full))
        self._hold.be(held)

    def _parse_rest(self) -> None:
        """What comes after the close frame of either side: all is dropped but the client's own close frame."""
        while self._unparsed and not self._frames.eof_sent:
            self._frames.receive_data(self._take(_SLICE_BYTES))
            self._frames.events_received()
            self._write()
        self._take(len(self._unparsed))

    def _take(self, most: int) -> bytes:
        data = bytes(self._unparsed[:most])
        del self._unparsed[:most]
        if len(self._unparsed) <= _UNPARSED_BYTES and not self._is_lost:
            self._upgrade.flow.resume_reading()
        return data

    def _write(self) -> None:
        transport, frames = self._upgrade.transport, self._frames
        for data in frames.data_to_send():
            if data:
                transport.write(data)
            elif frames.close_rcvd is not None:
                transport.close()
            elif not transport.is_closing():
                # The client sent what it may not. Closing with unread bytes could lose the close frame.
                transport.write_eof()

    def _ping(self) -> None:
        if not self.is_open:
            return
        if self._pings_lost >= _PINGS_LOST:
            self.close(CloseCode.INTERNAL_ERROR, "The client answers no pings.")
            return
        # A client that we do not read, or that does not read, can answer none; a connection has its own time for that.
        if not self._upgrade.flow.read_paused and not self._upgrade.flow.write_paused:
            self._pings_lost += 1
            self._frames.send_ping(b"")
            self._write()
        self._timer = self._loop.call_later(PING_SECONDS, self._ping)
