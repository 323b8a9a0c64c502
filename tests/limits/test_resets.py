"""A connection to Redis that was reset while it was idle, on the event loop of the API and on that of the worker."""

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvloop

from store.connections import RedisConnection, StoreDown
from tests.mails import until

_RESET = struct.pack("ii", 1, 0)


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await reader.read(65536):
            writer.write(said)


@asynccontextmanager
async def relayed(port: int) -> AsyncIterator[tuple[int, list[asyncio.StreamWriter]]]:
    """A port that forwards to `port`, and the connections that it accepted."""
    came: list[asyncio.StreamWriter] = []
    relays: list[asyncio.Task[Any]] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, beyond = await asyncio.open_connection("127.0.0.1", port)
        relays.extend([asyncio.create_task(pass_on(reader, beyond)), asyncio.create_task(pass_on(behind, writer))])
        came.append(writer)
        await asyncio.wait(relays)
        beyond.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], came
    server.close()
    for task in relays:
        task.cancel()
    await asyncio.gather(*relays, return_exceptions=True)


async def after_a_reset(url: str, opened: threading.Event, reset: threading.Event) -> Exception:
    connection = RedisConnection(url)
    await connection.open()
    opened.set()
    assert await asyncio.to_thread(reset.wait, 60)
    # Gives the reset time to reach this event loop.
    await asyncio.sleep(0.2)
    with pytest.raises(Exception) as failure:  # noqa: PT011 - its type is what the test returns
        await connection.batch([("PING",)])
    connection.close()
    return failure.value


@pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
async def test_a_connection_that_was_reset_is_an_outage(redis, loop: Callable[[], asyncio.AbstractEventLoop]):
    opened, reset = threading.Event(), threading.Event()

    def use(url: str) -> Exception:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(after_a_reset(url, opened, reset))

    async with relayed(redis.port) as (port, came):
        using = asyncio.create_task(asyncio.to_thread(use, redis.url.replace(f":{redis.port}/", f":{port}/")))
        assert await asyncio.to_thread(opened.wait, 60)
        (relayed_one,) = came
        relayed_one.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        relayed_one.transport.abort()
        await until(lambda: relayed_one.transport.get_extra_info("socket").fileno() == -1)
        reset.set()

        assert type(await using) is StoreDown
