"""The connections of the tests' clients, without TLS: a request takes a third of the processor time that it takes with
httpx's own, and a run of all tests sends tens of thousands. What they do on the wire, and the errors, are the same."""

import asyncio
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httptools
import httpx2

# As httpx's own.
_MOST = 100
_IDLE_SECONDS = 5.0
# A client that does not read on lets the service wait.
_MOST_UNREAD = 64 * 1024

_Address = tuple[str, int]


class Transport(httpx2.AsyncBaseTransport):
    """For one client. `most` connections may be busy at once, and further requests wait for one."""

    def __init__(self, *, local_address: str | None = None, most: int = _MOST) -> None:
        self._from = (local_address, 0) if local_address else None
        self._turns = asyncio.Semaphore(most)
        self._idle: list[_Connection] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert request.url.scheme == "http"
        within = request.extensions.get("timeout", {})
        await self._turns.acquire()
        connection: _Connection | None = None
        try:
            connection = await self._connection((request.url.host, request.url.port or 80), within.get("connect"))
            await connection.send(request)
            stream = _Stream(self, connection, within.get("read"))
            async with _at_most(within.get("read"), httpx2.ReadTimeout):
                await connection.head()
        except BaseException:
            if connection is not None:
                connection.abort()
            self._turns.release()
            raise
        said = {"http_version": b"HTTP/" + connection.version, "reason_phrase": connection.reason}
        return httpx2.Response(connection.status, headers=connection.headers, stream=stream, extensions=said)

    async def aclose(self) -> None:
        for connection in self._idle:
            connection.abort()
        self._idle.clear()
        # In the next turn of the loop they are closed.
        await asyncio.sleep(0)

    async def _connection(self, address: _Address, within: float | None) -> "_Connection":
        while self._idle:
            kept = self._idle.pop()
            if kept.address == address and kept.is_usable():
                return kept
            kept.abort()
        loop = asyncio.get_running_loop()
        try:
            async with _at_most(within, httpx2.ConnectTimeout):
                _, connection = await loop.create_connection(
                    lambda: _Connection(address), *address, local_addr=self._from
                )
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from error
        return connection

    def give_back(self, connection: "_Connection") -> None:
        if connection.may_be_kept():
            self._idle.append(connection)
        else:
            connection.abort()
        self._turns.release()


class _Connection(asyncio.Protocol):
    def __init__(self, address: _Address) -> None:
        self.address = address
        self._loop = asyncio.get_running_loop()
        self._idle_since = 0.0
        self._is_lost = False
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._begin(is_head=False)

    def _begin(self, *, is_head: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._is_head = is_head
        self._error: Exception | None = None
        self._woken: asyncio.Future[None] | None = None
        self._has_head = self.is_complete = self._is_kept = False
        self._unread = 0
        self.pieces: list[bytes] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.status, self.version, self.reason = 0, b"", b""

    async def send(self, request: httpx2.Request) -> None:
        self._begin(is_head=request.method == "HEAD")
        lines = [b"%s: %s\r\n" % pair for pair in request.headers.raw]
        head = b"%s %s HTTP/1.1\r\n%s\r\n" % (request.method.encode(), request.url.raw_path, b"".join(lines))
        is_chunked = "transfer-encoding" in request.headers
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        async for piece in request.stream:
            self._transport.write(head + (b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked and piece else piece))
            head = b""
            await self._may_write.wait()
            if self._is_lost:
                # The service may have answered before.
                return
        self._transport.write(head + (b"0\r\n\r\n" if is_chunked else b""))

    async def head(self) -> None:
        while not self._has_head:
            await self._more("Server disconnected without sending a response.")

    async def piece(self) -> bytes | None:
        """What has come and was not read yet; None at the end."""
        while not self.pieces:
            if self.is_complete:
                return None
            await self._more("peer closed connection without sending complete message body")
        found = b"".join(self.pieces)
        self.pieces.clear()
        self._unread = 0
        self._transport.resume_reading()
        return found

    async def _more(self, where_lost: str) -> None:
        if self._error is not None:
            raise self._error
        if self._is_lost:
            raise httpx2.RemoteProtocolError(where_lost)
        self._woken = self._loop.create_future()
        await self._woken

    def may_be_kept(self) -> bool:
        self._idle_since = self._loop.time()
        return self.is_complete and self._is_kept and not self._is_lost

    def is_usable(self) -> bool:
        if self._is_lost or self._loop.time() - self._idle_since > _IDLE_SECONDS:
            return False
        # The loop may not have seen yet that the service has ended it.
        look = select.poll()
        look.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not look.poll(0)

    def abort(self) -> None:
        self._transport.abort()

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._error = httpx2.RemoteProtocolError(str(error))
            self._transport.abort()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._is_lost = True
        names = {name.lower() for name, _ in self.headers}
        if error is not None and self._error is None:
            self._error = httpx2.ReadError(str(error))
        elif self._has_head and not {b"content-length", b"transfer-encoding"} & names:
            self.is_complete = True
        self._may_write.set()
        self._wake()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    # What httptools calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_headers_complete(self) -> None:
        self.status, self.version = self._parser.get_status_code(), self._parser.get_http_version().encode()
        self._has_head = True
        self.is_complete = self._is_head

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body)
        self._unread += len(body)
        if self._unread > _MOST_UNREAD:
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        self.is_complete, self._is_kept = True, self._parser.should_keep_alive()


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, transport: Transport, connection: _Connection, within: float | None) -> None:
        self._transport, self._connection, self._within = transport, connection, within
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while True:
                # Most answers are there as a whole.
                if self._connection.pieces or self._connection.is_complete:
                    piece = await self._connection.piece()
                else:
                    async with _at_most(self._within, httpx2.ReadTimeout):
                        piece = await self._connection.piece()
                if piece is None:
                    return
                yield piece
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._transport.give_back(self._connection)


@asynccontextmanager
async def _at_most(seconds: float | None, error: type[httpx2.TimeoutException]) -> AsyncIterator[None]:
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError as late:
        if not limit.expired():
            raise
        raise error("") from late
