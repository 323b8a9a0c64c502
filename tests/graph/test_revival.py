"""Python models whose process died, in a Triton of these tests' own."""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta

import grpc
import psutil
import pytest
from tritonclient.grpc import service_pb2_grpc

from local import servers, triton
from local.server import wait_until_ready
from tests import together
from tests.conftest import TEST_MODELS
from tests.graph.model_control import load, unload
from tests.graph.outages import eventually
from tests.service import Client, Service

RUN = """query ($how: TensorData!) {
  infer(model: "dying", inputs: [{name: "HOW", shape: [1], data: {values: $how}}]) { version } }"""
LOADED = re.compile(r"^I\d{4} (\S+) .*TRITONBACKEND_ModelInstanceInitialize: dying_0 ", re.MULTILINE)
RELOADED = "The process of model 'dying' died; the model was loaded again."


@pytest.fixture(scope="module")
def tritons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[servers.Triton]]:
    """One that loads models when it is asked to, and one as operators run it, which lets nobody load any."""
    repository = tmp_path_factory.mktemp("repository")
    shutil.copytree(TEST_MODELS / "dying", repository / "dying")
    as_operators_run_it = [flag for flag in triton.FLAGS if not flag.startswith(("--model-control", "--load-model"))]
    both = [servers.Triton(tmp_path_factory.mktemp(name), [repository]) for name in ("revival", "closed")]
    try:
        both[0].begin()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(triton, "FLAGS", as_operators_run_it)
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
    """How often its process was started: Triton also logs load calls that change nothing."""
    return len(loaded_at(triton))


def loaded_at(triton: servers.Triton) -> list[datetime]:
    return [datetime.strptime(time, "%H:%M:%S.%f") for time in LOADED.findall(triton.log.read_text())]


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
    assert loads(own_triton) == before[1] + 1
    # Where both ask at the same time, both are answered that it is loaded.
    assert 1 <= reloads(services) - before[0] <= 2


async def test_a_model_that_dies_at_every_call_is_loaded_less_and_less_often(clients, own_triton):
    before = loads(own_triton)

    async def is_loaded_three_times() -> bool:
        await code(clients[0], "exit")
        return loads(own_triton) >= before + 3

    await eventually(is_loaded_three_times, becomes=True, within=90)

    _, second, third = loaded_at(own_triton)[before : before + 3]
    # Without a pause it would be loaded about every two and a half seconds.
    assert third - second >= timedelta(seconds=4)
    assert (await clients[0].http.get("/healthz")).status_code == 200


async def test_a_process_that_waits_before_it_loads_a_model_serves_it_once_another_has_loaded_it(clients, own_triton):
    # Each time it waits longer, at last sixteen seconds. The other process meets its first death, and does not wait.
    for _ in range(5):
        await eventually(ready, clients[1], becomes=True)
        assert await code(clients[1], "exit") == "MODEL_UNAVAILABLE"
        await eventually(code, clients[0], becomes=None)

    await eventually(code, clients[1], becomes=None, within=12)


async def test_a_process_finds_the_first_death_after_another_process_loaded_the_model(clients, own_triton):
    """Each life has one failure of a second, so the statistics before and after the load look almost the same."""
    before = loads(own_triton)
    for deaths in range(4):
        other = clients[deaths % 2]
        await eventually(code, other, becomes=None)
        assert await code(other, "exit") == "MODEL_UNAVAILABLE"
        await eventually(loads, own_triton, becomes=before + deaths + 1)


async def test_a_dead_model_that_is_unloaded_before_it_is_loaded_again_stays_unloaded(clients, services, own_triton):
    before, said = loads(own_triton), len(services[0].log.read_text())
    for deaths in range(3):
        await eventually(loads, own_triton, becomes=before + deaths)
        await eventually(ready, clients[0], becomes=True)
        assert await code(clients[0], "exit") == "MODEL_UNAVAILABLE"
    await eventually(ready, clients[0], becomes=False)  # it waits for four seconds now
    async with grpc.aio.insecure_channel(own_triton.url) as channel:
        control = service_pb2_grpc.GRPCInferenceServiceStub(channel)

        await unload(control, "dying")
        await asyncio.sleep(5.5)

        assert await ready(clients[0]) is False
        assert loads(own_triton) == before + 2
        assert "could not be loaded again" not in services[0].log.read_text()[said:]
        await load(control, "dying")


async def ready(client: Client) -> bool:
    return bool((await client.run('{ model(name: "dying") { ready } }'))["model"]["ready"])


async def test_a_process_that_ends_in_the_middle_leaves_no_model_unloaded(new_service, own_triton, clients):
    service = new_service(TRITON_URL=own_triton.url)
    service.start()
    client = Client(service.url)
    assert await code(client, "exit") == "MODEL_UNAVAILABLE"

    # It is asked to end while it is about to load the model again.
    assert service.stop() == 0

    await client.aclose()
    await eventually(code, clients[1], becomes=None)


async def test_a_model_comes_back_though_triton_hung_while_it_was_looked_for(clients, own_triton):
    before = loads(own_triton)
    assert await code(clients[0], "exit") == "MODEL_UNAVAILABLE"

    # Longer than a search waits for the statistics. No further call begins another search.
    server = psutil.Process(own_triton.pid)
    server.suspend()
    await asyncio.sleep(5.5)
    server.resume()

    await eventually(loads, own_triton, becomes=before + 1)


async def test_a_server_that_refuses_load_calls_is_logged_in_one_line(before_the_closed_one):
    service = before_the_closed_one
    client = Client(service.url)
    assert await code(client, "exit") == "MODEL_UNAVAILABLE"

    said = "Model 'dying' could not be loaded again: "
    await eventually(lambda: said in service.log.read_text(), becomes=True)

    assert await code(client) == "MODEL_UNAVAILABLE"
    assert "Traceback" not in service.log.read_text()
    await client.aclose()
