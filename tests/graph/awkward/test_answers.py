"""Triton as it is: models that answer less than asked, or fail in words of their own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from local import servers
from tests.graph.infer_calls import INFER, by_values
from tests.graph.spending import used
from tests.graph.transports import TRANSPORTS, http_url
from tests.service import Client, Service

ID = "Its operator finds the reason under this request's id."


@pytest.fixture(scope="module", params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def own_service(new_service: Callable[..., Service], own_triton: servers.Triton, transport: str) -> Iterator[Service]:
    http = http_url(transport, own_triton)
    with new_service(TRITON_URL=own_triton.url, TRITON_HTTP_URL=http) as service:
        yield service


@pytest.fixture(scope="module")
async def client(own_service: Service) -> AsyncIterator[Client]:
    client = Client(own_service.url)
    yield client
    await client.aclose()


async def call(client: Client, model: str, how: str, **more: object) -> list[tuple[str, list[int]]]:
    answer = await client.run(INFER, model=model, inputs=[by_values("HOW", [how])], **more)
    return [(output["name"], output["values"]) for output in answer["infer"]["outputs"]]


async def refusal(client: Client, model: str, how: str, **more: object) -> tuple[str, str]:
    refused = await client.refusal(INFER, model=model, inputs=[by_values("HOW", [how])], **more)
    return refused["code"], refused["message"]


async def test_a_cached_answer_has_all_outputs_although_an_earlier_call_asked_for_fewer(client, transport):
    # Triton keeps what it cached for the other transport.
    right = f"right by {transport}"
    first = await call(client, "cached", right, outputs=["A"])
    other = await call(client, "cached", right, outputs=["B"])
    everything = await call(client, "cached", right)

    assert (first, other) == ([("A", [0, 1])], [("B", [0, 1])])
    assert everything == first + other


async def test_what_triton_kept_for_less_than_is_asked_is_a_failure_and_given_back(client, transport):
    """An ensemble has asked for one output of its step."""
    again = f"right again by {transport}"
    assert await call(client, "over_cached", again) == [("A", [0, 1])]
    failed = f"Model 'cached' failed: its answer lacks the output 'B'. {ID}"
    before = await used(client)

    for outputs in (None, ["B"], ["B", "A"]):
        assert await refusal(client, "cached", again, outputs=outputs) == ("INTERNAL", failed)
    typed = '{ typed { cached(HOW: {data: {values: ["AGAIN"]}}) { A { values } B { values } } } }'.replace(
        "AGAIN", again
    )
    assert (await client.refusal(typed))["message"] == failed
    assert await used(client) == before
    assert await call(client, "cached", again, outputs=["A"]) == [("A", [0, 1])]


async def test_an_error_that_triton_kept_is_a_failure_too(client, transport):
    first = await refusal(client, "cached", f"error INVALID_ARG again by {transport}")
    second = await refusal(client, "cached", f"error INVALID_ARG again by {transport}")

    assert first[0] == "BAD_REQUEST"
    assert second == ("INTERNAL", f"Model 'cached' failed: its answer lacks the output 'A'. {ID}")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("lacks", "its answer lacks the output 'B'"),
        ("empty", "its answer lacks the output 'A'"),
        ("type", "its output 'B' is FP32 and not INT32 as declared"),
        ("rank", "its output 'B' has shape [1, 2] and not [2] as declared"),
        ("length", "its output 'B' has shape [3] and not [2] as declared"),
        ("twice", "its output 'A' came without a datatype that is known here"),
    ],
)
async def test_an_answer_other_than_declared_is_a_failure_and_given_back(client, own_service, transport, how, message):
    before = await used(client)
    if (transport, how) == ("http", "twice"):
        message = "its answer has the output 'A' 2 times"

    refused = await refusal(client, "wilful", how)

    assert refused == ("INTERNAL", f"Model 'wilful' failed: {message}. {ID}")
    assert await used(client) == before
    assert (
        f"because of WrongAnswer({message!r})" in own_service.log.read_text()
        or f'because of WrongAnswer("{message}")' in own_service.log.read_text()
    )
    assert await call(client, "wilful", "right") == [("A", [0, 1]), ("B", [0, 1])]


async def test_an_output_that_the_call_did_not_ask_for_may_be_wrong(client):
    assert await call(client, "wilful", "type", outputs=["A"]) == [("A", [0, 1])]


async def test_a_typed_field_that_the_model_leaves_out_is_null_unless_all_are(client):
    typed = "{ typed { wilful(HOW: {data: {values: [%s]}}) { A { values } B { values } } } }"

    answer = await client.run(typed % '"lacks"')

    assert answer["typed"]["wilful"] == {"A": {"values": [0, 1]}, "B": None}
    assert (await client.refusal(typed % '"empty"'))["code"] == "INTERNAL"


SPOKEN = [
    ("NOT_FOUND", "no such row", "INTERNAL"),
    ("INTERNAL", "broken", "INTERNAL"),
    ("UNKNOWN", "who knows", "INTERNAL"),
    ("UNSUPPORTED", "not built", "INTERNAL"),
    ("ALREADY_EXISTS", "twice", "INTERNAL"),
    ("CANCELLED", "given up", "INTERNAL"),
    ("INVALID_ARG", "not that", "BAD_REQUEST"),
    ("UNAVAILABLE", "later", "MODEL_UNAVAILABLE"),
    # Words of Triton's inside its own.
    ("NOT_FOUND", "row 'Request for unknown model: 'wilful' is not found' is missing", "INTERNAL"),
    ("NOT_FOUND", "Request for unknown model: 'nowhere' is not found", "INTERNAL"),
    ("INTERNAL", "Exceeds maximum queue size", "INTERNAL"),
    ("UNAVAILABLE", "my queue says: Exceeds maximum queue size", "MODEL_UNAVAILABLE"),
]


# Triton's HTTP port reports these as INVALID_ARG.
ONLY_BY_GRPC = {"UNKNOWN", "ALREADY_EXISTS", "CANCELLED"}


@pytest.mark.parametrize(("status", "said", "code"), SPOKEN)
async def test_a_models_error_text_is_not_taken_for_tritons(client, transport, status, said, code):
    before = await used(client)
    if transport == "http" and status in ONLY_BY_GRPC:
        code = "BAD_REQUEST"

    refused = await refusal(client, "wilful", f"error {status} {said}")

    assert refused[0] == code
    assert said not in refused[1]
    assert (refused[1] == f"Model 'wilful' failed. {ID}") == (code == "INTERNAL")
    kept = 1 if code == "BAD_REQUEST" else 0
    assert await used(client) == before + kept


@pytest.mark.parametrize("calls", [2, 4], ids=["too long in the queue", "too many in the queue"])
async def test_a_model_whose_queue_refuses_is_busy(client, calls):
    before = await used(client)

    async def ask() -> str | None:
        given = {"name": "HOW", "shape": [1, 1], "data": {"values": [["sleep 0.6"]]}}
        problems = (await client.post(INFER, model="queued", inputs=[given])).json().get("errors")
        return problems[0]["extensions"]["code"] if problems else None

    codes = await asyncio.gather(*(ask() for _ in range(calls)))

    assert sorted(code or "" for code in codes)[0] == ""
    assert {code for code in codes if code} == {"MODEL_BUSY"}
    kept = codes.count(None)
    assert await used(client) == before + kept
