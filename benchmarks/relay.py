"""A relay in front of a server, which counts the bytes that pass in each direction."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

_PIECE = 256 * 1024


@dataclass(slots=True)
class Relay:
    """`there` and `back` are bytes so far: to the server, and from it."""

    host: str
    port: int
    path: str = ""
    own_port: int = 0
    there: int = 0
    back: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.path:
            far_reader, far_writer = await asyncio.open_unix_connection(self.path)
        else:
            far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        await asyncio.gather(self._pass_on(reader, far_writer, "there"), self._pass_on(far_reader, writer, "back"))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        try:
            while piece := await reader.read(_PIECE):
                setattr(self, way, getattr(self, way) + len(piece))
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@contextmanager
def before(address: str) -> Iterator[Relay]:
    """Of a server at `host:port`, `unix:/path` or a URL. It runs in a thread, at a port of 127.0.0.1."""
    if address.startswith("unix:"):
        relay = Relay("", 0, path=address.removeprefix("unix:"))
    else:
        parts = urlsplit(address if "://" in address else f"//{address}")
        relay = Relay(parts.hostname or "", parts.port or 0)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(relay.serve, "127.0.0.1", 0))
    relay.own_port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
