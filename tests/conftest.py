"""The real servers, started once for the whole run, and people who talk to the service."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from local import servers
from tests.service import Client, Service

ROOT = Path(__file__).parent.parent
SHIPPED_MODELS = ROOT / "inference" / "models"
TEST_MODELS = ROOT / "tests" / "models"

_numbers = count()


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[servers.Postgres]:
    with servers.Postgres(server_folder, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def redis(server_folder: Path) -> Iterator[servers.Redis]:
    with servers.Redis(server_folder) as server:
        yield server


@pytest.fixture(scope="session")
def triton(server_folder: Path) -> Iterator[servers.Triton]:
    """With the shipped models and those of the tests. Tests that stop or break a Triton start their own."""
    with servers.Triton(server_folder, [SHIPPED_MODELS, TEST_MODELS]) as server:
        yield server


@pytest.fixture(scope="session")
def settings(postgres: servers.Postgres, redis: servers.Redis, triton: servers.Triton) -> dict[str, str]:
    return {
        "GATEHOUSE_DATABASE_URL": postgres.url,
        "GATEHOUSE_REDIS_URL": redis.url,
        "GATEHOUSE_TRITON_URL": triton.url,
        "GATEHOUSE_VISITOR_INFERENCE": "true",
    }


@pytest.fixture(scope="session")
def new_service(settings: dict[str, str], server_folder: Path) -> Callable[..., Service]:
    """Makes a service, not yet started, with other settings: `new_service(VISITOR_INFERENCE="false")`."""

    def make(**changes: str) -> Service:
        changed = {f"GATEHOUSE_{name}": value for name, value in changes.items()}
        return Service(settings | changed, server_folder / f"service-{next(_numbers)}.log")

    return make


@pytest.fixture(scope="session")
def service(new_service: Callable[..., Service]) -> Iterator[Service]:
    with new_service() as started:
        yield started


@pytest.fixture(scope="session")
async def visitor(service: Service) -> AsyncIterator[Client]:
    client = Client(service.url)
    yield client
    await client.aclose()


@pytest.fixture
async def database_url(postgres: servers.Postgres) -> AsyncIterator[str]:
    """A database of the test's own, with nothing in it."""
    name = f"test_{next(_numbers)}"
    server = await asyncpg.connect(postgres.url)
    await server.execute(f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(postgres.url)._replace(path=f"/{name}"))
    if server.is_closed():  # the test has stopped or killed Postgres
        server = await asyncpg.connect(postgres.url)
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()
