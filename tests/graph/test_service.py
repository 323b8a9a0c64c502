"""What a service says of itself while Redis or Postgres is away, and how it ends."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from local import servers
from tests import clusters, model_calls, together
from tests.graph.outages import eventually
from tests.service import Client, Service

SERVICE = "{ service { version health dependencies { name health } } }"
CALL = '{ infer(model: "costly", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { outputs { values } } }'
SLEEP = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%d]}}]) { version } }'


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, servers.Server]]:
    """Redis and Postgres of these tests' own."""
    folder = tmp_path_factory.mktemp("service")
    clusters.fill(folder)
    postgres, redis = servers.Postgres(folder, durable=False), servers.Redis(folder)
    with servers.running(postgres, redis):
        yield {"postgres": postgres, "redis": redis}


@pytest.fixture(scope="module")
def own_service(new_service: Callable[..., Service], own: dict[str, servers.Server]) -> Iterator[Service]:
    service = new_service(DATABASE_URL=own["postgres"].url, REDIS_URL=own["redis"].url)
    service.migrate()
    with service:
        yield service


@pytest.fixture(scope="module")
async def client(own_service: Service) -> AsyncIterator[Client]:
    client = Client(own_service.url)
    yield client
    await client.aclose()


async def health(client: Client) -> tuple[str, frozenset[str]]:
    """Of the service, and which of what it stands on are down."""
    service = (await client.run(SERVICE))["service"]
    return service["health"], frozenset(item["name"] for item in service["dependencies"] if item["health"] == "DOWN")


UP: tuple[str, frozenset[str]] = ("UP", frozenset())


async def test_a_service_that_has_everything_is_up(visitor):
    answer = await visitor.run(SERVICE)

    assert answer["service"] == {
        "version": "0.7.0",
        "health": "UP",
        "dependencies": [{"name": name, "health": "UP"} for name in ("postgres", "redis", "triton")],
    }
    ready = await visitor.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"], ready.headers["cache-control"]) == (200, "UP", "no-store")
    alive = await visitor.http.get("/healthz")
    assert (alive.status_code, alive.text, alive.headers["cache-control"]) == (200, "alive\n", "no-store")


@pytest.mark.parametrize("name", ["postgres", "redis"])
@pytest.mark.parametrize("end", [servers.Server.stop, servers.Server.pause, servers.Server.kill])
async def test_a_dependency_that_is_away_is_named_and_inference_needs_redis_alone(client, own, own_service, name, end):
    warnings = said(own_service, "WARNING", name)
    await eventually(health, client, becomes=UP)
    await asyncio.to_thread(end, own[name])

    await eventually(health, client, becomes=("DEGRADED", frozenset({name})))

    ready = await client.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"], ready.json()["dependencies"][name]) == (503, "DEGRADED", "DOWN")
    assert (await client.http.get("/healthz")).status_code == 200
    if name == "postgres":
        assert (await client.run(CALL))["infer"]["outputs"] == [{"values": [1]}]
    else:
        await refused_at_once(client)

    await asyncio.to_thread(back, own[name])

    await eventually(health, client, becomes=UP)
    assert (await client.http.get("/readyz")).status_code == 200
    # Only the answer of the start is no warning.
    assert said(own_service, "INFO", name) == [f"{name.capitalize()} answers."]
    assert said(own_service, "WARNING", name)[len(warnings) :] == [
        f"{name.capitalize()} does not answer.",
        f"{name.capitalize()} answers.",
    ]


def said(service: Service, level: str, name: str) -> list[str]:
    line = rf"{level}.*({name.capitalize()} (?:answers|does not answer)\.)"
    return re.findall(line, service.log.read_text())


async def refused_at_once(client: Client) -> None:
    """What cannot be counted is not done. The answer comes while Redis is away, which lasts until the test ends it.

    It is due in 300 ms: tests/limits/test_outages.py holds the gate to that, benchmarks/outages.py measures it here.
    """
    answer = await client.post(CALL)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "data" not in answer.json()
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["SERVICE_UNAVAILABLE"]


def back(server: servers.Server) -> None:
    server.resume()
    if not server.is_running():
        server.start()


async def test_without_both_the_service_is_down_and_says_so(client, own, own_service):
    await eventually(health, client, becomes=UP)
    own["postgres"].pause()
    own["redis"].pause()

    await eventually(health, client, becomes=("DOWN", frozenset({"postgres", "redis"})))

    assert (await client.http.get("/readyz")).status_code == 503
    assert (await client.http.get("/healthz")).status_code == 200
    own["postgres"].resume()
    own["redis"].resume()
    await eventually(health, client, becomes=UP)
    assert "Traceback" not in own_service.log.read_text()


@pytest.fixture(scope="module")
def leaving(new_service: Callable[..., Service]) -> Iterator[list[Service]]:
    """Two for tests that end them."""
    both = [new_service(METRICS_ADDRESS=model_calls.address()) for _ in range(2)]
    with together.running(*both):
        yield both


async def test_an_idle_service_ends_quickly_quietly_and_in_good_order(leaving):
    service, _ = leaving
    client = Client(service.url)
    await client.run(CALL)

    status = await asyncio.to_thread(service.stop)

    assert status == 0
    log = service.log.read_text()
    # What uvicorn says before it waits for a client or a request.
    assert "Waiting for" not in log
    assert log.rstrip().endswith("Tortoise-ORM shutdown")
    assert not {"Traceback", "ERROR", "CRITICAL", "Exception"} & set(log.replace(":", " ").split())
    await client.aclose()


async def test_calls_under_way_are_finished_before_a_service_ends(leaving):
    _, service = leaving
    client = Client(service.url)
    [call] = await model_calls.begun(service, client.run(SLEEP % 1500))

    status = await asyncio.to_thread(service.stop)

    assert (await call)["infer"] == {"version": "1"}
    assert status == 0
    assert "Traceback" not in service.log.read_text()
    await client.aclose()


async def test_a_service_starts_while_everything_is_down(new_service):
    nowhere = {
        "DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/x",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "TRITON_URL": "127.0.0.1:1",
    }
    service = new_service(**nowhere)

    service.start(until="/healthz")

    client = Client(service.url)
    await eventually(health, client, becomes=("DOWN", frozenset({"postgres", "redis", "triton"})))
    await refused_at_once(client)
    await client.aclose()
    assert await asyncio.to_thread(service.stop) == 0
    assert "Traceback" not in service.log.read_text()
