"""A peer on a real socket that is no Triton: it answers whatever a test wants, at the pace that it wants."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

LIVE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HEAD = b'{"model_name":"m","model_version":"7","outputs":[%b]}'
OUTPUT = b'{"name":"OUT","datatype":"INT8","shape":[3],"parameters":{"binary_data_size":3}}'

Speak = Callable[["Talk"], Awaitable[None]]


@dataclass
class Talk:
    """One connection. `heads` and `bodies` are of the requests that it has read."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def hear(self) -> None:
        """Reads one request. Raises IncompleteReadError if the client closed the connection."""
        self.heads.append(await self.reader.readuntil(b"\r\n\r\n"))
        length = re.search(rb"\r\nContent-Length: (\d+)", self.heads[-1])
        self.bodies.append(await self.reader.readexactly(int(length[1]) if length else 0))

    async def say(self, *parts: bytes, pause: float = 0) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(pause)

    async def is_closed(self) -> bool:
        """Waits until the client has closed the connection, and drops what it still sends."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass
        return True


@dataclass
class Peer:
    url: str
    talks: list[Talk] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return sum(len(talk.bodies) for talk in self.talks)

    async def heard(self, calls: int) -> None:
        """Waits until it has read so many requests."""
        async with asyncio.timeout(60):
            while self.calls < calls:  # noqa: ASYNC110 - it is a test's wait
                await asyncio.sleep(0.01)


def answer(
    body: bytes = b"\1\2\3", *, head: bytes = HEAD % OUTPUT, more: bytes = b"", status: bytes = b"200 OK"
) -> bytes:
    """An answer as Triton gives it."""
    lines = b"HTTP/1.1 %b\r\nInference-Header-Content-Length: %d\r\nContent-Length: %d\r\n%b\r\n"
    return lines % (status, len(head), len(head) + len(body), more) + head + body


@asynccontextmanager
async def speaking(speak: Speak, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """`speak` is run for each connection; at its end the connection is closed."""
    peer = Peer("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = Talk(reader, writer)
        peer.talks.append(talk)
        try:
            await speak(talk)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client has closed the connection, or the test has ended
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    peer.url = f"http{'s' if tls else ''}://127.0.0.1:{port}"
    try:
        yield peer
    finally:
        server.close()
        for talk in peer.talks:
            talk.writer.transport.abort()
