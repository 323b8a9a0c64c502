"""One installation for all these tests; each has people of its own, and leaves everything running."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.journey import installation
from tests.journey.client import Client
from tests.journey.installation import Installation


@pytest.fixture(scope="session")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation.running(tmp_path_factory.mktemp("journey")) as started:
        yield started


@pytest.fixture(scope="session")
async def home(_servers: Installation) -> Installation:
    async with _servers.in_redis() as redis:
        await redis.config_set("appendfsync", "no")
    return _servers


@pytest.fixture
async def at(home: Installation) -> AsyncIterator[Callable[..., Client]]:
    """`at(0, session)` talks to the first process with that credential, `at(1)` to the second one without any."""
    async with AsyncExitStack() as closing:
        opened: list[Client] = []

        def client(process: int, credential: str | None = None) -> Client:
            opened.append(Client(home.urls[process], credential))
            closing.push_async_exit(opened[-1])
            return opened[-1]

        yield client
