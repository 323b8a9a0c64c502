"""Requests that come before the earlier ones were answered: they are bounded, and what was taken is answered."""

import asyncio

import pytest

from graph.http import pipelining
from tests.abuse import wire

MB = 1024**2
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
QUERY = b"GET /graphql?query={a:__typename} HTTP/1.1\r\nHost: x\r\n\r\n"
OFFER = QUERY.replace(b"Host", b"Connection: Upgrade\r\nUpgrade: h2c\r\nHost")


async def head(line):
    """Of the next answer, without its body."""
    async with asyncio.timeout(60):
        found = (await line.reader.readuntil(b"\r\n\r\n")).lower()
        await line.reader.readexactly(int(found.split(b"content-length: ")[1].split(b"\r\n")[0]))
    return found


async def most_memory(pid, running):
    """While that runs."""
    most = 0
    while not running.done():
        most = max(most, wire.memory(pid))
        await asyncio.sleep(0.01)
    await running
    return most


@pytest.mark.parametrize("request_", [ALIVE, QUERY, OFFER], ids=["alive", "query", "offer"])
@pytest.mark.parametrize("sent", [1, 51, 52, 1000])
async def test_fifty_wait_and_the_last_that_is_taken_says_that_the_connection_ends(attacked, request_, sent):
    taken = min(sent, pipelining.MOST_WAITING + 1)

    async with wire.Line(attacked.services[0].port, wire.network()) as line:
        await line.send(request_ * sent)
        heads = [await head(line) for _ in range(taken)]
        if sent > taken:
            assert await line.closed() == b""

    assert [found.split(b" ")[1] for found in heads] == [b"200"] * taken
    assert [b"connection: close" in found for found in heads] == [False] * (taken - 1) + [sent > taken]


async def test_a_flood_of_them_takes_neither_memory_nor_the_turns_of_others(attacked):
    service = attacked.services[0]
    before = wire.memory(service.pid)

    async def flood():
        async with wire.Line(service.port, wire.network()) as line:
            await line.send(ALIVE * (250_000 // len(ALIVE)))
            await line.closed()

    most = await most_memory(service.pid, asyncio.gather(*[flood() for _ in range(20)]))

    assert most - before < 40 * MB
    assert await wire.turns(service.port) == [(200, "OK")] * 10


async def test_a_body_behind_requests_that_wait_is_not_read_before_its_turn(attacked):
    service = attacked.services[0]
    address = wire.network()
    before = wire.memory(service.pid)

    async def send():
        async with wire.Line(service.port, address) as line:
            line.writer.write(QUERY * 50 + wire.head(12 * MB) + b" " * 12 * MB)
            for _ in range(51):
                await head(line)

    most = await most_memory(service.pid, asyncio.gather(*[send() for _ in range(12)]))

    assert most - before < 40 * MB
