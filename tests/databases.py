"""One Postgres for the run, and databases in it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from db import migrate
from local import servers
from settings import Settings
from tests import clusters
from tests.environ import environ

# Of all rows but what a gate that goes on knows of Redis. Plans come last: they are kept as long as a user has them.
_TABLES = (
    "webhook_tries webhooks webhook_secrets api_tokens audit_events credential_events jobs left_addresses mail_codes "
    "mail_cooldowns mail_tries objects pgqueuer pgqueuer_log pgqueuer_schedules pgqueuer_statistics recovery_codes "
    "refusals retired_keys second_factors sessions usage usage_comparisons usage_days usage_differences usage_folds "
    "usage_hours usage_rejected users plans"
)
# Their triggers keep acts of administration and the last administrator.
_GUARDED = ("audit_events", "users")
DELETIONS = "; ".join(
    [
        *(f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for table in _GUARDED),
        *(f'DELETE FROM "{table}"' for table in _TABLES.split()),  # noqa: S608 - our own tables
        *(f'ALTER TABLE "{table}" ENABLE TRIGGER USER' for table in _GUARDED),
    ]
)
FORGET_REDIS = "DELETE FROM redis_identities; UPDATE index_state SET epoch = 1"
_numbers = count()
_emptied: list[str] = []


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[servers.Postgres]:
    clusters.fill(server_folder)
    with servers.Postgres(server_folder, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
async def template(postgres: servers.Postgres) -> str:
    """The name of a database with all tables, to be copied: to make them takes far longer."""
    name = "template_of_all"
    await _execute(postgres, f"CREATE DATABASE {name}")
    await migrate.migrate(Settings.from_environ(environ(DATABASE_URL=_address(postgres, name))))
    return name


@pytest.fixture(scope="session")
async def service_database_url(postgres: servers.Postgres, template: str) -> str:
    """The one database of all services that have no reason for another."""
    await _execute(postgres, f"CREATE DATABASE of_services TEMPLATE {template}")
    return _address(postgres, "of_services")


@pytest.fixture(scope="session")
async def accounts_database_url(postgres: servers.Postgres, template: str) -> str:
    """The one database of all tests of accounts that run in this process; each leaves it empty."""
    await _execute(postgres, f"CREATE DATABASE of_accounts TEMPLATE {template}")
    return _address(postgres, "of_accounts")


@pytest.fixture(scope="session")
async def gates_database_url(postgres: servers.Postgres, template: str) -> str:
    """The one database of all tests of gates that run in this process; each leaves it as it was."""
    await _execute(postgres, f"CREATE DATABASE of_gates TEMPLATE {template}")
    return _address(postgres, "of_gates")


@pytest.fixture
async def database_url(postgres: servers.Postgres) -> AsyncIterator[str]:
    """A database of the test's own, with nothing in it."""
    async with own_database(postgres, "template1") as url:
        yield url


@pytest.fixture
async def migrated_url(postgres: servers.Postgres, template: str) -> AsyncIterator[str]:
    """A database with all tables and nothing in them. It was another test's before: to make one takes ten times longer
    than to empty it."""
    if _emptied:
        name = _emptied.pop()
    else:
        name = f"emptied_{next(_numbers)}"
        await _execute(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address(postgres, name)
    await _empty(postgres, name)
    _emptied.append(name)


async def _empty(postgres: servers.Postgres, name: str) -> None:
    # A process that is still connected would continue to write.
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
    database = await asyncpg.connect(_address(postgres, name))
    try:
        await database.execute(others, name)
        await database.execute(DELETIONS)
        await database.execute(FORGET_REDIS)
    finally:
        await database.close()


@asynccontextmanager
async def own_database(postgres: servers.Postgres, template: str) -> AsyncIterator[str]:
    """The address of a copy of the database `template`, which is dropped at the end."""
    name = f"test_{next(_numbers)}"
    await _execute(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address(postgres, name)
    await _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(postgres: servers.Postgres, statement: str) -> None:
    # A connection for each: a test may stop or kill Postgres between two of them.
    server = await asyncpg.connect(postgres.url)
    await server.execute(statement)
    await server.close()


def _address(postgres: servers.Postgres, database: str) -> str:
    return urlunsplit(urlsplit(postgres.url)._replace(path=f"/{database}"))
