"""Writes of a connection that leave together."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from graph.http.joined_writes import JoinedWrites


@pytest.fixture
async def ends() -> AsyncIterator[tuple[JoinedWrites, asyncio.StreamReader]]:
    """A connection as the server writes to it, and as the client reads from it."""
    accepted: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda _, writer: accepted.set_result(writer), "127.0.0.1", 0)
    reader, client = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer = await accepted
    yield JoinedWrites(writer.transport), reader  # type: ignore[arg-type]  # asyncio declares the base class only
    client.close()
    writer.close()
    server.close()
    await server.wait_closed()


async def test_nothing_leaves_before_the_end_of_the_block(ends):
    writes, reader = ends

    with writes.joined():
        writes.write(b"head ")
        writes.write(b"body ")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
    writes.write(b"next")

    assert await reader.readexactly(14) == b"head body next"


async def test_what_is_held_leaves_before_the_connection_closes(ends):
    writes, reader = ends

    with writes.joined():
        writes.write(b"head ")
        writes.write(b"body")
        writes.close()
        assert writes.is_closing()

    assert await reader.read() == b"head body"
