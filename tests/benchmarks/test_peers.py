"""All services give the same answer, once `make bench ARGS=peers` has fetched their packages."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from redis import Redis

from benchmarks.peers import backends, calls, gatehouse, install, services
from benchmarks.peers.backends import Backends
from benchmarks.peers.gatehouse import Gatehouse
from benchmarks.peers.load import Call

OUTPUT = {"name": "OUT", "shape": [1, 16]}


@dataclass
class All:
    behind: Backends
    today: Gatehouse
    peers: dict[str, Call]


@pytest.fixture(scope="module")
def started() -> Iterator[All]:
    if not (install.PYTHON.is_complete() and install.NODE.is_complete()):
        pytest.skip("The packages of the peers are not there: `make bench ARGS=peers` fetches them.")
    token = services.token()
    with ExitStack() as stack:
        behind = stack.enter_context(backends.running())
        today = stack.enter_context(gatehouse.running(behind, "today"))
        rest, strawberry, mercurius = (
            stack.enter_context(service(behind)).url
            for service in (services.fastapi, services.strawberry, services.mercurius)
        )
        peers = {
            "fastapi": calls.rest(rest, token),
            "strawberry": calls.lists(strawberry, token),
            "mercurius": calls.lists(mercurius, token),
        }
        yield All(behind, today, peers)


@pytest.fixture
def redis(started: All) -> Iterator[Redis]:
    """The one of the peers."""
    with Redis.from_url(started.behind.redis.url) as redis:
        yield redis


def _send(call: Call, token: str = "") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token or call.credentials[0]}", "Content-Type": call.content_type}
    return httpx2.post(call.url, content=call.body, headers=headers, timeout=30)


def _answer(call: Call) -> Any:
    answer = _send(call)
    assert answer.status_code == 200, answer.text
    assert call.expected in answer.text
    return answer.json()


def test_every_service_returns_the_same_numbers(started: All):
    plain = _answer(calls.triton(started.behind.triton_http))["outputs"]
    by_peer = {name: _answer(call) for name, call in started.peers.items()}
    by_gatehouse = _answer(calls.infer(started.today))["data"]["infer"]
    by_typed = _answer(calls.typed(started.today))["data"]["typed"]["vector"]

    assert plain == [OUTPUT | {"datatype": "FP32", "data": calls.NUMBERS}]
    assert by_peer["fastapi"] == {"model": "vector", "outputs": plain}
    for name in ("strawberry", "mercurius"):
        assert by_peer[name]["data"]["infer"] == {"model": "vector", "outputs": [OUTPUT | {"data": calls.NUMBERS}]}
    assert by_gatehouse == {"model": "vector", "outputs": [OUTPUT | {"values": calls.NUMBERS}]}
    assert by_typed == {"OUT": {"shape": [1, 16], "values": calls.NUMBERS}}


@pytest.mark.parametrize("peer", ["fastapi", "strawberry", "mercurius"])
def test_a_peer_counts_each_call_and_gives_its_slot_back(started: All, redis: Redis, peer: str):
    before = int(redis.hget("peer:usage:ada", "vector") or 0)

    _answer(started.peers[peer])

    assert int(redis.hget("peer:usage:ada", "vector") or 0) == before + 1
    assert redis.zcard("peer:slots:ada") == 0


@pytest.mark.parametrize("peer", ["fastapi", "strawberry", "mercurius"])
def test_a_peer_refuses_a_revoked_and_a_forged_token_and_counts_nothing(started: All, redis: Redis, peer: str):
    call = started.peers[peer]
    before = redis.hgetall("peer:usage:ada")

    redis.set("peer:revoked:ada-1", "1")
    revoked = _send(call)
    redis.delete("peer:revoked:ada-1")
    forged = _send(call, call.credentials[0][:-8] + "AAAAAAAA")

    assert "REVOKED" in revoked.text
    for refused in (revoked, forged):
        assert "OUT" not in refused.text
        assert refused.status_code != 200 or refused.json()["errors"]
    assert redis.hgetall("peer:usage:ada") == before
    assert redis.zcard("peer:slots:ada") == 0
    _answer(call)
