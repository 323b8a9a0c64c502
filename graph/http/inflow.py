"""The rest of a large body, from the socket into the buffer where it stays. It goes past the HTTP parser.

uvicorn copies a body four times, and stops the reading and starts it again for each 64 KB.
"""

import asyncio
from typing import Protocol, cast

from starlette.requests import ClientDisconnect
from starlette.types import Scope
from uvicorn.protocols.http.flow_control import FlowControl

# Of the state in the scope of a request.
KEY = "rest"
# At once, so that other requests get their turns.
_READ_BYTES = 1024 * 1024
# The application is woken for each piece, or if less has come, after this time.
_PIECE_BYTES = 256 * 1024
_PIECE_SECONDS = 0.005
_SCRATCH_BYTES = 64 * 1024


class Receiver(Protocol):
    """The connection. It gets all events of the transport except the bytes of the body."""

    transport: asyncio.Transport
    flow: FlowControl

    def rest_has_arrived(self) -> None: ...
    def connection_lost(self, exc: Exception | None) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...
    def eof_received(self) -> None: ...


class Inflow(asyncio.BufferedProtocol):
    """Fills `buffer`, which is as long as the rest of the body, in place of the connection.

    It begins with the next byte that comes, so the application must have received all that came before.
    """

    def __init__(self, receiver: Receiver, buffer: memoryview) -> None:
        self._receiver = receiver
        self._buffer: memoryview | None = buffer
        self._size = len(buffer)
        self._count = self._seen = 0
        self._has_more = asyncio.Event()
        self._waking: asyncio.TimerHandle | None = None
        self._is_lost = False
        self._hand_over(self)

    @staticmethod
    def of(scope: Scope, buffer: memoryview) -> "Inflow":
        receiver: Receiver | None = scope["state"][KEY]()
        if receiver is None:
            raise ClientDisconnect()
        return Inflow(receiver, buffer)

    async def more(self) -> memoryview:
        """The next bytes, at most 256 KB; none at the end. Raises ClientDisconnect."""
        buffer = self._buffer
        if buffer is None or self._seen == self._size:
            return memoryview(b"")
        if self._has_piece():
            await asyncio.sleep(0)  # other requests get their turns
        while not self._is_lost and not (self._has_more.is_set() and self._count > self._seen):
            self._has_more.clear()
            await self._has_more.wait()
        if self._is_lost:
            raise ClientDisconnect()
        start = self._seen
        self._seen = min(self._count, start + _PIECE_BYTES)
        return buffer[start : self._seen]

    def let_go(self) -> None:
        """The buffer is not written to any more. What still comes is thrown away."""
        self._buffer = None

    def get_buffer(self, sizehint: int) -> memoryview:
        if self._buffer is None:
            return memoryview(bytearray(min(self._size - self._count, _SCRATCH_BYTES)))
        return self._buffer[self._count : self._count + _READ_BYTES]

    def buffer_updated(self, nbytes: int) -> None:
        self._count += nbytes
        if self._has_piece():
            self._wake()
        elif self._waking is None and self._buffer is not None:
            self._waking = asyncio.get_running_loop().call_later(_PIECE_SECONDS, self._wake)
        if self._count == self._size:
            self._hand_over(cast(asyncio.Protocol, self._receiver))
            self._receiver.rest_has_arrived()

    def eof_received(self) -> None:
        self._receiver.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._wake()
        self._receiver.connection_lost(exc)

    def pause_writing(self) -> None:
        self._receiver.pause_writing()

    def resume_writing(self) -> None:
        self._receiver.resume_writing()

    def _has_piece(self) -> bool:
        return self._count == self._size or self._count - self._seen >= _PIECE_BYTES

    def _wake(self) -> None:
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        self._has_more.set()

    def _hand_over(self, protocol: asyncio.BaseProtocol) -> None:
        # uvloop asks which kind of protocol it has when the reading starts.
        self._receiver.flow.pause_reading()
        self._receiver.transport.set_protocol(protocol)
        self._receiver.flow.resume_reading()
