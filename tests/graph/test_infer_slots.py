"""Calls in flight: how many there may be, that they run side by side, and that a client that leaves frees its slot."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from tests import model_calls, together
from tests.graph.infer_calls import INFER, by_values
from tests.service import Client, Service

SLEEP = 'infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%s]}}]) { totalMs }'
ONE = "{ one: " + SLEEP + " }"
TWO = "{ one: " + SLEEP + " two: " + SLEEP + " }"


@pytest.fixture(scope="module")
def services(new_service) -> Iterator[tuple[Service, Service]]:
    two, one = ({"INFERENCE_PLACES": places, "METRICS_ADDRESS": model_calls.address()} for places in "21")
    # Calls wait elsewhere: in test_fair_shares.py.
    at_once = {"QUEUE_LONGEST_SECONDS": "0"}
    both = (
        new_service(**two, **at_once),
        new_service(**one, **at_once, OUTPUT_BYTES="1000", VISITOR_BODY_BYTES="1000000"),
    )
    with together.running(*both):
        yield both


@pytest.fixture(scope="module")
async def crowded(services: tuple[Service, Service]) -> AsyncIterator[Client]:
    """Of a service with two slots."""
    client = Client(services[0].url)
    yield client
    await client.aclose()


@pytest.fixture(scope="module")
def narrow(services: tuple[Service, Service]) -> Service:
    """A service with one slot."""
    return services[1]


async def ask_until_admitted(client: Client) -> None:
    for _ in range(200):
        if "errors" not in (await client.post(ONE % 1)).json():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("No slot became free.")


async def test_without_a_free_slot_a_call_is_refused_at_once_and_the_others_go_on(services, crowded):
    [both] = await model_calls.begun(services[0], crowded.run(TWO % (3000, 3000)), each=2)

    refusal = await crowded.refusal(ONE % 1)

    assert not both.done()
    assert refusal == {
        "code": "MODEL_BUSY",
        "message": "Other calls take every slot of model 'slow'. Try again in a second.",
        "retryAfterSeconds": 1,
        "path": ["one"],
    }
    assert set(await both) == {"one", "two"}
    assert (await crowded.run(ONE % 1))["one"]["totalMs"] > 0


async def test_the_fields_of_an_operation_run_side_by_side(crowded):
    # Each takes its own slot: with two of them taken by one operation, the third has none.
    answer = (
        await crowded.post("{ one: " + SLEEP % 300 + " two: " + SLEEP % 300 + " three: " + SLEEP % 1 + " }")
    ).json()

    assert [problem["extensions"]["code"] for problem in answer["errors"]] == ["MODEL_BUSY"]
    assert answer["data"]["three"] is None
    assert min(answer["data"]["one"]["totalMs"], answer["data"]["two"]["totalMs"]) >= 300


async def test_a_field_that_fails_leaves_the_others_alone(visitor):
    query = """query ($bad: [TensorInput!]!, $good: [TensorInput!]!) {
      bad: infer(model: "failing", inputs: $bad) { version }
      good: infer(model: "failing", inputs: $good) { outputs { values } }
      none: model(name: "nowhere") { name } }"""

    answer = await visitor.post(query, bad=[by_values("HOW", ["internal"])], good=[by_values("HOW", ["fine"])])

    body = answer.json()
    assert answer.status_code == 200
    assert body["data"] == {"bad": None, "good": {"outputs": [{"values": ["fine"]}]}, "none": None}
    assert {(problem["path"][0], problem["extensions"]["code"]) for problem in body["errors"]} == {
        ("bad", "INTERNAL"),
        ("none", "MODEL_NOT_FOUND"),
    }


@pytest.mark.parametrize("padding", [0, 400_000, 800_000])
async def test_a_client_that_hangs_up_frees_its_slot(narrow, padding: int):
    staying, leaving = Client(narrow.url), Client(narrow.url)
    # Were it not cancelled, this call would hold the only slot longer than the test waits for one.
    [call] = await model_calls.begun(narrow, leaving.run(ONE % 10_000 + " " * padding))
    assert (await staying.refusal(ONE % 1))["code"] == "MODEL_BUSY"

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await leaving.aclose()

    await ask_until_admitted(staying)
    await staying.aclose()


async def test_a_call_that_times_out_frees_its_slot(narrow):
    client = Client(narrow.url)

    for _ in range(3):
        refusal = await client.refusal(ONE.replace("]) {", '], timeout: "PT0.05S") {') % 400)
        assert refusal["code"] == "DEADLINE_EXCEEDED"

    await client.aclose()


async def test_outputs_larger_than_allowed_are_refused(narrow):
    client = Client(narrow.url)

    # Beside the tensors, a message has up to 64 KB of other things.
    refusal = await client.refusal(INFER, model="large_output", inputs=[by_values("COUNT", [67_000])])
    small = await client.run(INFER, model="large_output", inputs=[by_values("COUNT", [1000])])

    assert (refusal["code"], refusal["message"]) == (
        "BAD_REQUEST",
        "The outputs are larger than 1000 bytes, the most that this service returns. Ask for fewer outputs, or send a "
        "smaller batch.",
    )
    assert small["infer"]["outputs"][0]["shape"] == [1000]
    await client.aclose()


async def test_an_anonymous_caller_may_not_infer_unless_it_is_switched_on(guarded):
    client = Client(guarded.url)

    refusals = [
        (await client.refusal(query))["code"]
        for query in (ONE % 1, "{ models { totalCount } }", '{ model(name: "slow") { name } }')
    ]

    assert refusals == ["UNAUTHENTICATED"] * 3
    assert httpx2.get(f"{guarded.url}/readyz").json()["status"] == "UP"
    await client.aclose()
