"""Which models are dead, by the statistics of a Triton of these tests' own."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tritonclient.grpc import model_config_pb2

from errors import ModelFailed
from inference import deaths, loading
from inference.deaths import Deaths
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.triton import ProcessDied, Triton
from local import servers
from tests.graph import dying_models
from tests.graph.outages import eventually

MODEL = """
import os, time

import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(triton.get_input_tensor_by_name(request, "HOW").as_numpy()) for request in requests]

    def answer(self, how):
        if how[0] == b"exit":
            os._exit(1)
        if how[0] == b"fail":
            time.sleep(1.2)
            raise RuntimeError("after a second")
        return triton.InferenceResponse([triton.Tensor("OUT", how)])
"""


@pytest.fixture(scope="module")
def own_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Triton]:
    folder = Path(tmp_path_factory.mktemp("models"))
    dying_models.write(folder, "m", MODEL)
    with servers.Triton(tmp_path_factory.mktemp("triton"), [folder]) as server:
        yield server
        server.kill()


@pytest.fixture
async def client(own_triton: servers.Triton) -> AsyncIterator[Triton]:
    client = Triton(own_triton.url, output_bytes=1_000_000)
    yield client
    await client.aclose()


async def call(client: Triton, how: str) -> None:
    """Returns, or raises, when Triton has counted the call: it answers first."""
    raw = len(how).to_bytes(4, "little") + how.encode()
    tensor = Tensor("HOW", Datatype.BYTES, (1,), raw)
    before = await counted(client)
    try:
        await client.infer("m", "", inputs=[tensor], outputs=[], within=timedelta(seconds=10))
    finally:
        # A process that ends executes nothing.
        await eventually(counted, client, becomes=(before[0] + 1, before[1] + (how != "exit")))


async def counted(client: Triton) -> tuple[int, int]:
    """The calls of the model, and those that it has executed."""
    (model,) = [version for version in await client.statistics() if version.name == "m"]
    return model.inference_stats.success.count + model.inference_stats.fail.count, model.execution_count


async def load_elsewhere(client: Triton) -> None:
    """As another process does: this one's readings are older than that."""
    await client.load("m", config=loading.next_config([await client.config("m")]))


async def fail(client: Triton) -> None:
    with pytest.raises(ModelFailed):
        await call(client, "fail")


async def die(client: Triton) -> None:
    with pytest.raises(ProcessDied):
        await call(client, "exit")


async def watched(client: Triton) -> Deaths:
    """With a reading of a model that has answered twice."""
    for _ in range(2):
        await call(client, "well")
    found = Deaths(client)
    found.note(await client.statistics())
    return found


async def test_a_living_model_that_failed_slowly_after_another_process_loaded_it_is_not_dead(client):
    found = await watched(client)
    await load_elsewhere(client)
    await fail(client)
    found.note(await client.statistics())

    assert await found.find(()) == {}

    # Nor by the next slow exception.
    await fail(client)
    assert await found.find(()) == {}


@pytest.mark.parametrize("before_it", ["nothing", "a reading", "a slow exception and a reading"])
async def test_a_model_that_died_after_another_process_loaded_it_is_found(client, before_it):
    found = await watched(client)
    await load_elsewhere(client)
    if before_it == "a slow exception and a reading":
        await fail(client)
    if before_it.endswith("a reading"):
        found.note(await client.statistics())

    await die(client)

    assert await found.find(()) == {"m": False}
    await load_elsewhere(client)


async def test_a_death_that_the_first_reading_after_the_load_has_is_found_by_name_and_by_the_next_failure(client):
    found = await watched(client)
    await load_elsewhere(client)
    await call(client, "well")
    await die(client)
    found.note(await client.statistics())

    # It may be a slow exception that was executed before the reading.
    assert await found.find(()) == {}
    assert await found.find(["m_0"]) == {"m": True}
    await die(client)
    assert await found.find(()) == {"m": False}
    await load_elsewhere(client)


@pytest.mark.parametrize(
    ("process", "is_its_own"),
    [("m_0", True), ("m_12", True), ("m_0_gpu1", True), ("m", False), ("m_a_0", False), ("mm_0", False), ("", False)],
)
def test_a_process_is_known_by_the_name_of_its_instance_group(process, is_its_own):
    config = model_config_pb2.ModelConfig(name="m", backend="python")
    for group in ("other", "m"):
        config.instance_group.add(name=group, count=1)

    assert deaths.is_process_of(config, process) is is_its_own
