"""Triton as it is: models that cannot be called, and versions that differ."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from tritonclient.grpc import service_pb2, service_pb2_grpc

from inference.reading import Reading
from inference.revival import Revival
from inference.triton import Triton
from tests.events import Event, subscribed
from tests.graph.infer_calls import INFER, by_values
from tests.graph.model_control import load, unload
from tests.graph.outages import eventually
from tests.graph.spending import used
from tests.graph.typed_fields import names
from tests.service import Client

ENTRY = """query ($name: String!, $version: String) { model(name: $name, version: $version) {
  ready streaming uncallableReason example { document variables } inputs { shape } outputs { name } } }"""
ONLY_STREAMS = (
    "Model {!r} answers in a stream, which a query cannot read. Call it with `subscription {{ infer }}`, with the same "
    "arguments."
)
SEQUENCES = (
    "Model {!r} takes sequences of calls that belong together, which `infer` cannot send. Ask its operator for a "
    "model without `sequence_batching`."
)
UNCALLABLE = {
    "sequence": SEQUENCES,
    "over_sequence": SEQUENCES,
    "deeper": SEQUENCES,
}
STATE = '{ model(name: "versions") { version versions inputs { shape } } }'
WIDE = [by_values(f"I{number}", [number]) for number in range(120)]


@pytest.mark.parametrize("name", UNCALLABLE)
async def test_a_model_that_cannot_be_called_is_listed_with_the_reason_and_spends_nothing(client, name):
    before = await used(client)

    entry = (await client.run(ENTRY, name=name))["model"]
    priced = await client.run(
        f'{{ rateLimit(dryRun: true) {{ cost }} infer(model: "{name}", inputs: []) {{ version }} }}'
    )
    after_looking = await used(client)
    refused = await client.refusal(INFER, model=name, inputs=[by_values("IN", [[1]], [1, 1])])

    assert (entry["ready"], entry["uncallableReason"], entry["example"]) == (True, UNCALLABLE[name].format(name), None)
    assert priced == {"rateLimit": {"cost": 0}, "infer": None}
    assert refused == {"code": "BAD_REQUEST", "message": entry["uncallableReason"], "path": ["infer"]}
    assert after_looking == before + 1
    assert await used(client) == after_looking


@pytest.mark.parametrize("name", ["stream", "over_stream"])
async def test_a_model_that_streams_is_refused_to_a_query_and_works_as_a_stream(client, name):
    before = await used(client)

    entry = (await client.run(ENTRY, name=name))["model"]
    refused = await client.refusal(INFER, model=name, inputs=[by_values("IN", [[1]], [1, 1])])
    after_refusal = await used(client)
    example = entry["example"]
    async with subscribed(client.http, example["document"], **orjson.loads(example["variables"])) as events:
        *_, done, complete = await events.rest()

    assert (entry["ready"], entry["streaming"], entry["uncallableReason"]) == (True, True, None)
    assert refused == {"code": "BAD_REQUEST", "message": ONLY_STREAMS.format(name), "path": ["infer"]}
    assert after_refusal == before + 1  # for looking at it
    assert (done.data["data"]["infer"]["units"], complete) == (1, Event("complete"))
    assert await used(client) == before + 2


async def test_a_hidden_model_that_cannot_be_called_looks_like_none(client):
    found = []
    for name in ("hidden", "absent"):
        price = f'{{ rateLimit(dryRun: true) {{ cost }} infer(model: "{name}", inputs: []) {{ version }} }}'
        before = await used(client)
        refused = await client.refusal(INFER, model=name, inputs=[by_values("IN", [1], [1])])
        spent = await used(client) - before
        looked = await client.refusal(ENTRY, name=name)
        priced = await client.run(price)
        found.append([str(answer).replace(name, "NAME") for answer in (refused, spent, looked, priced)])

    assert found[0] == found[1]
    assert found[0][1] == "1"
    assert "'code': 'MODEL_NOT_FOUND'" in found[0][0]


async def test_what_else_the_operation_asks_for_is_answered_and_paid(client):
    before = await used(client)

    answer = (
        await client.post(
            """{ refused: infer(model: "sequence", inputs: []) { version } paid: infer(model: "iterative",
            inputs: [{name: "IN", shape: [1, 2], data: {values: [1, 2]}}]) { outputs { values } } }"""
        )
    ).json()

    assert answer["data"] == {"refused": None, "paid": {"outputs": [{"values": [1, 2]}]}}
    assert await used(client) == before + 1


async def test_only_models_that_can_be_called_have_a_typed_field(client, own_service):
    said = (
        "Model 'wide' has no field under `typed`: a call with its 120 inputs has more than the 1000 tokens of "
        "GATEHOUSE_DOCUMENT_TOKENS. Raise it, or use `infer` with all inputs in one variable."
    )

    assert await names(client) == {"iterative", "cached", "over_cached", "wilful", "queued", "versions"}
    assert own_service.log.read_text().count(said) == 1


async def test_a_model_with_many_inputs_is_called_by_its_example(client):
    entry = (await client.run(ENTRY, name="wide"))["model"]

    answer = await client.run(entry["example"]["document"], **orjson.loads(entry["example"]["variables"]))

    assert entry["uncallableReason"] is None
    assert answer["infer"]["outputs"] == [{"name": "A", "datatype": "INT32", "shape": [1], "values": [0]}]


async def test_a_model_with_too_many_inputs_for_any_call_has_a_reason(new_service, own_triton):
    with new_service(TRITON_URL=own_triton.url, DOCUMENT_TOKENS="500") as service:
        client = Client(service.url)
        before = await used(client)
        entry = (await client.run(ENTRY, name="wide"))["model"]
        answer = (await client.post(INFER, model="wide", inputs=WIDE)).json()
        paid = await used(client) - before
        await client.aclose()

    assert entry["example"] is None
    assert entry["uncallableReason"] == (
        "A call with the inputs of model 'wide' has more than the 500 values that variables may hold here. Its "
        "operator can raise GATEHOUSE_DOCUMENT_TOKENS."
    )
    assert [problem["extensions"]["code"] for problem in answer["errors"]] == ["QUERY_TOO_COMPLEX"]
    assert paid == 1  # for looking at it


# What `typed` counts: 17 tokens, and 9 for each of 120 inputs.
@pytest.mark.parametrize(("tokens", "has_a_field"), [(17 + 120 * 9, True), (17 + 120 * 9 - 1, False)])
async def test_a_model_has_a_typed_field_where_one_document_can_name_all_of_its_inputs(
    new_service, own_triton, tokens, has_a_field
):
    variables = " ".join(f"$v{number}: TypedTensorInput!" for number in range(120))
    arguments = " ".join(f"I{number}: $v{number}" for number in range(120))
    query = f"query ({variables}) {{ typed {{ wide({arguments}) {{ A {{ values }} }} }} }}"
    given = {f"v{number}": {"data": {"values": [number]}} for number in range(120)}

    with new_service(TRITON_URL=own_triton.url, DOCUMENT_TOKENS=str(tokens)) as service:
        client = Client(service.url)
        answer = (await client.post(query, **given)).json()
        found = "wide" in (await names(client) or ())
        await client.aclose()

    assert found is has_a_field
    assert (answer.get("data") == {"typed": {"wide": {"A": {"values": [0]}}}}) is has_a_field


async def test_each_version_is_checked_against_what_it_declares_itself(client):
    newest, first = by_values("IN", [1, 2, 3]), by_values("IN", [1, 2])

    answers = [
        (await client.run(INFER, model="versions", inputs=[given], version=version))["infer"]
        for given, version in ((newest, None), (newest, "2"), (first, "1"))
    ]

    assert [(answer["version"], answer["outputs"][0]["name"]) for answer in answers] == [
        ("2", "OUT2"),
        ("2", "OUT2"),
        ("1", "OUT1"),
    ]
    refused = await client.refusal(INFER, model="versions", inputs=[newest], version="1")
    assert (refused["code"], refused["expected"], refused["got"]) == ("INVALID_TENSOR", "shape [2]", "[3]")
    refused = await client.refusal(INFER, model="versions", inputs=[first], version="1", outputs=["OUT2"])
    assert (refused["code"], refused["expected"]) == ("INVALID_TENSOR", "one of 'OUT1'")
    for version, shape in ((None, [3]), ("1", [2]), ("2", [3])):
        entry = (await client.run(ENTRY, name="versions", version=version))["model"]
        assert entry["inputs"] == [{"shape": shape}]


async def test_a_look_reads_the_newest_version_and_one_older_of_each_model(own_triton):
    client = Triton(own_triton.url, output_bytes=2**20)
    asked: list[tuple[str, str]] = []
    config = client.config

    async def counted(model: str, version: str = "") -> object:
        asked.append((model, version))
        return await config(model, version)

    client.config = counted  # type: ignore[method-assign]
    reading = Reading(client, Revival(client, lambda: asyncio.sleep(0)))
    for _ in range(3):
        asked.clear()
        await reading.refresh()
        assert sorted(version for model, version in asked if model == "versions") == ["1", "2"]
        assert Counter(model for model, _ in asked if model != "versions").most_common(1)[0][1] == 1
    await client.aclose()


@pytest.fixture
async def versions(
    client: Client, control: service_pb2_grpc.GRPCInferenceServiceStub, folder: Path
) -> AsyncIterator[str]:
    """The model of that name, which the test may load in another way."""
    yield "versions"
    # Triton keeps a configuration that came with a load call until a file changes.
    (folder / "versions" / "config.pbtxt").touch()
    await load(control, "versions")
    now = {"model": {"version": "2", "versions": ["1", "2"], "inputs": [{"shape": [3]}]}}
    await eventually(client.run, STATE, becomes=now)


async def test_a_version_that_is_not_ready_is_named_and_the_others_serve(client, control, versions):
    await unload(control, versions)
    only_the_first = service_pb2.RepositoryModelLoadRequest(model_name=versions)
    only_the_first.parameters["config"].string_param = orjson.dumps(
        {
            "name": "versions",
            "backend": "python",
            "version_policy": {"specific": {"versions": [1]}},
            "parameters": {"gatehouse.public": {"string_value": "true"}},
        }
    ).decode()
    await control.RepositoryModelLoad(only_the_first)

    now = {"model": {"version": "1", "versions": ["1", "2"], "inputs": [{"shape": [2]}]}}
    await eventually(client.run, STATE, becomes=now)

    refused = await client.refusal(INFER, model="versions", inputs=[by_values("IN", [1, 2, 3])], version="2")
    assert refused == {
        "code": "MODEL_UNAVAILABLE",
        "message": "Version '2' of model 'versions' is not ready. Try again in a few seconds, or leave `version` out.",
        "path": ["infer"],
    }
    answer = await client.run(INFER, model="versions", inputs=[by_values("IN", [1, 2])])
    assert answer["infer"]["version"] == "1"
