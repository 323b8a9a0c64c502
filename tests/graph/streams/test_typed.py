"""Streams of models through fields of their own."""

import pytest

from tests.events import Event, subscribed
from tests.service import Client

TICKS = """subscription ($count: TypedTensorInput!, $end: TypedTensorInput) {
  typed { a: ticking(COUNT: $count, END: $end) {
  ... on TypedChunk_ticking { index outputs { NUMBER { values } } }
  ... on InferenceDone { chunks units } } } }"""

ONE = 'text(IN: {data: {values: ["a"]}}) { __typename }'


def given(values: list[object]) -> dict[str, object]:
    return {"data": {"values": values}}


async def test_a_stream_has_the_outputs_as_fields(visitor: Client):
    async with subscribed(visitor.http, TICKS, count=given([2])) as events:
        found = await events.rest()

    assert found == [
        *[
            Event("next", {"data": {"typed": {"a": {"index": number, "outputs": {"NUMBER": {"values": [number]}}}}}})
            for number in range(2)
        ],
        Event("next", {"data": {"typed": {"a": {"chunks": 2, "units": 3}}}}),
        Event("complete"),
    ]


async def test_a_stream_that_breaks_has_its_error_at_the_field_of_the_model(visitor: Client):
    async with subscribed(visitor.http, TICKS, count=given([1]), end=given(["error"])) as events:
        _, broken, complete = await events.rest()

    assert (broken.data["data"], complete) == ({"typed": {"a": None}}, Event("complete"))
    assert [(problem["path"], problem["extensions"]["code"]) for problem in broken.data["errors"]] == [
        (["typed", "a"], "INTERNAL")
    ]


async def test_an_ordinary_model_sends_one_chunk(visitor: Client):
    query = """subscription ($values: TypedTensorInput!) { typed { __typename text(IN: $values) { __typename
      ... on TypedChunk_text { outputs { OUT { values } } } } } }"""
    async with subscribed(visitor.http, query, values=given(["a"])) as events:
        chunk, done, complete = await events.rest()

    assert chunk.data == {
        "data": {
            "typed": {
                "__typename": "TypedStreams",
                "text": {"__typename": "TypedChunk_text", "outputs": {"OUT": {"values": ["a"]}}},
            }
        }
    }
    assert done.data["data"]["typed"]["text"] == {"__typename": "InferenceDone"}
    assert complete == Event("complete")


@pytest.mark.parametrize("fields", ["__typename", f"a: {ONE} b: {ONE}"])
async def test_a_subscription_runs_one_model(visitor: Client, fields: str):
    async with subscribed(visitor.http, f"subscription {{ typed {{ {fields} }} }}") as events:
        refused, complete = await events.rest()

    assert complete == Event("complete")
    assert [problem["message"] for problem in refused.data["errors"]] == [
        "A subscription selects one field of `typed`."
    ]


async def test_a_query_has_no_field_for_a_model_that_only_streams(visitor: Client):
    names = "__type(name: $name) { fields { name } }"
    query = f"query ($name: String!) {{ {names} }}"
    found = [(await visitor.run(query, name=name))["__type"] for name in ("TypedModels", "TypedStreams")]
    queries, streams = [{field["name"] for field in kind["fields"]} for kind in found]

    assert streams - queries == {"streaming", "ticking"}
    assert queries - streams == set()
