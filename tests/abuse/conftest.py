"""One installation for all these tests. Each test has users and networks of its own, and leaves everything running."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.journey import installation
from tests.journey.client import Client
from tests.journey.installation import Installation


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation.running(tmp_path_factory.mktemp("abuse")) as started:
        yield started


@pytest.fixture
async def at(attacked: Installation) -> AsyncIterator[Callable[..., Client]]:
    """`at(0, session)` talks to the first process with that credential, `at(1)` to the second one without any."""
    async with AsyncExitStack() as closing:

        def client(process: int, credential: str | None = None) -> Client:
            opened = Client(attacked.urls[process], credential)
            closing.push_async_exit(opened)
            return opened

        yield client
