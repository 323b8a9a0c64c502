"""What graphql-sse and graphql-ws, the reference clients of the protocols, make of the service."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.events import TICKS, cancelled, have_been_cancelled, ticks
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.streams import reference
from tests.graph.streams.reference import PROTOCOLS, subscribed
from tests.mails import until

MY_EMAIL = {"query": "{ me { email } }"}
COMPLETE = {"complete": True}
GONE = {"closed": 1000, "reason": "Normal Closure"}


def counted(count: int, **others: int) -> dict[str, Any]:
    return {"query": TICKS, "variables": {"inputs": ticks(count, **others)}}


def without_the_end(events: list[Any]) -> list[Any]:
    """Of WebSockets, graphql-ws reports the end of its own connection, too."""
    return [event for event in events if event != GONE]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_stream_arrives_in_order_and_ends(service, protocol):
    async with subscribed(protocol, service.url, counted(5)) as client:
        *chunks, done, complete = without_the_end(await client.rest())

    assert [chunk["next"]["data"]["infer"]["index"] for chunk in chunks] == [0, 1, 2, 3, 4]
    assert (done, complete) == ({"next": {"data": {"infer": {"chunks": 5, "calls": 1, "units": 3}}}}, COMPLETE)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_each_result_arrives_before_the_next_one_is_made(service, visitor, protocol):
    before = await cancelled(visitor)

    async with subscribed(protocol, service.url, counted(1_000_000, milliseconds=100)) as client:
        for number in range(3):
            assert (await client.next())["next"]["data"]["infer"]["index"] == number
        client.process.kill()

    # A client that is gone ends its call of the model.
    await until(lambda: have_been_cancelled(visitor, before + 1))


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_client_that_disposes_of_a_stream_ends_it_at_triton(service, visitor, protocol):
    before = await cancelled(visitor)

    async with subscribed(protocol, service.url, counted(1_000_000, milliseconds=50), dispose=2) as client:
        events = without_the_end(await client.rest())

    assert [event["next"]["data"]["infer"]["index"] for event in events[:2]] == [0, 1]
    assert events[2:] == [COMPLETE]
    await until(lambda: have_been_cancelled(visitor, before + 1))


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_query_and_a_mutation_go_the_same_way_with_the_credential(service, ada, protocol):
    verify = {"query": 'mutation { verifyEmail(code: "AAAA-AAAA") { __typename } }'}

    async with subscribed(protocol, service.url, MY_EMAIL, ada.session) as client:
        asked = without_the_end(await client.rest())
    async with subscribed(protocol, service.url, verify, ada.session) as client:
        changed = without_the_end(await client.rest())

    assert asked == [{"next": {"data": {"me": {"email": ada.email}}}}, COMPLETE]
    assert changed == [{"next": {"data": {"verifyEmail": {"__typename": "CodeRefused"}}}}, COMPLETE]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_stream_that_breaks_says_why(service, protocol):
    operation = {"query": TICKS, "variables": {"inputs": ticks(1, end="error")}}

    async with subscribed(protocol, service.url, operation) as client:
        first, last, *complete = without_the_end(await client.rest())

    assert first["next"]["data"]["infer"]["index"] == 0
    assert last["next"]["data"] == {"infer": None}
    assert [error["extensions"]["code"] for error in last["next"]["errors"]] == ["INTERNAL"]
    assert complete == [COMPLETE]


@pytest.mark.parametrize("protocol", ["ws", "ws-of-browsers"])
async def test_graphql_ws_reports_a_refusal_as_the_errors_of_its_operation(service, protocol):
    async with subscribed(protocol, service.url, {"query": "subscription { nothing }"}) as client:
        events = without_the_end(await client.rest())

    assert [[error["extensions"]["code"] for error in event["error"]] for event in events] == [["BAD_REQUEST"]]


@pytest.mark.parametrize("protocol", ["ws", "ws-of-browsers"])
async def test_graphql_ws_takes_a_bad_credential_for_final(service, ada, protocol):
    async with subscribed(protocol, service.url, MY_EMAIL, ada.expired) as client:
        events = await client.rest()

    assert [event.get("closed") or event["error"]["code"] for event in events] == [4401, 4401]


async def test_graphql_sse_reports_a_bad_credential(service, ada):
    async with subscribed("sse", service.url, MY_EMAIL, ada.expired) as client:
        (event,) = await client.rest()

    assert event["error"]["name"] == "NetworkError"
    assert "401" in event["error"]["message"]


def test_the_lock_file_names_no_registry() -> None:
    lock = (Path(reference.__file__).parent / "package-lock.json").read_text()

    assert '"node_modules/graphql-ws"' in lock
    assert re.findall(r'"resolved"|registry\.', lock) == []
