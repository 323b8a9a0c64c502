"""Subscriptions over WebSockets, and how many of all things there may be."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.frames import Opcode

from tests.events import TICKS, cancelled, have_been_cancelled, ticks
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.websocket_peer import DATA, QUERY, SLOW, Peer, bearer, codes, subscribe
from tests.journey.client import AccountClient
from tests.mails import until
from tests.service import Service

FOREVER = ticks(1_000_000, milliseconds=100)


def counting(name: str, inputs: Any) -> dict[str, Any]:
    return subscribe(TICKS, name, inputs=inputs)


async def number(peer: Peer) -> tuple[str, int]:
    """The id and the number of the next chunk."""
    message = await peer.receive()
    assert message["type"] == "next"
    return message["id"], message["payload"]["data"]["infer"]["index"]


async def test_streams_run_side_by_side_and_each_ends_for_itself(service, visitor):
    before = await cancelled(visitor)

    async with Peer(service) as peer:
        await peer.begin()
        await peer.send(counting("endless", FOREVER))
        assert await number(peer) == ("endless", 0)
        await peer.send(counting("short", ticks(3)))
        found = []
        while {"id": "short", "type": "complete"} not in found:
            found.append(await peer.receive())
        await peer.send({"id": "endless", "type": "complete"})
        await until(lambda: have_been_cancelled(visitor, before + 1))
        short = [
            message["payload"]["data"]["infer"]
            for message in found
            if (message["id"], message["type"]) == ("short", "next")
        ]
        assert [chunk["index"] for chunk in short[:3]] == [0, 1, 2]
        assert short[3:] == [{"chunks": 3, "calls": 1, "units": 3}]
        # Nothing more of the one that the client has ended, but what was on its way.
        await peer.send(subscribe(QUERY, "last"))
        while (message := await peer.receive())["id"] == "endless":
            assert message["type"] == "next"
        assert message == {"id": "last", "type": "next", "payload": DATA}


@pytest.mark.parametrize("farewell", ["close", "reset"])
async def test_a_client_that_leaves_ends_all_its_streams(service, visitor, farewell):
    before = await cancelled(visitor)

    async with Peer(service) as peer:
        await peer.begin()
        for name in "ab":
            await peer.send(counting(name, FOREVER))
        assert {await number(peer), await number(peer)} == {("a", 0), ("b", 0)}
        if farewell == "close":
            await peer.frame(Opcode.CLOSE, b"\x03\xe8")
            assert await peer.closed() == (1000, "")
        else:
            peer.writer.transport.abort()

    await until(lambda: have_been_cancelled(visitor, before + 2))


async def test_a_stream_whose_credential_ends_says_why_and_the_socket_stays(service, ada, visitor):
    before = await cancelled(visitor)

    async with Peer(service) as peer:
        await peer.begin(bearer(ada.session))
        await peer.send(counting("1", FOREVER))
        assert await number(peer) == ("1", 0)
        async with AccountClient(service.url, ada.session) as client:
            await client.run("mutation { logout { at } }")
        while "errors" not in (message := await peer.receive())["payload"]:
            pass
        assert await peer.receive() == {"id": "1", "type": "complete"}
        assert codes(await peer.run(QUERY)) == ["UNAUTHENTICATED"]

    assert (message["payload"]["data"], codes(message["payload"])) == ({"infer": None}, ["UNAUTHENTICATED"])
    await until(lambda: have_been_cancelled(visitor, before + 1))


async def test_a_query_whose_credential_ends_says_why(service, ada):
    async with Peer(service) as peer:
        await peer.begin(bearer(ada.session))
        await peer.send(subscribe(SLOW % 20_000))
        async with AccountClient(service.url, ada.session) as client:
            await until(lambda: _runs(client))
            await client.run("mutation { logout { at } }")
        message = await peer.receive()

    assert (message["type"], codes(message["payload"])) == ("error", ["UNAUTHENTICATED"])


async def _runs(client: AccountClient) -> bool:
    used = (await client.run("{ rateLimit { concurrency { used } } }"))["rateLimit"]["concurrency"]["used"]
    return used is not None and used >= 1


async def test_a_network_has_so_many_websockets_and_others_are_not_kept_out(service):
    address = "127.79.0.1"
    opened: list[Peer] = []
    try:
        for _ in range(257):
            opened.append(await Peer(service, address=address).__aenter__())
        *taken, refused = opened
        assert {peer.status for peer in taken} == {101}
        assert (refused.status, codes(refused.body)) == (429, ["RATE_LIMITED"])
        assert refused.body["errors"][0]["extensions"]["window"] == "websockets"
        assert refused.answer["retry-after"] == "10"
        async with Peer(service, address="127.79.0.2") as other:
            assert await (await other.begin()).run(QUERY) == DATA
        taken[7].writer.close()
        await until(lambda: _may_open(service, address))
    finally:
        for peer in opened:
            peer.writer.close()


async def _may_open(service: Service, address: str) -> bool:
    async with Peer(service, address=address) as peer:
        return peer.status == 101


@pytest.fixture
def draining(new_service) -> Iterator[Service]:
    """It takes requests for half a minute after it was asked to end, and gives operations 11 s more."""
    with new_service(DRAIN_SECONDS="30", INFERENCE_TIMEOUT_SECONDS="30") as started:
        yield started


async def test_a_process_that_drains_lets_operations_end_and_takes_no_more(draining):
    async with Peer(draining) as idle, Peer(draining) as busy:
        await idle.begin()
        await busy.begin()
        await busy.send(subscribe(SLOW % 3000, "slow"))
        await busy.send(counting("short", ticks(20, milliseconds=100)))
        assert await number(busy) == ("short", 0)

        draining.ask_to_end()

        assert await idle.closed() == (1001, "The service is restarting.")
        await busy.send(subscribe(QUERY, "late"))
        ends: dict[str, Any] = {}
        while len(ends) < 3:
            message = await busy.receive()
            if message["type"] != "next":
                ends[message["id"]] = message
        assert [ends["late"]["type"], ends["slow"]["type"], ends["short"]["type"]] == ["error", "complete", "complete"]
        assert codes(ends["late"]["payload"]) == ["SERVICE_UNAVAILABLE"]
        assert await busy.closed() == (1001, "The service is restarting.")
        async with Peer(draining) as new:
            assert (new.status, codes(new.body)) == (503, ["SERVICE_UNAVAILABLE"])
    draining.ask_to_end(signal.SIGINT)
    assert await asyncio.to_thread(draining.wait) == 0
    assert "Traceback" not in draining.log.read_text()


async def test_a_stream_that_outlasts_the_drain_ends_with_a_code(new_service):
    with new_service(DRAIN_SECONDS="0", INFERENCE_TIMEOUT_SECONDS="1") as started:
        async with Peer(started) as peer:
            await peer.begin()
            await peer.send(counting("1", FOREVER))
            assert await number(peer) == ("1", 0)
            started.ask_to_end()
            while "errors" not in (message := await peer.receive())["payload"]:
                pass
            assert codes(message["payload"]) == ["SERVICE_UNAVAILABLE"]
            assert await peer.receive() == {"id": "1", "type": "complete"}
            assert await peer.closed() == (1001, "The service is restarting.")
        assert await asyncio.to_thread(started.wait) == 0
        assert "Traceback" not in started.log.read_text()
