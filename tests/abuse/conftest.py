"""One installation for all these tests. Each test has users and networks of its own, and leaves everything running."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.journey import installation
from tests.journey.client import AccountClient
from tests.journey.installation import Installation


@pytest.fixture(scope="package")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    # Large calls take long on a busy machine.
    patient = {"GATEHOUSE_INFERENCE_TIMEOUT_SECONDS": "120"}
    with installation.running(tmp_path_factory.mktemp("abuse"), settings=patient) as started:
        yield started


@pytest.fixture
async def client_at(attacked: Installation) -> AsyncIterator[Callable[..., AccountClient]]:
    """`client_at(0, session)` talks to the first process with that credential, `client_at(1)` to the second without."""
    async with AsyncExitStack() as closing:

        def client(process: int, credential: str | None = None) -> AccountClient:
            opened = AccountClient(attacked.urls[process], credential)
            closing.push_async_exit(opened)
            return opened

        yield client
