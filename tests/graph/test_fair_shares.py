"""Calls that find no slot wait: in which order they begin, what their answers say of it, and how a wait ends.

Each caller is an anonymous one of a network of its own. The model has two slots, works on one call at a time, and says
which number each was. While a file is missing, it stands still, so the queue decides what is compared, and not time.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from local import servers
from tests import model_calls, together
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.spending import used
from tests.mails import until
from tests.service import TLS, Client, Service

CONFIG = """name: "counting"
backend: "python"
max_batch_size: 0
input [ { name: "MILLISECONDS" data_type: TYPE_INT32 dims: [ 1 ] } ]
output [ { name: "NUMBER" data_type: TYPE_INT32 dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
parameters: { key: "gatehouse.slots" value: { string_value: "2" } }
parameters: { key: "gate" value: { string_value: "%s" } }
"""
MODEL = '''"""Works on one call at a time, stands still until the gate is there, and counts its calls."""

import json
import os
import time

import numpy
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, args):
        self.gate = json.loads(args["model_config"])["parameters"]["gate"]["string_value"]
        self.number = 0

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        while not os.path.exists(self.gate):
            time.sleep(0.005)
        milliseconds = triton.get_input_tensor_by_name(request, "MILLISECONDS").as_numpy()
        time.sleep(milliseconds[0] / 1000)
        self.number += 1
        return triton.InferenceResponse([triton.Tensor("NUMBER", numpy.array([self.number], numpy.int32))])
'''
CALL = 'infer(model: "counting", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [1]}}])'
OUTPUT = "{ outputs { values } }"
ONE = f"{{ a0: {CALL} {OUTPUT} }}"
WAITING = re.compile(r'^gatehouse_calls_waiting\{kind="calls"\} (\S+)$', re.MULTILINE)
REFUSED = re.compile(r'^gatehouse_calls_refused_total\{reason="(\w+)"\} (\S+)$', re.MULTILINE)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("gate")) / "open"


@pytest.fixture(scope="module")
def own_triton(gate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Triton]:
    repository = tmp_path_factory.mktemp("models")
    folder = repository / "counting" / "1"
    folder.mkdir(parents=True)
    (folder / "model.py").write_text(MODEL)
    (folder.parent / "config.pbtxt").write_text(CONFIG % gate)
    with servers.Triton(tmp_path_factory.mktemp("shares"), [repository]) as server:
        yield server
        server.kill()


@pytest.fixture(scope="module")
def services(new_service, own_triton: servers.Triton) -> Iterator[tuple[Service, Service]]:
    """One whose calls wait for long, and one whose calls wait for a second, four at most."""
    own = {
        "TRITON_URL": own_triton.url,
        "TRUSTED_PROXIES": "127.0.0.1",
        "DOCUMENT_TOKENS": "100000",
        "DOCUMENT_ROOT_FIELDS": "1000",
        "DOCUMENT_ALIASES": "1000",
        "VISITOR_BODY_BYTES": "1000000",
        "PREPARATION_MILLISECONDS": "100000",
    }
    patient = new_service(**own, METRICS_ADDRESS=model_calls.address(), QUEUE_LONGEST_SECONDS="100")
    hasty = new_service(
        **own, METRICS_ADDRESS=model_calls.address(), QUEUE_LONGEST_SECONDS="1", QUEUE_CALLS="4", QUEUE_BYTES="1000"
    )
    with together.running(patient, hasty):
        yield patient, hasty


@pytest.fixture
def patient(services: tuple[Service, Service]) -> Service:
    return services[0]


@pytest.fixture
def hasty(services: tuple[Service, Service]) -> Service:
    return services[1]


@contextmanager
def closed(gate: Path) -> Iterator[None]:
    """The model stands still. Leaving it lets it go on."""
    gate.unlink(missing_ok=True)
    try:
        yield
    finally:
        gate.touch()


@pytest.fixture
async def network() -> AsyncIterator[Callable[[Service, int], Client]]:
    """Makes a client of a service, in a network of its own."""
    clients: list[Client] = []

    def make(service: Service, number: int) -> Client:
        client = Client(service.url)
        client.http.headers["X-Forwarded-For"] = f"203.0.113.{number}"
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.aclose()


def many(count: int) -> str:
    return "{ " + " ".join(f"a{number}: {CALL} {OUTPUT}" for number in range(count)) + " }"


def numbers(answer: dict[str, Any]) -> list[int]:
    """In which order the model had the calls of an answer."""
    assert "errors" not in answer, answer["errors"]
    return [value["outputs"][0]["values"][0] for value in answer["data"].values()]


async def metrics(service: Service) -> str:
    async with httpx2.AsyncClient(verify=TLS, timeout=60) as http:
        return (await http.get(f"http://{service.settings['GATEHOUSE_METRICS_ADDRESS']}/metrics")).text


async def waiting(service: Service, count: int) -> None:
    """Returns when so many calls wait."""

    async def are_there() -> bool:
        return WAITING.findall(await metrics(service)) == [f"{count}.0"]

    await until(are_there)


async def asked(client: Client, query: str, service: Service, *, then: int) -> asyncio.Task[httpx2.Response]:
    """The request, once so many calls wait."""
    task = asyncio.create_task(client.post(query))
    await waiting(service, then)
    return task


async def test_others_come_before_the_many_calls_of_one_caller_and_learn_their_positions(patient, network, gate):
    with closed(gate):
        [running] = await model_calls.begun(patient, network(patient, 1).post(ONE))
        # One goes to Triton ahead, so that the model never waits.
        crowd = await asked(network(patient, 2), many(200), patient, then=199)
        others = [await asked(network(patient, 10 + place), ONE, patient, then=200 + place) for place in range(9)]
    answers = [(await task).json() for task in others]
    [start], all_of_crowd = numbers((await running).json()), (await crowd).json()

    # Two calls that are on their way to Triton may overtake each other.
    of_others = [numbers(answer)[0] - start for answer in answers]
    assert max(of_others) <= 11
    assert numbers(all_of_crowd)[0] == start + 1
    assert sorted([*of_others, *(number - start for number in numbers(all_of_crowd))]) == [*range(1, 210)]
    queues = [answer["extensions"]["queue"] for answer in answers]
    assert [[(one["model"], one["calls"], one["position"]) for one in queue] for queue in queues] == [
        [("counting", 1, 2 + place)] for place in range(9)
    ]
    assert all(one["waitedMilliseconds"] >= 1 for [one] in queues)
    [of_crowd] = all_of_crowd["extensions"]["queue"]
    assert (of_crowd["calls"], of_crowd["position"]) == (199, 199)


async def test_an_answer_without_a_wait_says_nothing_of_a_queue(patient, network):
    answer = (await network(patient, 1).post(ONE)).json()

    assert set(answer) == {"data"}


async def test_the_calls_of_a_caller_who_leaves_wait_no_longer_and_do_not_run(patient, network, gate):
    with closed(gate):
        [running] = await model_calls.begun(patient, network(patient, 1).post(ONE))
        ahead = asyncio.create_task(network(patient, 2).post(ONE))
        left = await asked(network(patient, 3), many(50), patient, then=50)
        stayed = await asked(network(patient, 4), many(2), patient, then=52)
        left.cancel()
        await waiting(patient, 2)
        with pytest.raises(asyncio.CancelledError):
            await left
    [start] = numbers((await running).json())

    assert numbers((await ahead).json()) == [start + 1]
    assert sorted(numbers((await stayed).json())) == [start + 2, start + 3]


async def test_each_operation_of_a_batch_has_its_own_waits(patient, network, gate):
    client = network(patient, 5)
    batch = [{"query": ONE}, {"query": "{ service { version } }"}, {"query": many(2)}]
    with closed(gate):
        [running] = await model_calls.begun(patient, network(patient, 1).post(many(2)), each=2)
        task = asyncio.create_task(client.http.post("/graphql", json=batch))
        await waiting(patient, 3)
    await running
    one, none, two = (await task).json()

    assert [[wait["calls"] for wait in answer["extensions"]["queue"]] for answer in (one, two)] == [[1], [2]]
    assert set(none) == {"data"}


async def test_a_stream_says_it_in_its_first_event(patient, network, gate):
    query = "subscription { " + CALL.replace("a0: ", "") + " { __typename } }"
    with closed(gate):
        [running] = await model_calls.begun(patient, network(patient, 1).post(many(2)), each=2)
        task = asyncio.create_task(
            network(patient, 6).http.post("/graphql", json={"query": query}, headers={"Accept": "text/event-stream"})
        )
        await waiting(patient, 1)
    await running
    chunk, done = [
        orjson.loads(line.removeprefix("data:"))
        for line in (await task).text.splitlines()
        if line.startswith("data:") and line.removeprefix("data:").strip()
    ]

    assert chunk["data"] == {"infer": {"__typename": "InferenceChunk"}}
    assert [(wait["model"], wait["calls"], wait["position"]) for wait in chunk["extensions"]["queue"]] == [
        ("counting", 1, 1)
    ]
    assert done == {"data": {"infer": {"__typename": "InferenceDone"}}}


async def test_a_call_that_waits_too_long_is_refused_and_costs_nothing(hasty, network, gate):
    client = network(hasty, 7)
    with closed(gate):
        [running] = await model_calls.begun(hasty, network(hasty, 1).post(many(2)), each=2)
        before = await used(client)
        answer = (await client.post(ONE)).json()
        after = await used(client)
    await running

    [problem] = answer["errors"]
    assert problem["message"].startswith("Other calls take every slot of model 'counting'. Try again in ")
    assert problem["extensions"]["code"] == "MODEL_BUSY"
    assert 1 <= problem["extensions"]["retryAfterSeconds"] <= 60
    assert answer["data"] == {"a0": None}
    [wait] = answer["extensions"]["queue"]
    assert wait["position"] == 1
    assert wait["waitedMilliseconds"] >= 1000
    assert after == before
    assert await refused(hasty) >= {"late"}


async def test_no_more_calls_wait_than_may_and_a_newcomer_has_room_beside_one_who_has_many(hasty, network, gate):
    with closed(gate):
        [running] = await model_calls.begun(hasty, network(hasty, 1).post(many(2)), each=2)
        crowd = asyncio.create_task(network(hasty, 8).post(many(10)))
        await waiting(hasty, 2)
        others = [await asked(network(hasty, 20 + place), ONE, hasty, then=3 + place) for place in range(2)]
        late = (await network(hasty, 30).post(ONE)).json()
        answers = [(await task).json() for task in (crowd, *others)]
    await running

    messages = [
        sorted({problem["message"].partition(".")[0] for problem in answer["errors"]}) for answer in (*answers, late)
    ]
    busy = "Other calls take every slot of model 'counting'"
    assert messages == [
        [busy, "Too many of your calls wait for models"],
        [busy],
        [busy],
        ["Too many calls wait for models"],
    ]
    assert len(answers[0]["errors"]) == 10
    assert await refused(hasty) >= {"late", "share", "full"}


async def test_calls_whose_credential_ends_wait_no_longer(patient, network, gate, ada):
    client = network(patient, 9)
    client.http.headers["Authorization"] = f"Bearer {ada.session}"
    with closed(gate):
        [running] = await model_calls.begun(patient, network(patient, 1).post(many(2)), each=2)
        task = await asked(client, ONE, patient, then=1)
        logout = Client(patient.url)
        logout.http.headers["Authorization"] = f"Bearer {ada.session}"
        await logout.run("mutation { logout { __typename } }")
        answer = (await task).json()
        await logout.aclose()
        await waiting(patient, 0)
    await running

    assert [problem["extensions"]["code"] for problem in answer["errors"]] == ["UNAUTHENTICATED"]


async def refused(service: Service) -> set[str]:
    """The reasons for which it has refused calls."""
    return {reason for reason, count in REFUSED.findall(await metrics(service)) if float(count) >= 1}
