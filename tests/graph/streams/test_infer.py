"""`subscription { infer }` over server-sent events, before a real Triton."""

from typing import Any

import pytest

from tests.events import TICKS, Event, cancelled, chunks, have_been_cancelled, subscribed, ticks
from tests.graph.infer_calls import tensor
from tests.mails import until
from tests.service import Client


async def test_a_stream_has_each_answer_in_order_and_then_its_end(visitor: Client):
    async with subscribed(visitor.http, TICKS, inputs=ticks(3, size=2)) as events:
        found = await events.rest()

    assert events.response.status_code == 200
    assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert found == [
        *[
            Event(
                "next",
                {
                    "data": {
                        "infer": {
                            "index": number,
                            "outputs": [
                                {"name": "NUMBER", "datatype": "INT32", "shape": [1], "values": [number]},
                                {"name": "DATA", "datatype": "UINT8", "shape": [2], "values": [number, number]},
                            ],
                        }
                    }
                },
            )
            for number in range(3)
        ],
        Event("next", {"data": {"infer": {"chunks": 3, "calls": 1, "units": 3}}}),
        Event("complete"),
    ]


async def ended_with(client: Client, query: str = TICKS, /, **variables: Any) -> tuple[list[int], dict[str, Any]]:
    """The numbers of a stream that broke, and its last result. Nothing but `complete` comes after it."""
    async with subscribed(client.http, query, **variables) as events:
        *before, last, complete = await events.rest()
    assert complete == Event("complete")
    assert last.data["data"] == {"infer": None}
    [problem] = last.data["errors"]
    assert problem["path"] == ["infer"]
    facts = {name: fact for name, fact in problem["extensions"].items() if name != "requestId"}
    return chunks(before), {**facts, "message": problem["message"]}


async def test_an_ordinary_model_sends_one_chunk(visitor: Client):
    query = TICKS.replace("ticking", "text")
    async with subscribed(visitor.http, query, inputs=[tensor("IN", [2], values=["a", "b"])]) as events:
        first, done, complete = await events.rest()

    assert first.data["data"]["infer"]["index"] == 0
    assert [found["values"] for found in first.data["data"]["infer"]["outputs"]] == [["a", "b"]]
    assert (done.data, complete) == ({"data": {"infer": {"chunks": 1, "calls": 1, "units": 1}}}, Event("complete"))


async def test_a_stream_without_answers_only_has_its_end(visitor: Client):
    async with subscribed(visitor.http, TICKS, inputs=ticks(0)) as events:
        found = await events.rest()

    assert found == [Event("next", {"data": {"infer": {"chunks": 0, "calls": 1, "units": 3}}}), Event("complete")]


async def test_an_error_in_the_middle_is_the_last_event(visitor: Client):
    numbers, refusal = await ended_with(visitor, inputs=ticks(2, end="error"))

    assert numbers == [0, 1]
    assert refusal == {
        "code": "INTERNAL",
        "message": "Model 'ticking' failed. Its operator finds the reason under this request's id.",
    }


async def test_an_answer_that_is_not_as_declared_is_the_last_event(visitor: Client):
    numbers, refusal = await ended_with(visitor, inputs=ticks(1, end="wrong"))

    assert numbers == [0]
    assert refusal == {
        "code": "INTERNAL",
        "message": "Model 'ticking' failed: its output 'NUMBER' has shape [2] and not [1] as declared. Its operator "
        "finds the reason under this request's id.",
    }


async def test_a_stream_that_takes_longer_than_it_may_ends_at_triton_too(visitor: Client):
    before = await cancelled(visitor)

    numbers, refusal = await ended_with(visitor, inputs=ticks(100_000, milliseconds=100), timeout="PT1S")

    assert numbers == list(range(len(numbers)))
    assert refusal["code"] == "DEADLINE_EXCEEDED"
    await until(lambda: have_been_cancelled(visitor, before + 1))


async def test_a_client_that_leaves_ends_its_stream_at_triton(visitor: Client):
    before = await cancelled(visitor)

    async with subscribed(visitor.http, TICKS, inputs=ticks(100_000, milliseconds=100)) as events:
        assert chunks([await events.next()]) == [0]

    await until(lambda: have_been_cancelled(visitor, before + 1))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"model": "nowhere"}, "MODEL_NOT_FOUND"),
        ({"version": "7"}, "MODEL_NOT_FOUND"),
        ({"inputs": ticks(1)[1:]}, "INVALID_TENSOR"),
        ({"inputs": [*ticks(1), tensor("MORE", [1], values=[1])]}, "INVALID_TENSOR"),
        ({"outputs": ["NOTHING"]}, "INVALID_TENSOR"),
        ({"timeout": "PT0S"}, "BAD_REQUEST"),
    ],
)
async def test_a_call_that_cannot_succeed_is_refused_in_the_only_event(visitor: Client, changed, code: str):
    arguments = "$model: String!, $version: String, $inputs: [TensorInput!]!, $outputs: [String!], $timeout: Duration"
    call = "infer(model: $model, version: $version, inputs: $inputs, outputs: $outputs, timeout: $timeout)"
    given = {"model": "ticking", "version": None, "inputs": ticks(1), "outputs": None, "timeout": None, **changed}

    numbers, refusal = await ended_with(visitor, f"subscription ({arguments}) {{ {call} {{ __typename }} }}", **given)

    assert (numbers, refusal["code"]) == ([], code)


async def test_the_outputs_that_are_named_come_in_their_order(visitor: Client):
    query = TICKS.replace("inputs: $inputs,", 'inputs: $inputs, outputs: ["DATA", "NUMBER"],')
    async with subscribed(visitor.http, query, inputs=ticks(1, size=1)) as events:
        first = await events.next()

    assert [found["name"] for found in first.data["data"]["infer"]["outputs"]] == ["DATA", "NUMBER"]


async def test_an_error_below_a_chunk_does_not_end_the_stream(visitor: Client):
    query = TICKS.replace("ticking", "text")
    async with subscribed(visitor.http, query, inputs=[tensor("IN", [1], base64="AQAAAP8=")]) as events:
        first, done, complete = await events.rest()

    assert [found["values"] for found in first.data["data"]["infer"]["outputs"]] == [None]
    assert [problem["extensions"]["code"] for problem in first.data["errors"]] == ["INVALID_TENSOR"]
    assert (done.data["data"]["infer"]["chunks"], complete) == (1, Event("complete"))
