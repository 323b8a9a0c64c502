"""Python models whose process died, in a Triton of these tests' own."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import psutil
import pytest

from local import servers, triton
from local.server import wait_until_ready
from tests import together
from tests.conftest import TEST_MODELS
from tests.graph.outages import eventually
from tests.service import Client, Service

RUN = """query ($how: TensorData!) {
  infer(model: "dying", inputs: [{name: "HOW", shape: [1], data: {values: $how}}]) { version } }"""
RELOADED = "The process of model 'dying' died; the model is loaded again."


@pytest.fixture(scope="module")
def tritons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[servers.Triton]]:
    """One that loads models when it is asked to, and one as operators run it, which lets nobody load any."""
    repository = tmp_path_factory.mktemp("repository")
    shutil.copytree(TEST_MODELS / "dying", repository / "dying")
    as_operators_run_it = [flag for flag in triton._FLAGS if not flag.startswith(("--model-control", "--load-model"))]
    both = [servers.Triton(tmp_path_factory.mktemp(name), [repository]) for name in ("revival", "closed")]
    try:
        both[0].begin()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(triton, "_FLAGS", as_operators_run_it)
            both[1].begin()
        wait_until_ready(*both, within=timedelta(seconds=60))
        yield both
    finally:
        for server in both:
            server.kill()  # a stop in good order waits for models that are dead
            server.stop()


@pytest.fixture(scope="module")
def own_triton(tritons: list[servers.Triton]) -> servers.Triton:
    return tritons[0]


@pytest.fixture(scope="module")
def all_services(new_service: Callable[..., Service], tritons: list[servers.Triton]) -> Iterator[list[Service]]:
    one, closed = tritons
    started = [new_service(TRITON_URL=server.url) for server in (one, one, closed)]
    with together.running(*started):
        yield started


@pytest.fixture(scope="module")
def services(all_services: list[Service]) -> list[Service]:
    """Two processes before one Triton."""
    return all_services[:2]


@pytest.fixture(scope="module")
def before_the_closed_one(all_services: list[Service]) -> Service:
    return all_services[2]


@pytest.fixture(scope="module")
async def clients(services: list[Service]) -> AsyncIterator[list[Client]]:
    clients = [Client(service.url) for service in services]
    yield clients
    for client in clients:
        await client.aclose()


@pytest.fixture(autouse=True)
async def _alive_before(clients: list[Client]) -> None:
    for client in clients:
        await eventually(code, client, becomes=None, within=30)


async def code(client: Client, how: str = "well") -> str | None:
    problems = (await client.post(RUN, how=[how])).json().get("errors")
    return problems[0]["extensions"]["code"] if problems else None


def loads(triton: servers.Triton) -> int:
    return triton.log.read_text().count("loading: dying:1")


def reloads(services: list[Service]) -> int:
    return sum(service.log.read_text().count(RELOADED) for service in services)


@pytest.mark.parametrize("how", ["exit", "kill"])
async def test_a_model_whose_process_ends_is_unavailable_and_comes_back_by_itself(clients, how):
    assert await code(clients[0], how) == "MODEL_UNAVAILABLE"
    assert await code(clients[0]) == "MODEL_UNAVAILABLE"

    await eventually(code, clients[0], becomes=None)


async def test_a_process_that_is_killed_from_outside_is_brought_back(clients, own_triton):
    [stub] = [child for child in psutil.Process(own_triton.pid).children(recursive=True) if "stub" in child.name()]

    os.kill(stub.pid, signal.SIGKILL)

    assert await code(clients[0]) == "MODEL_UNAVAILABLE"
    await eventually(code, clients[0], becomes=None)


async def test_two_processes_that_notice_at_once_load_the_model_once(clients, services, own_triton):
    before = reloads(services), loads(own_triton)
    await code(clients[0], "exit")

    assert await asyncio.gather(*map(code, clients)) == ["MODEL_UNAVAILABLE"] * 2

    for client in clients:
        await eventually(code, client, becomes=None)
    assert (reloads(services), loads(own_triton)) == (before[0] + 1, before[1] + 1)


async def test_a_model_that_dies_at_every_call_is_loaded_less_and_less_often(clients, own_triton):
    before, end = loads(own_triton), time.monotonic() + 8

    # Without a pause it would be loaded about every two and a half seconds.
    while time.monotonic() < end:
        await code(clients[0], "exit")
        await asyncio.sleep(0.05)

    assert 1 <= loads(own_triton) - before <= 2
    assert (await clients[0].http.get("/healthz")).status_code == 200


async def test_a_process_that_ends_in_the_middle_leaves_no_model_unloaded(new_service, own_triton, clients):
    service = new_service(TRITON_URL=own_triton.url)
    service.start()
    client = Client(service.url)
    assert await code(client, "exit") == "MODEL_UNAVAILABLE"

    # It is asked to end while it is about to load the model again.
    assert service.stop() == 0

    await client.aclose()
    await eventually(code, clients[1], becomes=None)


async def test_a_server_that_lets_nobody_load_models_is_told_of_in_a_sentence(before_the_closed_one):
    service = before_the_closed_one
    client = Client(service.url)
    assert await code(client, "exit") == "MODEL_UNAVAILABLE"

    said = "Model 'dying' could not be loaded again: "
    await eventually(lambda: said in service.log.read_text(), becomes=True)

    assert await code(client) == "MODEL_UNAVAILABLE"
    assert "Traceback" not in service.log.read_text()
    await client.aclose()
