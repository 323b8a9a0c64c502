"""Postgres: that it answers, keeps what it has committed, and has room for our processes."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg

from db import connection, migrate, poolers
from db.poolers import Pooling
from doctor import clocks, reach
from doctor.findings import Finding, fail, ok, warn
from settings import Settings, SettingsError

_CONNECT_WITHIN = timedelta(seconds=4)
_OLDEST = 16
# Besides its pool a process has one for the epoch, and a worker one for the emails.
_BESIDE_THE_POOL = 2
_BUSY = 0.8
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")

_STATE = """
SELECT current_setting('server_version_num')::int / 10000 AS version,
    pg_is_in_recovery() AS is_standby,
    current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('full_page_writes') AS full_page_writes,
    (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()) AS encoding,
    current_setting('is_superuser') = 'on' AS is_superuser,
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS has_tls,
    current_setting('max_connections')::int AS most,
    current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used
"""

_POOLER = "Postgres pooler"


class Unreachable(Exception):
    """The message says why, to follow "It does not answer: "."""


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    try:
        async for finding in _pooler(settings):
            yield finding
        async with connected(settings) as database:
            (state,) = await database.fetch(_STATE)
            for finding in (*server(state), *_durability(state), connections(state, settings)):
                yield finding
            yield await clocks.compare("Postgres clock", lambda: database.fetchval("SELECT clock_timestamp()"))
            if not state["has_tls"]:
                yield await tls(settings)
            yield await _migrations(settings)
    except Unreachable as error:
        yield fail("Postgres", f"it does not answer at {connection.direct_variable(settings)}: {error}.")


async def _pooler(settings: Settings) -> AsyncIterator[Finding]:
    """Raises Unreachable where Postgres itself does not answer."""
    if not connection.is_pooled(settings):
        async with _translated():
            pooling = await poolers.find(connection.address(settings))
        if pooling is Pooling.TRANSACTION:
            yield warn(
                _POOLER,
                "there is one, such as PgBouncer, in transaction mode: `gatehouse migrate` and the worker do not work "
                "through it. Set GATEHOUSE_DATABASE_DIRECT_URL to the address of Postgres itself.",
            )
        elif pooling is Pooling.SESSION:
            yield ok(_POOLER, "there is one, such as PgBouncer, in session mode.")
        return
    try:
        async with _translated():
            pooling = await poolers.find(connection.address(settings))
        if pooling is Pooling.NONE:
            yield warn(_POOLER, "there is none at GATEHOUSE_DATABASE_URL: leave GATEHOUSE_DATABASE_DIRECT_URL out.")
        else:
            yield ok(_POOLER, f"there is one, such as PgBouncer, in {pooling.value} mode, and a way around it.")
    except Unreachable as error:
        yield fail(_POOLER, f"it does not answer at GATEHOUSE_DATABASE_URL: {error}.")
    async with _translated():
        pooling = await poolers.find(connection.direct_address(settings))
    if pooling is Pooling.TRANSACTION:
        yield fail(
            _POOLER,
            "GATEHOUSE_DATABASE_DIRECT_URL leads to a pooler in transaction mode: name Postgres itself there.",
        )


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Raises Unreachable, also for what goes wrong while it is used."""
    async with _translated():
        database = await asyncpg.connect(connection.direct_address(settings), timeout=_CONNECT_WITHIN.total_seconds())
        try:
            yield database
        finally:
            # Not `close`, which would wait for a Postgres that hangs.
            database.terminate()


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except OSError as error:
        raise Unreachable(reach.why(error)) from error
    except asyncpg.PostgresError as error:
        raise Unreachable(_refusal(error)) from error
    # ValueError: the port in the address is none, which is seen only now.
    except (SettingsError, asyncpg.InterfaceError, ValueError) as error:
        raise Unreachable(
            "it must be like postgres://user:password@host:5432/name, with special characters of user and password "
            "percent-encoded"
        ) from error


def _refusal(error: asyncpg.PostgresError) -> str:
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return "it refuses the user or the password"
        case asyncpg.InvalidCatalogNameError():
            return "it has no database of that name"
        case asyncpg.TooManyConnectionsError():
            return "every connection is taken"
        case asyncpg.CannotConnectNowError():
            return "it is starting or stopping"
        case asyncpg.InvalidSQLStatementNameError() | asyncpg.DuplicatePreparedStatementError():
            return (
                "a pooler loses prepared statements: use PgBouncer 1.21 or newer, with "
                "max_prepared_statements above 0, or the address of Postgres itself"
            )
    return f"it refuses with SQLSTATE {error.sqlstate}"


def server(state: asyncpg.Record) -> Iterator[Finding]:
    version = state["version"]
    if version < _OLDEST:
        yield fail("Postgres", f"is version {version}; {_OLDEST} or newer is needed.")
    else:
        yield ok("Postgres", f"answers, version {version}.")
    if state["is_standby"]:
        yield fail("Postgres", "is a standby, which is read-only: name the primary in GATEHOUSE_DATABASE_URL.")
    if state["encoding"] != "UTF8":
        yield fail("Postgres encoding", f"is {state['encoding']}: create the database again with ENCODING 'UTF8'.")
    if state["is_superuser"]:
        yield warn("Postgres role", "is a superuser: create a role that owns only this database.")


def _durability(state: asyncpg.Record) -> Iterator[Finding]:
    off = [name for name in _DURABLE if state[name] == "off"]
    for name in off:
        yield fail(f"Postgres {name}", "is off: acknowledged changes may be lost, revocations too. Turn it on.")
    if not off:
        yield ok("Postgres durability", "every commit is on disk.")


def connections(state: asyncpg.Record, settings: Settings) -> Finding:
    # Those of a pool go to the pooler where there is one, which has its own bound.
    pool: int = 0
    if not connection.is_pooled(settings):
        pool = connection.config(settings)["connections"]["default"]["credentials"]["maxsize"]
    each, free = pool + _BESIDE_THE_POOL, state["most"] - state["reserved"]
    room = free // each
    sums = f"{state['most']} less {state['reserved']} reserved, at {each} a process: room for {room}"
    if room < 2:
        return fail("Postgres connections", f"{sums}, and API and worker are two. Raise max_connections.")
    if state["used"] > _BUSY * free:
        return warn("Postgres connections", f"{sums}; {state['used']} are taken now. Raise max_connections.")
    return ok("Postgres connections", f"{sums} processes of API and worker.")


async def tls(settings: Settings) -> Finding:
    host = urlsplit(str(settings.database_direct_url)).hostname
    # Without a host it is a socket on this machine.
    if host is None or await reach.is_near(host):
        return ok("Postgres TLS", "it is off, and the server is on this machine or in a private network.")
    return warn(
        "Postgres TLS",
        "it is off, and the server is in a public network: add ?sslmode=verify-full to "
        f"{connection.direct_variable(settings)}.",
    )


async def _migrations(settings: Settings) -> Finding:
    found = await migrate.difference(settings)
    if found.pending:
        return fail("migrations", f"{', '.join(found.pending)} missing: run `gatehouse migrate`.")
    if found.unknown:
        return warn("migrations", f"the database is newer than this version, which works with it: {found.unknown[-1]}.")
    return ok("migrations", "up to date.")
