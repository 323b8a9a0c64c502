"""Triton stopped, hanging, killed and back, with a service and a Triton of these tests' own."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from local import servers
from tests import model_calls
from tests.conftest import TEST_MODELS
from tests.graph.outages import eventually
from tests.graph.transports import TRANSPORTS, http_url
from tests.service import Client, Service

SLOW = 'infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [%d]}}]) { version }'
CALL = "{ " + SLOW % 1 + " }"
LONG_CALL = "{ " + SLOW % 20_000 + " }"
READY = "{ models { nodes { name ready version } } }"


@pytest.fixture(scope="module")
def own_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Triton]:
    repository = tmp_path_factory.mktemp("repository")
    shutil.copytree(TEST_MODELS / "slow", repository / "slow")
    with servers.Triton(tmp_path_factory.mktemp("outages"), [repository]) as server:
        yield server
        server.kill()  # a stop in good order takes seconds


@pytest.fixture(scope="module", params=TRANSPORTS)
def own_service(
    request: pytest.FixtureRequest, new_service: Callable[..., Service], own_triton: servers.Triton
) -> Iterator[Service]:
    http = http_url(request.param, own_triton)
    with new_service(TRITON_URL=own_triton.url, TRITON_HTTP_URL=http, METRICS_ADDRESS=model_calls.address()) as service:
        yield service


@pytest.fixture(autouse=True)
async def _up_before_and_after(own_triton: servers.Triton, client: Client) -> AsyncIterator[None]:
    await eventually(code, client, becomes=None)
    yield
    own_triton.resume()
    if not own_triton.is_running():
        own_triton.start()


async def code(client: Client, query: str = CALL) -> str | None:
    problems = (await client.post(query)).json().get("errors")
    return problems[0]["extensions"]["code"] if problems else None


async def sent(service: Service) -> float:
    """The calls that were sent to Triton and have ended."""
    return await model_calls.metric(service, "gatehouse_triton_seconds_count")


async def triton_health(client: Client) -> tuple[str, str]:
    service = (await client.run("{ service { health dependencies { name health } } }"))["service"]
    return service["health"], {item["name"]: item["health"] for item in service["dependencies"]}["triton"]


@pytest.mark.parametrize("end", [servers.Triton.stop, servers.Triton.kill])
async def test_a_server_that_is_gone_is_unavailable_and_works_again_when_it_is_back(client, own_triton, end):
    await asyncio.to_thread(end, own_triton)

    assert await code(client) == "MODEL_UNAVAILABLE"
    await eventually(triton_health, client, becomes=("DEGRADED", "DOWN"))
    assert (await client.http.get("/readyz")).json()["dependencies"]["triton"] == "DOWN"
    assert (await client.http.get("/healthz")).status_code == 200
    assert (await client.run(READY))["models"]["nodes"] == [{"name": "slow", "ready": False, "version": None}]

    await asyncio.to_thread(own_triton.start)

    await eventually(code, client, becomes=None)
    await eventually(triton_health, client, becomes=("UP", "UP"))
    assert (await client.run(READY))["models"]["nodes"] == [{"name": "slow", "ready": True, "version": "1"}]


async def test_a_server_that_hangs_is_unavailable_and_then_asked_no_more(client, own_triton, own_service):
    own_triton.pause()

    # Not DEADLINE_EXCEEDED, after the time that a call may take.
    assert await code(client) == "MODEL_UNAVAILABLE"
    await eventually(triton_health, client, becomes=("DEGRADED", "DOWN"))
    before = await sent(own_service)
    assert [await code(client) for _ in range(12)] == ["MODEL_UNAVAILABLE"] * 12
    # None has waited for it. benchmarks/outages.py measures the deadlines that docs/architecture.md promises.
    assert await sent(own_service) == before > 0

    own_triton.resume()

    await eventually(code, client, becomes=None)


async def test_calls_under_way_end_when_the_server_is_killed(client, own_service, own_triton):
    calls = await model_calls.begun(own_service, *(code(client, LONG_CALL) for _ in range(2)))

    own_triton.kill()

    assert await asyncio.gather(*calls) == ["MODEL_UNAVAILABLE"] * 2


async def test_what_triton_said_is_logged_and_not_shown(client, own_triton, own_service):
    own_triton.kill()

    problem = (await client.post(CALL)).json()["errors"][0]

    assert problem["message"] in (
        "Model 'slow' is not available. Try again in a few seconds.",
        "Model 'slow' is not ready. Try again in a few seconds.",
        "The inference server does not answer. Try again in a few seconds.",
    )
    await eventually(
        lambda: own_service.log.read_text().rpartition("Triton answers.")[2].count("Triton does not answer."), becomes=1
    )
    assert "Traceback" not in own_service.log.read_text()
