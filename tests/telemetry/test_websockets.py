"""What an operator sees of WebSockets: a line and a count for each operation, and metrics."""

import orjson
import pytest
from websockets.frames import Opcode

from tests.graph.websocket_peer import Peer, bearer, codes, masked
from tests.mails import until
from tests.telemetry.scraping import grown, scraped

INFER = 'query Traced { infer(model: "traced", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { version } }'


@pytest.fixture
def service(installation):
    return installation.services[0]


@pytest.fixture
async def ada(installation):
    return await installation.person()


async def test_each_operation_has_the_line_and_the_counts_of_a_post(service, ada):
    start, before = service.log.stat().st_size, await scraped(service)

    async with Peer(service) as peer:
        await peer.begin(bearer(ada.session))
        await peer.run(INFER)
        assert codes(await peer.run("{ nothing }")) == ["BAD_REQUEST"]
        assert (await scraped(service))["gatehouse_websockets",] == before["gatehouse_websockets",] + 1
        await peer.frame(Opcode.CLOSE, b"\x03\xe8")
        assert await peer.closed() == (1000, "")
    async with Peer(service) as peer:
        await peer.send(bearer("x"))
        assert (await peer.closed())[0] == 4401

    await until(lambda: _lines(service, start) >= 4)
    assert await grown(service, before, "requests_total", "admissions_total", "units_total") == {
        ("requests_total", "OK", "none", "101"): 1,
        ("requests_total", "OK", "infer", "200"): 1,
        ("requests_total", "BAD_REQUEST", "none", "400"): 1,
        ("requests_total", "UNAUTHENTICATED", "none", "401"): 1,
        ("admissions_total", "plan", "", "admitted"): 1,
        ("units_total", "plan"): 1,
    }
    await until(lambda: _ended(service, before))
    text = service.log.read_text()[start:]
    assert text.count(str(ada.id)) == 3
    assert "Traced" in text


def _lines(service, start):
    return service.log.read_text()[start:].count("request_id=")


async def _ended(service, before):
    ended = await grown(service, before, "websockets_ended_total", "websockets")
    return ended == {("websockets_ended_total", "client"): 1, ("websockets_ended_total", "4401"): 1}


@pytest.mark.parametrize("farewell", ["close", "reset"])
async def test_bytes_that_have_arrived_are_counted_until_the_client_is_gone(service, ada, farewell):
    held = ("gatehouse_bytes_in_flight",)
    assert (await scraped(service))[held] == 0
    half = masked(Opcode.TEXT, orjson.dumps({"type": "ping", "payload": {"a": "x" * 4_000_000}}))[:2_000_000]

    async with Peer(service) as peer:
        await peer.begin(bearer(ada.session))
        peer.writer.write(half)
        await until(lambda: _holds(service, 1_990_000, 2_000_000))
        if farewell == "reset":
            peer.writer.transport.abort()

    await until(lambda: _holds(service, 0, 0))


async def _holds(service, least, most):
    return least <= (await scraped(service))["gatehouse_bytes_in_flight",] <= most
