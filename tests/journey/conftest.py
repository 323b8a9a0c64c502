"""One installation for all these tests; each has people of its own, and leaves everything running."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack

import pytest

from tests import pgbouncer
from tests.journey.accounts import digest as digest
from tests.journey.accounts import new_client as new_client
from tests.journey.accounts import person as person
from tests.journey.client import AccountClient
from tests.journey.installation import Installation, running


@pytest.fixture(scope="package")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    # Asked for by hand: tests/db/test_through_a_pooler.py has a part of it in each run.
    is_pooled = os.environ.get("THROUGH_PGBOUNCER") == "1"
    with running(tmp_path_factory.mktemp("journey"), is_pooled=is_pooled) as started, ExitStack() as stack:
        if started.pooler is not None:
            stack.enter_context(pgbouncer.kept_running(started.pooler))
        yield started


@pytest.fixture(scope="package")
async def installation(_servers: Installation) -> Installation:
    async with _servers.in_redis() as redis:
        await redis.config_set("appendfsync", "no")
    return _servers


@pytest.fixture
async def client_at(installation: Installation) -> AsyncIterator[Callable[..., AccountClient]]:
    """`client_at(0, session)` talks to the first process with that credential, `client_at(1)` to the second without."""
    async with AsyncExitStack() as closing:
        opened: list[AccountClient] = []

        def client(process: int, credential: str | None = None) -> AccountClient:
            opened.append(AccountClient(installation.urls[process], credential))
            closing.push_async_exit(opened[-1])
            return opened[-1]

        yield client
