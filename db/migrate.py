"""Applies the migration files in `migrations/models/` to the database.

A new table or column: write it in `db/models/`, start Postgres (`make run`), set the variables in `.local/env`, and let
`aerich migrate --name <what it does>` write the file; then read it. It must be reversible and safe while the
previous version of the service still runs. Outside of a transaction a file does only what may be broken off and
run again: something CONCURRENTLY, or a backfill in parts. A file that is merged is never edited.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from tortoise import connections
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

import lazy_init
from db import poolers, postgres
from db.connection import APP, config, direct_address, direct_variable
from db.poolers import Pooling
from settings import Settings

if TYPE_CHECKING:
    from aerich import Command

FOLDER = Path(__file__).parent / "migrations"

# Any number that nothing else in this database uses for pg_advisory_lock.
_LOCK = 0x6761_7465_686F_7573
_CONNECT_WITHIN = timedelta(seconds=5)
_ANSWER_WITHIN = timedelta(seconds=5)
_MIGRATE_WITHIN = timedelta(minutes=10)

# Every later statement, a read too, waits behind a statement that waits for a table. So it waits briefly, and lets
# them pass before it tries again.
LOCK_WITHIN = timedelta(seconds=3)
PAUSE = timedelta(seconds=2)
TRIES = 10
LOOK_EVERY = timedelta(milliseconds=100)

_WAITS = """
SELECT mode || ' on ' || coalesce(relation::regclass::text, 'a ' || locktype) AS lock, (
    SELECT string_agg(
        format('process %s of Postgres has (%s since %s UTC)',
               pid, state, to_char(xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS')), ', ')
    FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1))
) AS holders
FROM pg_locks WHERE pid = $1 AND NOT granted
"""


class NotMigrated(Exception):
    """Nothing, or not everything, was applied; the message says why and what to do."""


class LockHeld(NotMigrated):
    """Another process kept a lock that a migration needs; the message names the lock and the process."""


class Pooled(NotMigrated):
    """A pooler between this process and Postgres may give each transaction another session."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Files and database compared: `pending` are files not applied yet; `unknown` are applied ones without a file here.

    Unknown ones are of a newer version. This version can run on them: every migration is safe for the version before.
    """

    pending: list[str]
    unknown: list[str]


async def migrate(settings: Settings) -> list[str]:
    """Applies what is pending and returns the files' names, in order; each runs in its own transaction.

    Any number of processes may call it at once: one does it, the others wait and find nothing left to do. The service
    may run at the same time. Raises TimeoutError after 10 minutes of waiting for the others, LockHeld and Pooled.
    """
    if await poolers.find(direct_address(settings)) is Pooling.TRANSACTION:
        raise Pooled(
            f"{direct_variable(settings)} leads to a pooler in transaction mode, such as PgBouncer, through which the "
            "lock of a migration does not hold. Nothing was changed; set GATEHOUSE_DATABASE_DIRECT_URL to the address "
            "of Postgres itself."
        )
    async with _alone(settings) as onlooker:
        names = await pending(settings)
        if not names:
            return []
        # Not before: to import it takes longer than to find that there is nothing to apply. It compares dictionaries
        # with a library that also knows numpy's arrays, if it can import them.
        with lazy_init.absent("numpy"):
            from aerich import Command
        # Its own context: otherwise aerich would use the database that this process is connected to.
        async with TortoiseContext() as context:
            tortoise = config(settings, answer_within=_MIGRATE_WITHIN, migrating=True)
            await context.init(config=tortoise)
            command = Command(tortoise, app=APP, location=str(FOLDER))
            await command.init()
            for name in names:
                await _apply(command, name, onlooker)
        return names


async def pending(settings: Settings) -> list[str]:
    """The names of the files that are not applied to this database, in order."""
    return (await difference(settings)).pending


async def difference(settings: Settings) -> Difference:
    """Changes nothing, and does not wait for a migration that runs."""
    async with _connection(settings) as connection:
        # On an empty database there is not even aerich's own table.
        known = await connection.fetchval("SELECT to_regclass('aerich') IS NOT NULL")
        rows = await connection.fetch("SELECT version FROM aerich WHERE app = $1 ORDER BY id", APP) if known else []
    applied, files = [row["version"] for row in rows], _files()
    return Difference(
        pending=[name for name in files if name not in set(applied)],
        unknown=[name for name in applied if name not in set(files)],
    )


def _files() -> list[str]:
    names = [path.name for path in (FOLDER / APP).glob("[0-9]*_*.py")]
    return sorted(names, key=lambda name: int(name.split("_")[0]))


async def _apply(command: "Command", name: str, onlooker: asyncpg.Connection) -> None:
    from aerich.utils import import_py_file

    if not getattr(import_py_file(FOLDER / APP / name), "RUN_IN_TRANSACTION", True):
        # No statement waits behind one that works CONCURRENTLY, so it has no deadline; a cancel leaves half an index.
        await command._upgrade(connections.get("default"), name)
        return
    for tries in range(1, TRIES + 1):
        waits: list[str] = []
        try:
            await _apply_once(command, name, onlooker, waits)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if tries == TRIES:
                raise _held(name, waits) from error
        await asyncio.sleep(PAUSE.total_seconds())


async def _apply_once(command: "Command", name: str, onlooker: asyncpg.Connection, waits: list[str]) -> None:
    """Appends to `waits` each lock that it waited for."""
    async with in_transaction("default") as transaction:
        milliseconds = LOCK_WITHIN // timedelta(milliseconds=1)
        await transaction.execute_script(f"SET LOCAL lock_timeout = {milliseconds}")
        (row,) = await transaction.execute_query_dict("SELECT pg_backend_pid() AS pid")
        looking = asyncio.create_task(_look(onlooker, row["pid"], waits))
        looking.add_done_callback(postgres.look_at_error)
        try:
            await command._upgrade(transaction, name)
        finally:
            looking.cancel()
            await asyncio.wait({looking})
        if not looking.cancelled():
            # It ends by itself only when its connection is lost, and the advisory lock with it.
            looking.result()


async def _look(onlooker: asyncpg.Connection, pid: int, waits: list[str]) -> None:
    # The error of Postgres does not name the lock, so another connection asks for it during the wait.
    while True:
        row = await onlooker.fetchrow(_WAITS, pid)
        if row is not None and (row["holders"] or not waits or not waits[-1].startswith(f"{row['lock']}, ")):
            # The wait may have ended between the two halves of the question. What was seen before says more.
            waits.append(f"{row['lock']}, which {row['holders'] or 'another process has'}")
        await asyncio.sleep(LOOK_EVERY.total_seconds())


def _held(name: str, waits: list[str]) -> LockHeld:
    what = waits[-1] if waits else "a lock that another process has"
    return LockHeld(
        f"{name} was not applied: {TRIES} times it waited {LOCK_WITHIN.total_seconds():g} s for {what}. "
        "Nothing of it was changed; migrate again when that has ended."
    )


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    async with _connection(settings) as connection:
        async with asyncio.timeout(_MIGRATE_WITHIN.total_seconds()):
            # Polled: a statement that waits for the lock would itself be waited for, without end,
            # by a CREATE INDEX CONCURRENTLY of the process that has it.
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - as said
                await asyncio.sleep(0.1)
        yield connection


@asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection whose close releases its locks. Raises SettingsError."""
    connection = await asyncpg.connect(
        direct_address(settings),
        timeout=_CONNECT_WITHIN.total_seconds(),
        command_timeout=_ANSWER_WITHIN.total_seconds(),
    )
    try:
        yield connection
    finally:
        await connection.close(timeout=_ANSWER_WITHIN.total_seconds())
