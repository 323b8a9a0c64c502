"""Streams through nginx: both transports, each piece as it comes."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.docker.conftest import trusting
from tests.events import TICKS, cancelled, have_been_cancelled, ticks
from tests.graph.streams.reference import PROTOCOLS, subscribed
from tests.mails import until
from tests.service import Client

LOGIN = """mutation ($email: String!) { login(input: {email: $email, password: "wrong"}) {
  __typename ... on UserError { code } } }"""


@pytest.fixture
async def visitor(edge):
    """Asks the model past nginx; both processes use the same one."""
    client = Client(edge.apis[0].url)
    yield client
    await client.aclose()


def counting(protocol, nginx, count, **others):
    operation = {"query": TICKS, "variables": {"inputs": ticks(count, **others)}}
    return subscribed(protocol, nginx.url, operation, environ={"NODE_EXTRA_CA_CERTS": str(nginx.certificate)})


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_each_result_passes_before_the_next_one_is_made_and_so_does_the_end_of_the_client(
    edge, visitor, protocol
):
    before = await cancelled(visitor)

    async with counting(protocol, edge.nginx, 1_000_000, milliseconds=100) as client:
        for number in range(3):
            assert (await client.next())["next"]["data"]["infer"]["index"] == number
        client.process.kill()

    await until(lambda: have_been_cancelled(visitor, before + 1))


async def test_heartbeats_keep_a_stream_on_which_nothing_comes(edge):
    # Nginx waits 15 s for the next piece; the first result comes after 20 s.
    with edge.new_nginx(ANSWER_SECONDS="15") as nginx:
        found = await asyncio.gather(*(_first_result(protocol, nginx) for protocol in PROTOCOLS))

    assert found == [0] * len(PROTOCOLS)


async def _first_result(protocol, nginx):
    async with counting(protocol, nginx, 1, milliseconds=20_000) as client:
        return (await client.next())["next"]["data"]["infer"]["index"]


def opened(edge, *, origin=None):
    url = f"wss://localhost:{edge.nginx.https_port}/graphql"
    return connect(url, ssl=trusting(edge.nginx), origin=origin, subprotocols=[Subprotocol("graphql-transport-ws")])


async def run(socket, query, **variables):
    await socket.send(json.dumps({"type": "connection_init"}))
    assert json.loads(await socket.recv()) == {"type": "connection_ack"}
    payload = {"query": query, "variables": variables}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
    return json.loads(await socket.recv())["payload"]


async def test_the_pages_of_the_site_may_open_a_websocket_and_others_may_not(edge):
    query = '{ model(name: "identity") { name } }'

    async with opened(edge, origin="https://localhost") as socket:
        assert socket.response.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert await run(socket, query) == {"data": {"model": {"name": "identity"}}}
    for origin in ("http://localhost", "https://evil.example"):
        with pytest.raises(InvalidStatus) as refused:
            async with opened(edge, origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_the_log_has_a_websocket_once_it_has_ended(edge):
    before = len(edge.nginx.lines())

    async with opened(edge) as socket:
        assert await run(socket, LOGIN, email="nobody@example.org") == {
            "data": {"login": {"__typename": "LoginRefused", "code": "LOGIN_REFUSED"}}
        }

    await until(lambda: any(line["status"] == 101 for line in edge.nginx.lines()[before:]))
    (line,) = (line for line in edge.nginx.lines()[before:] if line["status"] == 101)
    assert (line["method"], line["path"], line["upstream_status"]) == ("GET", "/graphql", "101")
