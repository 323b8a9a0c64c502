"""A Triton of these tests' own, into which models are put that cannot be served."""

import shutil

import grpc
import pytest
from google.protobuf import json_format, text_format
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc

from doctor import triton
from local import servers
from tests import mails
from tests.conftest import TEST_MODELS
from tests.doctor.conftest import said

ANSWERS = "ok   Triton: answers in N ms."


class Repository:
    """With the model `costly`, and room for more."""

    def __init__(self, folder):
        self.folder = folder
        self.add("costly")

    def add(self, name, *, cost="7"):
        """A copy of `costly`."""
        shutil.copytree(TEST_MODELS / "costly", self.folder / name)
        config = self.folder / name / "config.pbtxt"
        config.write_text(config.read_text().replace('"costly"', f'"{name}"').replace('"7"', f'"{cost}"'))


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return Repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def own_triton(tmp_path_factory, repository):
    server = servers.Triton(tmp_path_factory.mktemp("doctor"), [repository.folder])
    server.start()
    yield server
    server.kill()  # a stop in good order takes seconds
    server.stop()


@pytest.fixture(scope="module")
def triton_of_all(triton):
    """The Triton of all tests. `triton` is a module here."""
    return triton


@pytest.fixture(scope="module")
async def control(own_triton):
    async with grpc.aio.insecure_channel(own_triton.url) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


async def load(control, name):
    await control.RepositoryModelLoad(service_pb2.RepositoryModelLoadRequest(model_name=name))


async def unload(control, name):
    async def is_unloaded():
        index = await control.RepositoryIndex(service_pb2.RepositoryIndexRequest())
        return {one.state for one in index.models if one.name == name} == {"UNAVAILABLE"}

    await control.RepositoryModelUnload(service_pb2.RepositoryModelUnloadRequest(model_name=name))
    # Triton has answered before it is done.
    await mails.until(is_unloaded)


async def test_what_can_be_served_is_listed_and_what_cannot_is_named(new_settings, own_triton, repository, control):
    settings = new_settings(TRITON_URL=own_triton.url)
    well = [ANSWERS, "ok   models: all 1 are ready.", "ok   public models: costly."]
    assert await said(triton.examine, settings) == well
    for name in ("a.b", "a_b", "broken", "idle"):
        repository.add(name)
    repository.add("greedy", cost="much")
    (repository.folder / "broken" / "1" / "model.py").write_text("raise ValueError('no weights')")
    for name in ("a.b", "a_b", "greedy"):
        await load(control, name)
    with pytest.raises(grpc.aio.AioRpcError):
        await load(control, "broken")
    await unload(control, "costly")

    lines = await said(triton.examine, settings)

    # What else the reason says is Triton's own affair.
    lines[1] = lines[1].partition(" At:")[0]
    assert lines == [
        ANSWERS,
        "FAIL model: 'broken' version 1 is not ready: UNAVAILABLE (Internal: ValueError: no weights",
        "FAIL model: 'costly' version 1 is not ready: UNAVAILABLE (unloaded).",
        "FAIL model: 'idle' is not ready: not loaded.",
        "FAIL model: Model 'greedy': gatehouse.cost must be a whole number from 1 to 1048576, not 'much'. It is not "
        "served; mend its config.pbtxt.",
        "FAIL models: Models 'a.b' and 'a_b' would both be named 'a_b' under `typed`. The service does not start; "
        "rename one, or make one not public.",
        "ok   public models: a.b, a_b.",
    ]


async def test_the_http_port_must_answer_be_named_well_and_be_of_the_same_server(
    new_settings, own_triton, triton_of_all
):
    async def last(url: str) -> str:
        settings = new_settings(TRITON_URL=own_triton.url, TRITON_HTTP_URL=url)
        return (await said(triton.examine, settings))[-1]

    assert await last(own_triton.http_url) == "ok   Triton by HTTP: it answers and has the same models."
    assert await last("http://127.0.0.1:1") == (
        "FAIL Triton by HTTP: it does not answer at GATEHOUSE_TRITON_HTTP_URL, so that no model can be called."
    )
    assert await last(triton_of_all.http_url) == (
        "FAIL Triton by HTTP: GATEHOUSE_TRITON_HTTP_URL and GATEHOUSE_TRITON_URL are of servers with different models."
    )
    assert (await last("127.0.0.1:8000")).startswith(
        "FAIL Triton by HTTP: GATEHOUSE_TRITON_HTTP_URL must be http://HOST:PORT"
    )


async def test_a_model_from_files_in_a_load_call_is_a_warning_and_is_among_the_public_ones(
    new_settings, own_triton, control
):
    request = service_pb2.RepositoryModelLoadRequest(model_name="carried")
    folder = TEST_MODELS / "costly"
    config = model_config_pb2.ModelConfig()
    text_format.Parse((folder / "config.pbtxt").read_text().replace('"costly"', '"carried"'), config)
    request.parameters["config"].string_param = json_format.MessageToJson(config)
    request.parameters["file:1/model.py"].bytes_param = (folder / "1" / "model.py").read_bytes()
    await control.RepositoryModelLoad(request)

    lines = await said(triton.examine, new_settings(TRITON_URL=own_triton.url))

    await control.RepositoryModelUnload(service_pb2.RepositoryModelUnloadRequest(model_name="carried"))
    assert (
        "warn model: 'carried' came with its files in a load call. If its process dies, or Triton restarts, load it "
        "again in the same way: only that brings it back." in lines
    )
    assert "carried" in lines[-1]


def test_an_empty_repository_is_reported():
    assert [str(finding) for finding in (*triton.readiness({}), *triton.served([]))] == [
        "FAIL models: the repository is empty: Triton has nothing to serve.",
        "ok   public models: none; only users whose plan names one may use it.",
    ]


async def test_a_triton_that_does_not_listen_is_reported(new_settings):
    assert await said(triton.examine, new_settings(TRITON_URL="127.0.0.1:1")) == [
        "FAIL Triton: it does not answer at GATEHOUSE_TRITON_URL: nothing answers there."
    ]


async def test_an_invalid_address_is_reported(new_settings):
    assert await said(triton.examine, new_settings(TRITON_URL="http://127.0.0.1:8000")) == [
        "FAIL Triton: GATEHOUSE_TRITON_URL must be HOST:PORT, grpc://HOST:PORT, grpcs://HOST:PORT (TLS) or unix:PATH, "
        "the address of Triton's gRPC service, not 'http://127.0.0.1:8000'."
    ]


async def test_each_of_several_tritons_is_examined_and_they_are_compared(
    new_settings, tmp_path_factory, own_triton, triton_of_all, control
):
    await load(control, "costly")
    other = Repository(tmp_path_factory.mktemp("other"))
    other.add("costly_there")
    config = other.folder / "costly" / "config.pbtxt"
    config.write_text(config.read_text().replace('"7"', '"9"'))
    with servers.Triton(tmp_path_factory.mktemp("other-data"), [other.folder]) as second:
        urls = f"{own_triton.url},{second.url},127.0.0.1:1"
        http = f"{own_triton.http_url},{triton_of_all.http_url},http://127.0.0.1:1"

        lines = await said(triton.examine, new_settings(TRITON_URL=urls, TRITON_HTTP_URL=http))
        second.kill()

    of_second = [line for line in lines if f" at {second.url}: " in line]
    assert of_second == [
        f"ok   Triton at {second.url}: answers in N ms.",
        f"ok   models at {second.url}: all 2 are ready.",
        f"FAIL Triton by HTTP at {second.url}: GATEHOUSE_TRITON_HTTP_URL and GATEHOUSE_TRITON_URL are of servers with "
        "different models.",
    ]
    assert f"ok   Triton at {own_triton.url}: answers in N ms." in lines
    assert f"ok   Triton by HTTP at {own_triton.url}: it answers and has the same models." in lines
    assert "FAIL Triton at 127.0.0.1:1: it does not answer at GATEHOUSE_TRITON_URL: nothing answers there." in lines
    assert (
        f"warn model: 'costly' is declared differently at {second.url} than at {own_triton.url} (cost). It is called "
        "at the latter, and at the former once both declare it alike."
    ) in lines
    [public] = [line for line in lines if line.startswith("ok   public models: ")]
    assert {"costly", "costly_there"} <= set(public.removeprefix("ok   public models: ").rstrip(".").split(", "))
