"""What is done to Postgres by its own statements, and to its disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.faults.fault import Fault, Trouble
from tests.journey.installation import Installation

_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'gatehouse'"
_TABLES = (
    "index_state, usage, usage_folds, sessions, api_tokens, credential_events, pgqueuer, plans, users, jobs, webhooks"
)


@asynccontextmanager
async def _administrator(installation: Installation) -> AsyncIterator[Any]:
    """Connected beforehand, and to another database, so that what is taken away can be given back."""
    address = urlunsplit(urlsplit(installation.postgres.url)._replace(path="/postgres"))
    connection = await asyncpg.connect(address)
    try:
        yield connection
    finally:
        await connection.close()


def _by_statements(begin: str, end: str, *, cut: bool = True, cut_after: bool = False) -> Trouble:
    @asynccontextmanager
    async def trouble(installation: Installation) -> AsyncIterator[None]:
        async with _administrator(installation) as administrator:
            await administrator.execute(begin)
            if cut:
                await administrator.execute(_CUT)
            try:
                yield
            finally:
                await administrator.execute(end)
                if cut_after:
                    await administrator.execute(_CUT)

    return trouble


@asynccontextmanager
async def _password_changed(installation: Installation) -> AsyncIterator[None]:
    change = f"ALTER ROLE gatehouse PASSWORD '{installation.postgres.password}'"
    async with _by_statements("ALTER ROLE gatehouse PASSWORD 'another'", change)(installation):
        yield


@asynccontextmanager
async def _rights_revoked(installation: Installation) -> AsyncIterator[None]:
    async with installation.database() as database:
        await database.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM gatehouse")
        try:
            yield
        finally:
            await database.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO gatehouse")


@asynccontextmanager
async def _locked(installation: Installation) -> AsyncIterator[None]:
    async with installation.database() as database:
        await database.execute("BEGIN")
        while True:
            try:
                await database.execute(f"LOCK TABLE {_TABLES} IN ACCESS EXCLUSIVE MODE")
                break
            except asyncpg.DeadlockDetectedError:
                # The service takes some of these tables in another order.
                await database.execute("ROLLBACK; BEGIN")
        yield


@asynccontextmanager
async def _out_of_connections(installation: Installation) -> AsyncIterator[None]:
    async with AsyncExitStack() as closing:
        administrator = await closing.enter_async_context(_administrator(installation))
        taken: list[Any] = []

        async def take() -> None:
            while True:
                taken.append(await asyncpg.connect(installation.postgres.url))

        # Connected processes are cut off, and find no free connection.
        with suppress(asyncpg.TooManyConnectionsError):
            await take()
        ours = [one.get_server_pid() for one in taken]
        await administrator.execute(_CUT + f" AND pid <> ALL (ARRAY{ours}::int[])")
        with suppress(asyncpg.TooManyConnectionsError):
            await take()
        try:
            yield
        finally:
            for one in taken:
                one.terminate()


async def _have_no_room(installation: Installation) -> None:
    """Raises AssertionError where Postgres still finds room for 80 MB."""
    try:
        async with installation.database() as database:
            await database.execute("CREATE TABLE more AS SELECT md5(n::text) FROM generate_series(1, 1000000) AS n")
    except (asyncpg.PostgresError, OSError):
        return
    raise AssertionError("the disk is not full")


@asynccontextmanager
async def _disk_full(installation: Installation) -> AsyncIterator[None]:
    filler = installation.postgres.folder / "filler"
    try:
        with suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(b"\0" * 2**20)
        await _have_no_room(installation)
        yield
    finally:
        filler.unlink()
        # Without room for its journal it ends itself.
        await asyncio.sleep(0.5)
        if not installation.postgres.is_running():
            await asyncio.to_thread(installation.postgres.start)


ALL = [
    Fault(
        "postgres",
        "CONNECT revoked, connections cut",
        _by_statements(
            "REVOKE CONNECT ON DATABASE gatehouse FROM PUBLIC, gatehouse",
            "GRANT CONNECT ON DATABASE gatehouse TO PUBLIC, gatehouse",
        ),
        5,
        "revoked",
    ),
    Fault("postgres", "rights on all tables revoked", _rights_revoked, 5, "rights"),
    Fault("postgres", "password changed, connections cut", _password_changed, 5, "password"),
    Fault("postgres", "connections cut", _by_statements("SELECT 1", "SELECT 1"), 0, "cut"),
    Fault(
        "postgres",
        "takes no connections",
        _by_statements("ALTER DATABASE gatehouse CONNECTION LIMIT 0", "ALTER DATABASE gatehouse CONNECTION LIMIT -1"),
        5,
        "limit",
    ),
    Fault("postgres", "out of connections", _out_of_connections, 5, "crowded"),
    Fault(
        "postgres",
        "read-only",
        _by_statements(
            "ALTER DATABASE gatehouse SET default_transaction_read_only = on",
            "ALTER DATABASE gatehouse RESET default_transaction_read_only",
            cut_after=True,
        ),
        5,
        "read-only",
    ),
    Fault("postgres", "tables locked for 8 s", _locked, 8, "locked"),
    Fault("postgres", "disk full", _disk_full, 5, "disk"),
]
