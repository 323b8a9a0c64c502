"""Many streams in a process that ends, and a client that closes its half of the connection."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from local import servers
from tests.conftest import TEST_MODELS
from tests.events import EVENTS, TICKS, cancelled, have_been_cancelled, ticks
from tests.graph.raw_requests import raw_post
from tests.mails import until
from tests.service import Client, Service

ENDLESS = ticks(100_000, milliseconds=200)
MANY = 50


@pytest.fixture
def own_triton(tmp_path: Path) -> Iterator[servers.Triton]:
    """Triton 2.51 has a race that ends it at times when streams are cancelled. Newer ones do not have it."""
    shutil.copytree(TEST_MODELS / "ticking", tmp_path / "models" / "ticking")
    with servers.Triton(tmp_path, [tmp_path / "models"]) as server:
        yield server
        server.kill()


@pytest.fixture
def crowded(new_service, own_triton: servers.Triton) -> Iterator[Service]:
    with new_service(
        TRITON_URL=own_triton.url,
        DRAIN_SECONDS="0",
        INFERENCE_TIMEOUT_SECONDS="1",
        VISITOR_CONCURRENT_REQUESTS="1000",
        VISITOR_UNITS_PER_MINUTE="10000",
    ) as started:
        yield started


def request() -> bytes:
    body = orjson.dumps({"query": TICKS, "variables": {"inputs": ENDLESS}})
    return raw_post("", body=body, fields=f"Content-Type: application/json\r\nAccept: {EVENTS}\r\n")


async def begun(service: Service) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(service.host, service.port)
    writer.write(request())
    await reader.readuntil(b'"index":0')
    return reader, writer


async def test_a_process_that_ends_tells_each_of_its_streams_why(crowded: Service):
    lines = await asyncio.gather(*[begun(crowded) for _ in range(MANY)])

    crowded.ask_to_end()
    ends = await asyncio.gather(*[reader.read() for reader, _ in lines])

    for _, writer in lines:
        writer.close()
    last = Counter(end.count(b'"code":"SERVICE_UNAVAILABLE"') for end in ends)
    assert last == {1: MANY}
    assert all(b"event: complete" in end and end.endswith(b"0\r\n\r\n") for end in ends)
    assert await asyncio.to_thread(crowded.wait) == 0
    assert "Traceback" not in crowded.log.read_text()


async def test_a_client_that_closes_its_half_has_left(service: Service, visitor: Client):
    before = await cancelled(visitor)
    reader, writer = await begun(service)

    writer.write_eof()

    await reader.read()
    writer.close()
    await until(lambda: have_been_cancelled(visitor, before + 1))
