"""Operations that hold results and need more memory, while others of the same user or of all users hold it.

The model `gated` stands still while a file is missing, so what each operation holds when it asks for more is known. The
service has 16 MiB, of which one user may hold six and large requests of all fourteen.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from local import servers
from tests import model_calls
from tests.graph.browsers import *  # noqa: F403 - its fixtures
from tests.graph.spending import used
from tests.mails import until
from tests.service import Client, Service

CONFIG = """name: "gated"
backend: "python"
max_batch_size: 0
input [ { name: "NUMBER" data_type: TYPE_INT32 dims: [ 1 ] } ]
output [ { name: "OUT" data_type: TYPE_UINT8 dims: [ 400000 ] } ]
instance_group [ { kind: KIND_CPU count: 3 } ]
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
parameters: { key: "folder" value: { string_value: "%s" } }
"""
MODEL = '''"""Notes that it has begun, and stands still until the gate is there."""

import json
import os
import time

import numpy
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, args):
        self.folder = json.loads(args["model_config"])["parameters"]["folder"]["string_value"]

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        with open(os.path.join(self.folder, "begun"), "a") as file:
            file.write(".")
        while not os.path.exists(os.path.join(self.folder, "open")):
            time.sleep(0.005)
        return triton.InferenceResponse([triton.Tensor("OUT", numpy.zeros(400000, numpy.uint8))])
'''
GATED = 'infer(model: "gated", inputs: [{name: "NUMBER", shape: [1], data: {values: [0]}}])'
# It sends as many bytes as it is asked for; a call reserves a megabyte for them.
LARGE = 'infer(model: "large_output", inputs: [{name: "COUNT", shape: [1], data: {values: [%d]}}])'
WRITTEN = "{ outputs { base64 } }"
HARMLESS = "mutation { revokeOtherSessions { __typename } }"


class Gate:
    def __init__(self, folder: Path) -> None:
        self._open, self._begun = folder / "open", folder / "begun"
        self.close()

    def close(self) -> None:
        self._open.unlink(missing_ok=True)
        self._begun.unlink(missing_ok=True)

    def open(self) -> None:
        self._open.touch()

    async def reached(self, service: Service, *, by: int) -> None:
        """Returns when so many calls stand there and no other call runs."""

        async def have() -> bool:
            begun = self._begun.exists() and len(self._begun.read_text()) == by
            return begun and await model_calls.running(service) == by

        await until(have)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("gate"))


@pytest.fixture
def gate(folder: Path) -> Iterator[Gate]:
    made = Gate(folder)
    yield made
    made.open()


@pytest.fixture(scope="module")
def own_triton(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Triton]:
    repository = tmp_path_factory.mktemp("models")
    (repository / "gated" / "1").mkdir(parents=True)
    (repository / "gated" / "1" / "model.py").write_text(MODEL)
    (repository / "gated" / "config.pbtxt").write_text(CONFIG % folder)
    shutil.copytree(Path(__file__).parent.parent / "models/large_output", repository / "large_output")
    with servers.Triton(tmp_path_factory.mktemp("circles"), [repository]) as server:
        yield server
        server.kill()


@pytest.fixture(scope="module")
def small(new_service: Callable[..., Service], own_triton: servers.Triton) -> Iterator[Service]:
    settings = {
        "TRITON_URL": own_triton.url,
        "TRUSTED_PROXIES": "127.0.0.1",
        "OUTPUT_BYTES": "1000000",
        "OPERATION_BYTES": "8000000",
        "BYTES_IN_FLIGHT": str(16 * 1024**2),
        # A call that waits in a circle waits for so long, unless it is refused.
        "INFERENCE_TIMEOUT_SECONDS": "120",
        "FREE_UNITS_PER_MINUTE": "1000",
        "METRICS_ADDRESS": model_calls.address(),
    }
    with new_service(**settings) as started:
        yield started


@pytest.fixture
async def client_of(small: Service) -> AsyncIterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(header: str, value: str) -> Client:
        clients.append(Client(small.url))
        clients[-1].http.headers[header] = value
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


def keeping(calls: int, count: int) -> str:
    return " ".join(f"k{number}: {LARGE % count} {{ version }}" for number in range(calls))


def problems(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields that failed, with their codes."""
    return [(problem["path"][0], problem["extensions"]["code"]) for problem in answer.get("errors", ())]


async def room(service: Service) -> None:
    """Returns when the answers before this have been read, and hold nothing."""

    async def is_all_free() -> bool:
        return await model_calls.metric(service, "gatehouse_bytes_in_flight") < 100_000

    await until(is_all_free)


async def test_of_two_answers_that_wait_for_each_other_the_younger_is_refused(small, gate, client_of, ada):
    await room(small)
    client = client_of("Authorization", f"Bearer {ada.session}")
    query = f"{{ {keeping(3, 850_000)} last: {GATED} {WRITTEN} }}"
    older = asyncio.create_task(client.post(query))
    await gate.reached(small, by=1)
    younger = asyncio.create_task(client.post(query))
    await gate.reached(small, by=2)
    before = await used(client)
    gate.open()

    complete, refused = [(await task).json() for task in (older, younger)]

    assert problems(complete) == []
    assert len(complete["data"]["last"]["outputs"][0]["base64"]) == 533_336
    assert problems(refused) == [("last", "MODEL_BUSY")]
    assert {name: value for name, value in refused["data"].items() if value} == {
        name: {"version": "1"} for name in ("k0", "k1", "k2")
    }
    assert before - await used(client) == 1


async def test_of_two_calls_that_wait_for_each_other_the_younger_is_refused_and_costs_nothing(
    small, gate, client_of, ada
):
    await room(small)
    client = client_of("Authorization", f"Bearer {ada.session}")
    # One after another, because of the mutation.
    batch = [HARMLESS, f"{{ {keeping(3, 850_000)} }}", f"{{ gated: {GATED} {{ version }} }}", f"{{ {keeping(1, 9)} }}"]

    async def ask() -> list[dict[str, Any]]:
        answer = await client.http.post("/graphql", json=[{"query": query} for query in batch])
        return list(answer.json())

    older = asyncio.create_task(ask())
    await gate.reached(small, by=1)
    younger = asyncio.create_task(ask())
    await gate.reached(small, by=2)
    before = await used(client)
    gate.open()

    complete, refused = await older, await younger

    assert [problems(answer) for answer in complete] == [[]] * 4
    assert [problems(answer) for answer in refused] == [[], [], [], [("k0", "MODEL_BUSY")]]
    assert refused[3]["errors"][0]["message"].startswith("Running calls use all the memory that is set aside for calls")
    assert before - await used(client) == 1


async def test_of_users_who_wait_for_each_other_the_youngest_operation_is_refused(small, gate, client_of):
    await room(small)
    query = f"{{ {keeping(5, 890_000)} last: {GATED} {WRITTEN} }}"
    asked: list[asyncio.Task[httpx2.Response]] = []
    for number in range(3):
        asked.append(asyncio.create_task(client_of("X-Forwarded-For", f"203.0.113.{number}").post(query)))
        await gate.reached(small, by=number + 1)
    gate.open()

    answers = [(await task).json() for task in asked]

    assert [problems(answer) for answer in answers] == [[], [], [("last", "MODEL_BUSY")]]


async def test_an_operation_that_holds_too_much_itself_is_refused_at_once(small, gate, client_of, ada):
    await room(small)
    gate.open()
    client = client_of("Authorization", f"Bearer {ada.session}")

    answer = (await client.post(f"{{ a: {LARGE % 990_000} {WRITTEN} b: {LARGE % 990_000} {WRITTEN} }}")).json()

    assert [code for _, code in problems(answer)] == ["PAYLOAD_TOO_LARGE"]
    assert answer["errors"][0]["message"] == (
        "This operation needs more memory at once than one caller may use. Ask for less in one operation."
    )
    assert sum(value is not None for value in answer["data"].values()) == 1
