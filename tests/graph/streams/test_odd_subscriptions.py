"""Documents of subscriptions that few clients send: conditions, fragments, hashes, and what is no stream."""

from hashlib import sha256
from typing import Any

import httpx2
import pytest

from tests.events import EVENTS, TICKS, Event, subscribed, ticks
from tests.graph.infer_calls import tensor
from tests.service import Client

ONE = 'infer(model: "text", inputs: $inputs)'
INPUTS = [tensor("IN", [1], values=["a"])]
NO_CONDITION = "Anonymous Subscription must not use `@skip` or `@include` directives in the top level selection."


async def refused(client: Client, query: str, /, **variables: Any) -> list[dict[str, Any]]:
    async with subscribed(client.http, query, **variables) as events:
        found, complete = await events.rest()
    assert complete == Event("complete")
    assert "data" not in found.data, found.data
    return [{"code": one["extensions"]["code"], "message": one["message"]} for one in found.data["errors"]]


@pytest.mark.parametrize(
    "selection",
    [
        f"{ONE} @skip(if: $is) {{ __typename }}",
        f"{ONE} @skip(if: true) {{ __typename }}",
        f"... on Subscription @skip(if: $is) {{ {ONE} {{ __typename }} }}",
        f"... {{ {ONE} @skip(if: $is) {{ __typename }} }}",
        "...Root @skip(if: $is)",
        "...Conditional",
    ],
)
async def test_the_field_of_a_subscription_has_no_condition(visitor: Client, selection: str):
    query = f"""subscription ($inputs: [TensorInput!]!, $is: Boolean! = true) {{ {selection} }}
      fragment Root on Subscription {{ {ONE} {{ __typename }} }}
      fragment Conditional on Subscription {{ {ONE} @skip(if: $is) {{ __typename }} }}"""

    problems = await refused(visitor, query, inputs=INPUTS)

    assert NO_CONDITION in [problem["message"] for problem in problems]


async def test_a_typed_stream_that_is_left_out_is_refused_and_costs_nothing(visitor: Client):
    query = """subscription ($text: TypedTensorInput!, $is: Boolean!) {
      typed { a: text(IN: $text) @skip(if: $is) { __typename } b: text(IN: $text) @skip(if: $is) { __typename } } }"""
    given = {"data": {"values": ["a"]}}

    for skipped in (True, False):
        assert await refused(visitor, query, text=given, **{"is": skipped}) == [
            {"code": "BAD_REQUEST", "message": "A subscription selects one field of `typed`."}
        ]


async def test_one_of_two_fields_is_no_subscription_even_if_the_other_is_left_out(visitor: Client):
    query = (
        "subscription ($inputs: [TensorInput!]!, $is: Boolean!) "
        f"{{ a: {ONE} @skip(if: $is) {{ __typename }} b: {ONE} @include(if: $is) {{ __typename }} }}"
    )

    problems = await refused(visitor, query, inputs=INPUTS, **{"is": True})

    assert {problem["code"] for problem in problems} == {"BAD_REQUEST"}


@pytest.mark.parametrize("root", ["__typename", '__type(name: "Query") { name }', "__schema { description }"])
async def test_a_subscription_to_what_is_no_stream_is_refused(visitor: Client, root: str):
    problems = await refused(visitor, f"subscription {{ {root} }}")

    assert {problem["code"] for problem in problems} == {"BAD_REQUEST"}


async def test_fragments_and_an_alias_are_as_in_a_query(visitor: Client):
    query = """subscription ($inputs: [TensorInput!]!) { ...Root }
      fragment Root on Subscription { ... on Subscription { ...Mine } }
      fragment Mine on Subscription { mine: infer(model: "ticking", inputs: $inputs) { ...Event } }
      fragment Event on InferenceEvent { ... on InferenceChunk { index } ... on InferenceDone { chunks } }"""
    async with subscribed(visitor.http, query, inputs=ticks(1)) as events:
        found = await events.rest()

    assert [event.data for event in found] == [
        {"data": {"mine": {"index": 0}}},
        {"data": {"mine": {"chunks": 1}}},
        None,
    ]


async def test_the_same_field_twice_is_one_stream(visitor: Client):
    query = (
        "subscription ($inputs: [TensorInput!]!) "
        f"{{ {ONE} {{ ... on InferenceChunk {{ index }} }} {ONE} {{ ... on InferenceDone {{ chunks }} }} }}"
    )
    async with subscribed(visitor.http, query, inputs=INPUTS) as events:
        found = await events.rest()

    assert [event.data for event in found] == [
        {"data": {"infer": {"index": 0}}},
        {"data": {"infer": {"chunks": 1}}},
        None,
    ]


async def test_a_hash_stands_for_the_document_of_a_stream(visitor: Client):
    query = TICKS + "\n# by its hash"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}

    async def ask(**more: str) -> httpx2.Response:
        body = {"variables": {"inputs": ticks(2)}, "extensions": extensions, **more}
        return await visitor.http.post("/graphql", json=body, headers={"Accept": EVENTS})

    unknown = await ask()
    first, again = await ask(query=query), await ask()

    assert unknown.headers["content-type"] == "application/json; charset=utf-8"
    assert unknown.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert first.content.count(b"event: next\n") == 3
    assert first.content == again.content


async def test_a_dry_run_is_not_for_streams(visitor: Client):
    problems = await refused(visitor, "subscription { rateLimit(dryRun: true) { cost } }")

    assert {problem["code"] for problem in problems} == {"BAD_REQUEST"}
