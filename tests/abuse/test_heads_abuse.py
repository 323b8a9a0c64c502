"""Heads and connections at the API's own port: bounded in size, fields and time."""

import asyncio

from graph.http import connections
from tests.abuse import wire

GOOD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
MIB = 1024**2


async def flood(line, start, piece, most):
    """Sends the piece again and again until the other side has closed; the bytes that it took."""
    sent = 0
    try:
        await line.send(start)
        while sent < most:
            await line.send(piece)
            sent += len(piece)
            await asyncio.sleep(0)
    except ConnectionError:
        pass
    return sent


async def test_a_head_without_end_is_cut_off(attacked):
    service = attacked.services[0]
    before = wire.memory(service.pid)
    for start, piece in ((b"GET /", b"a" * 65_536), (GOOD + b"X: ", b"a" * 65_536), (GOOD, b"a: b\r\n" * 10_000)):
        async with wire.Line(service.port, wire.network()) as line:
            # What the sockets of both sides hold is among it.
            assert await flood(line, start, piece, 100 * MIB) < 20 * MIB

    assert await wire.turns(service.port) == [(200, "OK")] * 10
    assert wire.memory(service.pid) - before < 20 * MIB


async def test_a_head_of_too_many_fields_or_bytes_is_refused_and_one_that_fits_is_not(attacked):
    port = attacked.services[0].port
    refused = [b"a: b\r\n" * connections.HEAD_FIELDS, b"a: " + b"b" * connections.HEAD_BYTES + b"\r\n"]
    for fields in refused:
        async with wire.Line(port, wire.network()) as line:
            await line.send(GOOD + fields + b"\r\n")
            assert wire.code(await line.answer()) == (431, "PAYLOAD_TOO_LARGE")
            assert await line.closed() == b""

    async with wire.Line(port, wire.network()) as line:
        await line.send(GOOD + b"a: b\r\n" * 90 + b"b: " + b"b" * 30_000 + b"\r\n\r\n")
        assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_a_head_that_dribbles_is_closed_after_ten_seconds_and_so_is_a_second_one(attacked):
    port = attacked.services[1].port

    async def dribble(before):
        async with wire.Line(port, wire.network()) as line:
            started = asyncio.get_running_loop().time()
            if before:
                await line.send(GOOD + b"\r\n")
                await line.reader.readuntil(b"alive\n")
            else:
                await line.send(GOOD)
            closed = asyncio.create_task(line.closed())
            while not closed.done():
                line.writer.write(b"\r\n" if before else b"a")
                await asyncio.sleep(0.5)
            assert await closed == b""
            return asyncio.get_running_loop().time() - started

    took = await asyncio.gather(*(dribble(before) for before in (False, True) for _ in range(20)))

    # `closed` fails for a line that the service never closes.
    assert len(took) == 40
    assert min(took) > 9, took


async def test_chunk_extensions_and_trailers_are_bounded_and_small_chunks_are_not(attacked):
    service = attacked.services[0]
    head = wire.head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    body = wire.query("{ __typename }")
    for start in (head + b"1;", head + b"1\r\n{\r\n0\r\nx: "):
        async with wire.Line(service.port, wire.network()) as line:
            assert await flood(line, start, b"a" * 65_536, 100 * MIB) < 20 * MIB

    async with wire.Line(service.port, wire.network()) as line:
        small = b"".join(b"1\r\n%c\r\n" % octet for octet in body + b" " * 30_000)
        await line.send(head + small + b"0\r\n\r\n")
        assert wire.code(await line.answer()) == (200, "OK")


async def test_requests_in_one_piece_are_answered_one_after_the_other(attacked):
    one = wire.head(len(wire.query("{ __typename }"))) + wire.query("{ __typename }")

    async with wire.Line(attacked.services[0].port, wire.network()) as line:
        await line.send(one * 50 + one[:20])
        answers = [wire.code(await line.answer()) for _ in range(50)]
        await line.send(one[20:])
        answers.append(wire.code(await line.answer()))

    assert answers == [(200, "OK")] * 51
