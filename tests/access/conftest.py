"""The gate over real servers, and people with credentials."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from local import servers
from tests.access import processes
from tests.access.people import Home, opened
from tests.environ import environ


@pytest.fixture(scope="session")
def gate_redis(server_folder: Path) -> Iterator[servers.Redis]:
    """A Redis of these tests' own: they flush, pause and kill it. What it acknowledged is in its file (see `home`)."""
    with servers.Redis(server_folder / "gate") as server:
        yield server


@pytest.fixture
async def home(migrated_url: str, gate_redis: servers.Redis) -> AsyncIterator[Home]:
    """One process's gate over an empty Redis and an empty Postgres."""
    settings = environ(DATABASE_URL=migrated_url, REDIS_URL=gate_redis.url)
    async with opened(settings, gate_redis) as found:
        yield found


@pytest.fixture(scope="session", autouse=True)
async def _processes() -> AsyncIterator[None]:
    yield
    await processes.end_all()
