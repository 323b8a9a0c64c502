"""A service with its worker for the clients, and copies of the examples that nothing else writes into."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import paths, servers
from tests import databases, kept, together
from tests.clients import packages
from tests.clients.journeys import Installation
from tests.environ import environ
from tests.service import Service, Worker


@pytest.fixture(scope="package")
async def database_of_clients(postgres: servers.Postgres, template: str):
    async with databases.own_database(postgres, template) as url:
        yield url


@pytest.fixture(scope="package")
def installation(
    database_of_clients: str,
    triton: servers.Triton,
    signing_keys_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """With a Redis of its own: the worker counts the calls of all that use it."""
    folder = Path(tmp_path_factory.mktemp("clients"))
    redis, mail = servers.Redis(folder), servers.Mail(folder)
    with servers.running(redis, mail):
        settings = environ(
            DATABASE_URL=database_of_clients,
            REDIS_URL=redis.url,
            TRITON_URL=triton.url,
            SMTP_URL=mail.url,
            SIGNING_KEYS_FILE=str(signing_keys_file),
            FRONTEND_URL="https://front.example.org",
            MAIL_FROM="Gatehouse <noreply@example.org>",
            # As in examples/browser.
            ALLOWED_ORIGINS="http://127.0.0.1:3000",
            # Two images are 10 units, and the third would be 15.
            FREE_UNITS_PER_MINUTE="14",
        )
        service, worker = Service(settings, folder / "service.log"), Worker(settings, folder / "worker.log")
        with together.running(service, worker):
            yield Installation(f"{service.url}/graphql", mail.mails, database_of_clients)


@pytest.fixture(scope="package")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a checkout with what the examples use, as it is committed."""
    return copied(tmp_path_factory.mktemp("checkout"))


def copied(folder: Path) -> Path:
    """The files as they are; what was generated or installed beside them stays behind."""
    left = shutil.ignore_patterns(".venv", "node_modules", "generated", "gatehouse_client", "__pycache__", "*_cache")
    shutil.copytree(packages.EXAMPLES, folder / "examples", ignore=left)
    shutil.copy(paths.ROOT / "schema.graphql", folder)
    return folder


def fetched(get: Callable[[], Path]) -> Path:
    try:
        return get()
    except kept.NotInstalled as missing:
        pytest.skip(str(missing))
