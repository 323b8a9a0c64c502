"""What is not a stream: queries of models that stream, and subscriptions that are not asked for as events."""

import httpx2
import pytest

from tests.events import EVENTS, TICKS, Event, subscribed, ticks
from tests.graph.infer_calls import INFER
from tests.service import GRAPHQL, Client

ONLY_STREAMS = (
    "Model 'ticking' answers in a stream, which a query cannot read. Call it with `subscription { infer }`, with the "
    "same arguments."
)
CHEAP = "{ service { health } }"


async def test_a_query_of_a_model_that_streams_names_the_subscription_and_costs_nothing(visitor: Client):
    refusal = await visitor.refusal(INFER, model="ticking", inputs=ticks(1))
    dry = await visitor.run(
        "query ($inputs: [TensorInput!]!) { rateLimit(dryRun: true) { cost } "
        'infer(model: "ticking", inputs: $inputs) { version } }',
        inputs=ticks(1),
    )

    assert refusal == {"code": "BAD_REQUEST", "message": ONLY_STREAMS, "path": ["infer"]}
    assert dry["rateLimit"]["cost"] == 0


async def test_the_catalogue_says_which_models_stream(visitor: Client):
    query = "query ($name: String!) { model(name: $name) { streams uncallableReason example { document } } }"
    streams, other = [(await visitor.run(query, name=name))["model"] for name in ("ticking", "identity")]

    assert (streams["streams"], streams["uncallableReason"]) == (True, None)
    assert (other["streams"], other["uncallableReason"]) == (False, None)
    assert [found["example"]["document"].split()[0] for found in (streams, other)] == ["subscription", "query"]


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json", "*/*", f"{EVENTS};q=0, */*"])
async def test_a_subscription_that_is_not_asked_for_as_events_is_refused(visitor: Client, accept: str):
    body = {"query": TICKS, "variables": {"inputs": ticks(1)}}
    answer = await visitor.http.post("/graphql", json=body, headers={"Accept": accept})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (406, "BAD_REQUEST")
    assert answer.json()["errors"][0]["message"] == (
        "A subscription is answered in a stream of events. Send it by POST with `Accept: text/event-stream`, or over a "
        "WebSocket with the subprotocol `graphql-transport-ws`."
    )


async def test_a_subscription_does_not_come_by_get(visitor: Client):
    query = 'subscription { infer(model: "text", inputs: []) { __typename } }'
    answer = await visitor.http.get("/graphql", params={"query": query}, headers={"Accept": EVENTS})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (406, "BAD_REQUEST")


async def test_a_subscription_in_a_batch_is_refused_and_the_others_run(visitor: Client):
    batch = [{"query": CHEAP}, {"query": TICKS, "variables": {"inputs": ticks(1)}}]
    answers = (await visitor.http.post("/graphql", json=batch, headers={"Accept": GRAPHQL})).json()

    assert answers[0] == {"data": {"service": {"health": "UP"}}}
    assert answers[1]["errors"][0]["message"] == "A subscription cannot be part of a batch. Send it alone."


async def test_a_query_that_is_asked_for_as_events_is_one_event(visitor: Client):
    async with subscribed(visitor.http, CHEAP) as events:
        found = await events.rest()

    assert found == [Event("next", {"data": {"service": {"health": "UP"}}}), Event("complete")]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (f"{GRAPHQL}, application/json, {EVENTS}", f"{GRAPHQL}; charset=utf-8"),
        (f"{EVENTS}, application/json", f"{EVENTS}; charset=utf-8"),
        (f"{EVENTS};q=0.5, application/json", "application/json; charset=utf-8"),
    ],
)
async def test_a_client_that_takes_both_gets_a_query_as_it_likes_and_a_subscription_as_events(
    visitor: Client, accept: str, content_type: str
):
    headers = {"Accept": accept}
    query = await visitor.http.post("/graphql", json={"query": CHEAP}, headers=headers)
    async with subscribed(visitor.http, TICKS, headers=headers, inputs=ticks(1)) as events:
        found = await events.rest()

    assert query.headers["content-type"] == content_type
    assert (events.response.headers["content-type"], len(found)) == (f"{EVENTS}; charset=utf-8", 3)


async def test_a_document_that_is_not_valid_is_refused_in_an_event(visitor: Client):
    async with subscribed(visitor.http, "subscription { nothing }") as events:
        [refused, complete] = await events.rest()

    assert (events.response.status_code, complete) == (200, Event("complete"))
    assert "data" not in refused.data
    assert [problem["extensions"]["code"] for problem in refused.data["errors"]] == ["BAD_REQUEST"]


async def test_what_refuses_the_whole_request_is_a_status_and_json(service):
    headers = {"Accept": EVENTS, "Authorization": "Bearer nonsense"}
    body = {"query": TICKS, "variables": {"inputs": ticks(1)}}
    async with httpx2.AsyncClient(base_url=service.url) as http:
        answer = await http.post("/graphql", json=body, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json; charset=utf-8")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_subscription_has_one_field(visitor: Client):
    one = 'infer(model: "text", inputs: []) { __typename }'
    async with subscribed(visitor.http, f"subscription {{ a: {one} b: {one} }}") as events:
        [refused, complete] = await events.rest()

    assert complete == Event("complete")
    assert "must select only one top level field" in refused.data["errors"][0]["message"]
