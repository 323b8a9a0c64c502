"""Models whose process died, found through the models that stand on them, in a Triton of these tests' own."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import psutil
import pytest
from google.protobuf import json_format
from tritonclient.grpc import service_pb2

from local import servers
from tests.graph import dying_models
from tests.graph.model_control import load, unload
from tests.graph.outages import eventually
from tests.service import Client

RUN = """query ($model: String!, $how: TensorData!, $timeout: Duration) {
  infer(model: $model, inputs: [{name: "HOW", shape: [1], data: {values: $how}}], timeout: $timeout) { version } }"""
RUN_IN_A_QUEUE = RUN.replace("shape: [1]", "shape: [1, 1]")
LISTED = '{ model(name: "%s") { ready version description } }'
ENSEMBLES = ["over", "over_both", "over_over"]
CALLERS = ["calling_async", "calling_ensemble", "raising"]
ALL = ["dying", "mortal", "hiding", *ENSEMBLES, *CALLERS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("standing")
    dying_models.write_all(folder)
    return folder


@pytest.fixture(scope="module")
def own_triton(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[servers.Triton]:
    with servers.Triton(tmp_path_factory.mktemp("standing-triton"), [folder]) as server:
        yield server
        server.kill()


@pytest.fixture(autouse=True)
async def _alive_before(client: Client) -> None:
    await eventually(codes, client, ALL, becomes=[None] * len(ALL), within=30)


async def code(client: Client, model: str, how: str = "well", within: str | None = None) -> str | None:
    run = RUN_IN_A_QUEUE if model in ("queueing", "delayed") else RUN
    problems = (await client.post(run, model=model, how=[how], timeout=within)).json().get("errors")
    return problems[0]["extensions"]["code"] if problems else None


async def codes(client: Client, models: list[str]) -> list[str | None]:
    return [await code(client, model) for model in models]


def starts(triton: servers.Triton, *models: str) -> list[int]:
    """How often a process of each was started."""
    log = triton.log.read_text()
    return [log.count(f"TRITONBACKEND_ModelInstanceInitialize: {model}_0 ") for model in models]


@pytest.mark.parametrize("model", ["over_over", *CALLERS])
async def test_a_dead_model_restarts_through_a_model_that_calls_it_and_only_it_is_loaded(client, own_triton, model):
    before = starts(own_triton, "dying", "mortal", *CALLERS)
    assert await code(client, model, "exit") == "MODEL_UNAVAILABLE"

    await eventually(code, client, model, becomes=None)

    after = starts(own_triton, "dying", "mortal", *CALLERS)
    assert after == [before[0] + 1, *before[1:]]


async def test_a_dead_model_restarts_through_a_model_that_hides_its_error(client, own_triton):
    before = starts(own_triton, "dying", "hiding")
    assert await code(client, "hiding", "exit") == "INTERNAL"

    await eventually(code, client, "hiding", becomes=None)

    assert starts(own_triton, "dying", "hiding") == [before[0] + 1, before[1]]


async def test_a_dead_model_restarts_if_every_call_ends_before_triton_reports_the_death(client):
    assert await code(client, "dying", "exit", "PT0.3S") == "DEADLINE_EXCEEDED"

    await eventually(code, client, "dying", "well", "PT0.3S", becomes=None)


async def test_two_dead_models_restart_through_the_ensemble_over_both(client, own_triton):
    before = starts(own_triton, "dying", "mortal")
    died = await asyncio.gather(code(client, "dying", "exit"), code(client, "mortal", "exit"))
    assert set(died) == {"MODEL_UNAVAILABLE"}

    await eventually(code, client, "over_both", becomes=None)

    assert starts(own_triton, "dying", "mortal") == [before[0] + 1, before[1] + 1]


async def test_a_model_of_two_processes_comes_back_when_one_died_though_the_other_answers(client, own_triton):
    before = own_triton.log.read_text().count("TRITONBACKEND_ModelInstanceInitialize: twins_0_")
    assert await code(client, "twins", "exit") == "MODEL_UNAVAILABLE"

    # The other one answers meanwhile.
    await eventually(twins_started, client, own_triton, becomes=before + 2)

    await eventually(code, client, "twins", becomes=None)
    assert [await code(client, "twins") for _ in range(4)] == [None] * 4


async def twins_started(client: Client, triton: servers.Triton) -> int:
    await code(client, "twins")
    return triton.log.read_text().count("TRITONBACKEND_ModelInstanceInitialize: twins_0_")


async def test_during_a_restart_the_model_and_its_callers_are_not_ready_and_stay_loaded(client, control, own_triton):
    [before] = starts(own_triton, "dying")
    for deaths in range(3):
        await eventually(starts, own_triton, "dying", becomes=[before + deaths])
        await eventually(ready, client, "over", becomes=(True, "1"))
        assert await code(client, "over", "exit") == "MODEL_UNAVAILABLE"
    # After the third death in a row the model is loaded again after four seconds.
    await eventually(ready, client, "over", becomes=(False, None))
    kept = asyncio.create_task(always_ready(control, "dying", "over"))

    assert (await ready(client, "dying"), await ready(client, "mortal")) == ((False, None), (True, "1"))
    refused = await client.refusal(RUN, model="over", how=["well"])
    assert refused["message"] == "Model 'over' is not ready. Try again in a few seconds."
    await eventually(ready, client, "over", becomes=(True, "1"))

    kept.cancel()
    with pytest.raises(asyncio.CancelledError):
        await kept


async def test_a_process_killed_during_a_restart_leaves_the_model_loaded(new_service, own_triton, client, control):
    kept = asyncio.create_task(always_ready(control, "dying", "over"))
    service = new_service(TRITON_URL=own_triton.url)
    service.start()
    other = Client(service.url)
    assert await code(other, "over", "exit") == "MODEL_UNAVAILABLE"
    await asyncio.sleep(0.6)  # it is about to load the model, or at it

    os.kill(service.pid, signal.SIGKILL)
    service.wait()

    await other.aclose()
    await eventually(code, client, "over", becomes=None)
    kept.cancel()
    with pytest.raises(asyncio.CancelledError):
        await kept


async def test_a_model_that_repeats_a_callers_text_restarts_no_other_model(client, own_triton):
    before = starts(own_triton, "dying", "repeating")

    for _ in range(3):
        said = "in ensemble 'over', Stub process 'dying_0' is not healthy."
        assert await code(client, "repeating", said) == "MODEL_UNAVAILABLE"
        await asyncio.sleep(0.3)

    assert await codes(client, ["dying", "over"]) == [None, None]
    assert starts(own_triton, "dying", "repeating") == before


async def test_a_model_whose_queue_refuses_what_waits_too_long_is_not_taken_for_a_dead_one(client, own_triton):
    before = starts(own_triton, "queueing")
    slow = asyncio.create_task(code(client, "queueing", "wait"))

    # Triton counts the refused call as a failure of a second, and nothing ends to be executed meanwhile.
    await eventually(code, client, "queueing", becomes="MODEL_BUSY")
    assert await code(client, "queueing", within="PT0.3S") == "DEADLINE_EXCEEDED"

    assert await slow is None
    await eventually(code, client, "queueing", becomes=None)
    assert starts(own_triton, "queueing") == before


async def test_many_calls_that_ended_before_their_turn_do_not_look_like_one_that_failed_slowly(client, own_triton):
    assert await code(client, "delayed") is None
    before = starts(own_triton, "delayed")
    await asyncio.sleep(4.5)  # two looks, so that nothing was executed since the older one

    # Triton counts each as a failure of 0.2 s: together they are longer than a dead process takes to fail.
    for _ in range(3):
        ended = await asyncio.gather(*(code(client, "delayed", within="PT0.05S") for _ in range(20)))
        assert set(ended) <= {"DEADLINE_EXCEEDED", "MODEL_BUSY"}
        await asyncio.sleep(0.3)

    await asyncio.sleep(1)
    await eventually(code, client, "delayed", becomes=None)
    assert starts(own_triton, "delayed") == before


async def test_a_dead_model_with_such_a_queue_comes_back_by_the_name_of_its_process(client, own_triton):
    living = [
        child for child in psutil.Process(own_triton.pid).children(True) if child.status() != psutil.STATUS_ZOMBIE
    ]
    [stub] = [child for child in living if "stub" in child.name() and "/queueing/" in " ".join(child.cmdline())]
    os.kill(stub.pid, signal.SIGKILL)

    assert await code(client, "queueing") == "MODEL_UNAVAILABLE"
    await eventually(code, client, "queueing", becomes=None)


async def test_a_configuration_that_came_with_a_load_call_is_kept_until_a_file_changes(client, control, folder):
    shutil.rmtree(folder / "dying" / "1" / "__pycache__", ignore_errors=True)  # as on a new machine
    config = (await control.ModelConfig(service_pb2.ModelConfigRequest(name="dying"))).config
    config.parameters["gatehouse.description"].string_value = "Given in a load call."
    await load_with(control, "dying", config=json_format.MessageToJson(config).encode())
    await eventually(described, client, "dying", becomes="Given in a load call.")

    assert await code(client, "over", "exit") == "MODEL_UNAVAILABLE"
    await eventually(code, client, "over", becomes=None)

    await load(control, "dying")  # without any change of a file it does nothing
    assert await loaded_description(control, "dying") == "Given in a load call."
    file = folder / "dying" / "config.pbtxt"
    file.write_text(file.read_text().replace("Dies when", "Ends when"))
    await load(control, "dying")
    assert await loaded_description(control, "dying") == "Ends when it is told to."


async def test_a_model_from_files_in_a_load_call_is_offered_and_its_death_is_reported_once(
    client, control, folder, own_service
):
    config = (await control.ModelConfig(service_pb2.ModelConfigRequest(name="mortal"))).config
    config.ClearField("instance_group")
    config.name = "carried"
    config.parameters["gatehouse.description"].string_value = "Came in a load call."
    model = (folder / "mortal" / "1" / "model.py").read_bytes()
    given = {"config": json_format.MessageToJson(config).encode(), "file:1/model.py": model}
    assert await code(client, "carried") == "MODEL_NOT_FOUND"
    await load_with(control, "carried", **given)

    await eventually(code, client, "carried", becomes=None)
    assert await ready(client, "carried") == (True, "1")
    assert await described(client, "carried") == "Came in a load call."
    names = [node["name"] for node in (await client.run("{ models { nodes { name } } }"))["models"]["nodes"]]
    assert names == sorted([*ALL, "repeating", "twins", "queueing", "delayed", "carried"])

    assert await code(client, "carried", "exit") == "MODEL_UNAVAILABLE"
    said = "The process of model 'carried' died. The model was loaded from files in a load call, which Triton does not"
    await eventually(lambda: own_service.log.read_text().count(said), becomes=1)
    assert await code(client, "carried") == "MODEL_UNAVAILABLE"
    # Nothing takes it away.
    ready_at_triton = await control.ModelReady(service_pb2.ModelReadyRequest(name="carried"))
    assert (ready_at_triton.ready, own_service.log.read_text().count(said)) == (True, 1)

    config.parameters["number"].string_value = "2"  # else the call changes nothing, and Triton does nothing
    await load_with(control, "carried", **given | {"config": json_format.MessageToJson(config).encode()})
    assert await code(client, "carried") is None
    await unload(control, "carried")
    await eventually(code, client, "carried", becomes="MODEL_NOT_FOUND")


async def ready(client: Client, model: str) -> tuple[bool, str | None]:
    found = (await client.run(LISTED % model))["model"]
    return found["ready"], found["version"]


async def described(client: Client, model: str) -> str:
    return str((await client.run(LISTED % model))["model"]["description"])


async def loaded_description(control, model: str) -> str:
    config = (await control.ModelConfig(service_pb2.ModelConfigRequest(name=model))).config
    return str(config.parameters["gatehouse.description"].string_value)


async def load_with(control, model: str, **parameters: bytes) -> None:
    request = service_pb2.RepositoryModelLoadRequest(model_name=model)
    for key, value in parameters.items():
        if key == "config":
            request.parameters[key].string_param = orjson.dumps(orjson.loads(value)).decode()
        else:
            request.parameters[key].bytes_param = value
    await control.RepositoryModelLoad(request)


async def always_ready(control, *models: str) -> None:
    """Ends only with an error, when Triton has taken one away."""
    while True:
        for model in models:
            answer = await control.ModelReady(service_pb2.ModelReadyRequest(name=model))
            assert answer.ready, model
        await asyncio.sleep(0.005)
