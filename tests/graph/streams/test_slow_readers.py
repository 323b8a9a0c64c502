"""Clients that read a stream slowly, and streams on which little happens."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator

import httpx2
import orjson
import psutil
import pytest

from tests import model_calls
from tests.events import EVENTS, TICKS, chunks, subscribed, ticks
from tests.graph.raw_requests import raw_post
from tests.mails import until
from tests.service import TLS, Client, Service

_HELD = re.compile(r"^gatehouse_bytes_in_flight(?:\{.*\})? (\S+)$", re.MULTILINE)
_COUNT, _SIZE = 800, 100_000
_BASE64 = TICKS.replace("values }", "base64 }")
MB = 1024**2


@pytest.fixture(scope="module")
def metered(new_service) -> Iterator[Service]:
    with new_service(METRICS_ADDRESS=model_calls.address()) as service:
        yield service


@pytest.fixture
async def client(metered: Service) -> AsyncIterator[Client]:
    client = Client(metered.url)
    yield client
    await client.aclose()


async def held(service: Service) -> float:
    async with httpx2.AsyncClient(verify=TLS, timeout=60) as http:
        answer = await http.get(f"http://{service.settings['GATEHOUSE_METRICS_ADDRESS']}/metrics")
    [found] = _HELD.findall(answer.text)
    return float(found)


async def test_a_reader_who_stops_holds_little_and_then_gets_every_chunk_in_order(metered: Service, client: Client):
    process = psutil.Process(metered.pid)
    async with subscribed(client.http, _BASE64, inputs=ticks(20, size=_SIZE)) as events:
        await events.rest()  # what the first stream of a process loads
    before = process.memory_info().rss
    asked = {"query": _BASE64, "variables": {"inputs": ticks(_COUNT, size=_SIZE)}}
    request = raw_post("", body=orjson.dumps(asked), fields=f"Content-Type: application/json\r\nAccept: {EVENTS}\r\n")
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (metered.host, metered.port))
        await loop.sock_sendall(slow, request)

        # 80 MB wait at Triton.
        await until(lambda: _is_full(metered), every=0.2)
        assert await held(metered) <= MB
        assert process.memory_info().rss - before < 20 * MB

        received = bytearray()
        while not received.endswith(b"0\r\n\r\n"):
            received += await loop.sock_recv(slow, MB)

    body = re.sub(rb"\r\n[0-9a-f]+\r\n", b"", received.partition(b"\r\n\r\n")[2])
    numbers = [int(found) for found in re.findall(rb'"index":(\d+),', body)]
    assert numbers == list(range(_COUNT))
    assert b'"chunks":%d,' % _COUNT in body
    assert await held(metered) < 64 * 1024


async def _is_full(service: Service) -> bool:
    first = await held(service)
    await asyncio.sleep(0.3)
    return first > MB // 4 and await held(service) == first


async def test_two_thousand_chunks_come_in_order_and_leave_nothing_behind(metered: Service, client: Client):
    async with subscribed(client.http, TICKS, inputs=ticks(2_000)) as events:
        *found, done, _ = await events.rest()

    assert chunks(found) == list(range(2_000))
    assert [event.data["data"]["infer"]["index"] for event in found] == list(range(2_000))
    assert done.data["data"]["infer"]["chunks"] == 2_000
    assert await held(metered) < 64 * 1024


async def test_a_stream_on_which_nothing_happens_has_a_heartbeat(client: Client):
    async with subscribed(client.http, TICKS, inputs=ticks(1, milliseconds=60_000)) as events:
        await asyncio.wait_for(events.heartbeat(), 40)
