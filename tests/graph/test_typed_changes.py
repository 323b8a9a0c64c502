"""Models that come, go and clash while a service runs, in a Triton of these tests' own."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import grpc
import pytest
from tritonclient.grpc import service_pb2_grpc

from access.callers import Caller
from inference.server import ModelServer
from local import servers
from resolvers import models
from settings import Settings
from tests import forked
from tests.abuse.wire import Line, network, query
from tests.conftest import TEST_MODELS
from tests.graph.model_control import code, load, unload
from tests.graph.outages import eventually
from tests.graph.typed_fields import names
from tests.service import Client, Service

RUN = "{ typed { a_b(IN: {data: {values: [1]}}) { OUT { values } } } }"
STATE = '{ model(name: "a_b") { ready version versions } }'
UP = {"model": {"ready": True, "version": "1", "versions": ["1"]}}
UNLOADED = {"model": {"ready": False, "version": None, "versions": ["1"]}}


class Repository:
    """Two models whose names become one in GraphQL; `a.b` is private until it is published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("a.b", "a_b"):
            shutil.copytree(TEST_MODELS / "costly", folder / name)
            self.edit(name, '"costly"', f'"{name}"')
        self.edit("a.b", '"true"', '"false"')

    def publish(self) -> None:
        self.edit("a.b", '"false"', '"true"')

    def withdraw(self) -> None:
        self.edit("a.b", '"true"', '"false"')

    def edit(self, name: str, old: str, new: str) -> None:
        config = self.folder / name / "config.pbtxt"
        config.write_text(config.read_text().replace(old, new))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def own_triton(tmp_path_factory: pytest.TempPathFactory, repository: Repository) -> Iterator[servers.Triton]:
    """Not yet started."""
    server = servers.Triton(tmp_path_factory.mktemp("typed"), [repository.folder])
    yield server
    server.kill()  # a stop in good order takes seconds
    server.stop()


@pytest.fixture(scope="module")
def early(new_service: Callable[..., Service], own_triton: servers.Triton) -> Iterator[Service]:
    """A service that is started before its Triton."""
    service = new_service(TRITON_URL=own_triton.url)
    service.start(until="/healthz")
    yield service
    service.stop()


@pytest.fixture(scope="module")
async def client(early: Service) -> AsyncIterator[Client]:
    client = Client(early.url)
    yield client
    await client.aclose()


@pytest.fixture(scope="module")
async def control(own_triton: servers.Triton) -> AsyncIterator[service_pb2_grpc.GRPCInferenceServiceStub]:
    if not own_triton.is_running():
        own_triton.start()
    async with grpc.aio.insecure_channel(own_triton.url) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


async def test_a_service_serves_before_its_triton_and_offers_the_models_when_they_come(client, own_triton):
    assert await names(client) is None
    assert await code(client, "{ models { totalCount } }") == "MODEL_UNAVAILABLE"
    assert (await client.run("{ service { health } }"))["service"]["health"] == "DEGRADED"

    own_triton.start()

    await eventually(names, client, becomes={"a_b"})
    assert (await client.run(RUN))["typed"]["a_b"]["OUT"]["values"] == [1]


async def test_a_model_that_is_unloaded_is_unavailable_until_it_is_loaded_again(client, control):
    await unload(control, "a_b")

    await eventually(client.run, STATE, becomes=UNLOADED)
    refusal = await client.refusal(RUN)
    assert (refusal["code"], refusal["path"]) == ("MODEL_UNAVAILABLE", ["typed", "a_b"])
    assert await names(client) == {"a_b"}

    await load(control, "a_b")

    await eventually(client.run, STATE, becomes=UP)
    assert await code(client, RUN) is None


async def test_a_clash_at_run_time_leaves_the_newcomer_out(early, client, control, repository):
    repository.publish()
    await unload(control, "a.b")
    await load(control, "a.b")

    await eventually(code, client, '{ model(name: "a.b") { name } }', becomes=None)

    said = (
        "Models 'a.b' and 'a_b' would both be named 'a_b' under `typed`. 'a.b' has no field there until one of them is "
        "renamed."
    )
    await eventually(lambda: said in early.log.read_text(), becomes=True)
    assert await names(client) == {"a_b"}
    assert await code(client, RUN) is None


def test_a_clash_at_the_start_stops_it_and_names_both(new_service, own_triton, control):
    service = new_service(TRITON_URL=own_triton.url)

    ended = forked.run("serve", "--port", str(service.port), environ=service.environ)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "gatehouse: Models 'a.b' and 'a_b' would both be named 'a_b' under `typed`. "
        "Rename one of them, or make one not public."
    )
    assert "Traceback" not in ended.stderr


async def test_a_model_that_is_made_private_is_gone(client, control, repository):
    repository.withdraw()
    await unload(control, "a.b")
    await load(control, "a.b")

    await eventually(code, client, '{ model(name: "a.b") { name } }', becomes="MODEL_NOT_FOUND")
    assert await names(client) == {"a_b"}


async def test_what_a_caller_may_call_is_looked_at_again_after_a_call_on_the_same_connection(
    early, control, repository
):
    asked = query('{ infer(model: "a_b", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { version } }')

    async with Line(early.port, network()) as line:

        async def said() -> object:
            await line.post(asked)
            _, _, body = await line.answer()
            return body["errors"][0]["extensions"]["code"] if "errors" in body else body["data"]["infer"]

        assert [await said() for _ in range(3)] == [{"version": "1"}] * 3

        repository.edit("a_b", '"true"', '"false"')
        await load(control, "a_b")
        await eventually(said, becomes="MODEL_NOT_FOUND")

        repository.edit("a_b", '"false"', '"true"')
        await load(control, "a_b")
        await eventually(said, becomes={"version": "1"})

        await unload(control, "a_b")
        await eventually(said, becomes="MODEL_UNAVAILABLE")

        await load(control, "a_b")
        await eventually(said, becomes={"version": "1"})


async def test_a_document_that_was_priced_before_costs_what_its_model_costs_now(client, control, repository):
    async def cost() -> object:
        asked = '{ rateLimit(dryRun: true) { cost } infer(model: "a_b", inputs: []) { model } }'
        return (await client.run(asked))["rateLimit"]["cost"]

    assert await cost() == await cost() == 7

    repository.edit("a_b", '"7"', '"9"')
    await load(control, "a_b")
    await eventually(cost, becomes=9)

    repository.edit("a_b", '"9"', '"7"')
    await load(control, "a_b")
    await eventually(cost, becomes=7)


async def test_what_kept_prices_follow_from_changes_with_the_price_and_not_at_each_look(
    settings, own_triton, control, repository
):
    """An operation is priced anew when this changes. Over the wire a new schema would hide that: it drops all prices,
    some time later."""
    server = ModelServer(Settings.from_environ(settings | {"GATEHOUSE_TRITON_URL": own_triton.url}))
    visitor = Caller(None, None, "203.0.113.1", "203.0.113.1", None, visitor_inference=True, body_bytes=1000)
    watching = asyncio.create_task(server.watch())
    seen = []
    try:
        for old, new in (("7", "7"), ("7", "9"), ("9", "7")):
            repository.edit("a_b", f'"{old}"', f'"{new}"')
            await load(control, "a_b")
            await eventually(lambda: models.quote(server, visitor, "a_b").units, becomes=int(new))
            seen.append(models.quotes_follow_from(server, visitor))
            server.catalogue.join()
            assert models.quotes_follow_from(server, visitor) == seen[-1]
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await server.aclose()

    assert len(set(seen)) == 3


async def test_a_declaration_that_cannot_be_read_hides_its_model_alone(early, client, control, repository):
    repository.edit("a_b", '"7"', '"free"')
    await unload(control, "a_b")
    await load(control, "a_b")

    await eventually(code, client, STATE, becomes="MODEL_NOT_FOUND")
    await eventually(names, client, becomes=None)

    said = "Model 'a_b': gatehouse.cost must be a whole number from 1 to 1048576, not 'free'. The model is not served."
    assert early.log.read_text().count(said) == 1
