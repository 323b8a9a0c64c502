"""A port between a store and Redis. It can hold back what goes through, cut it in pieces, and break connections."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any


class Relay:
    """`piece` is how many bytes of an answer go on at once. Only `bytes_to_redis` more go to Redis, None: all."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.piece = 65536
        # Clear: answers are held back.
        self.answers_pass = asyncio.Event()
        self.answers_pass.set()
        self.bytes_to_redis: int | None = None
        # What goes to Redis is held back until `deliver` sends it, also if its connection broke meanwhile.
        self.holds_back = False
        self._held: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter, bytes]] = []
        self.accepted = 0
        self._redis_port = port
        self._tasks: set[asyncio.Task[Any]] = set()
        self._clients: list[asyncio.StreamWriter] = []

    def break_connections(self) -> None:
        for writer in self._clients:
            writer.transport.abort()
        self._clients.clear()

    def say(self, answer: bytes) -> None:
        """Sends this to the store, which Redis has not said."""
        for writer in self._clients:
            writer.write(answer)

    async def break_those_that_hold_back(self) -> None:
        while not self._held:  # noqa: ASYNC110 - no event shows it
            await asyncio.sleep(0.001)
        for client, _, _ in self._held:
            client.transport.abort()

    def deliver(self) -> None:
        for _, beyond, sent in self._held:
            beyond.write(sent)
            beyond.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        behind, beyond = await asyncio.open_connection("127.0.0.1", self._redis_port)
        self._clients.append(writer)
        ways = {
            asyncio.create_task(self._ask(reader, writer, beyond)),
            asyncio.create_task(self._answer(behind, writer)),
        }
        self._tasks |= ways
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        writer.transport.abort()
        if all(held is not beyond for _, held, _ in self._held):
            beyond.transport.abort()

    async def aclose(self) -> None:
        self.break_connections()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ask(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, beyond: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while sent := await reader.read(65536):
                if self.holds_back:
                    self._held.append((client, beyond, sent))
                    continue
                if self.bytes_to_redis is not None:
                    sent, self.bytes_to_redis = sent[: self.bytes_to_redis], max(0, self.bytes_to_redis - len(sent))
                beyond.write(sent)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while answer := await reader.read(65536):
                await self.answers_pass.wait()
                for start in range(0, len(answer), self.piece):
                    writer.write(answer[start : start + self.piece])
                    # So that the other side reads each piece separately.
                    await asyncio.sleep(0)


@asynccontextmanager
async def relayed(
    port: int, *, context: ssl.SSLContext | None = None, path: Path | None = None
) -> AsyncIterator[Relay]:
    """Listens on a free port, with TLS if there is a `context`, or on the Unix socket `path`."""
    relay = Relay(port)
    if path is not None:
        server = await asyncio.start_unix_server(relay.serve, path)
    else:
        server = await asyncio.start_server(relay.serve, "127.0.0.1", 0, ssl=context)
        relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await relay.aclose()
