"""Brings the database to what the files in `migrations/models/` say.

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

import asyncpg
from aerich import Command
from aerich.utils import import_py_file
from tortoise import connections
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from db.connection import APP, address, config
from settings import Settings

FOLDER = Path(__file__).parent / "migrations"

# Any number will do that nothing else in this database takes for pg_advisory_lock.
_LOCK = 0x6761_7465_686F_7573
_CONNECT_WITHIN = timedelta(seconds=5)
_ANSWER_WITHIN = timedelta(seconds=5)
_MIGRATE_WITHIN = timedelta(minutes=10)

# Whoever comes after a statement that waits for a table waits behind it, readers too. So it waits briefly, and lets
# them pass before it tries again.
_LOCK_WITHIN = timedelta(seconds=3)
_PAUSE = timedelta(seconds=2)
_TRIES = 10
_LOOK_EVERY = timedelta(milliseconds=100)

_WAITS = """
SELECT mode || ' on ' || coalesce(relation::regclass::text, 'a ' || locktype) AS lock, (
    SELECT string_agg(
        format('process %s of Postgres has (%s since %s UTC)',
               pid, state, to_char(xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS')), ', ')
    FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1))
) AS holders
FROM pg_locks WHERE pid = $1 AND NOT granted
"""


class LockHeld(Exception):
    """A migration was not applied, for others kept a lock that it needs; the message says which lock and who."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Between the files and a database: `pending` are those it has not seen, `unknown` what it has and nobody here has.

    Unknown ones are a newer version's. This one serves on them: every migration is safe for the version before it.
    """

    pending: list[str]
    unknown: list[str]


async def migrate(settings: Settings) -> list[str]:
    """Applies what is pending and returns the files' names, in order; each is a transaction of its own.

    Any number of processes may call it at once: one does it, the others wait and find nothing left to do. The service
    may run meanwhile. Raises TimeoutError after 10 minutes of waiting for the others, and LockHeld.
    """
    async with _alone(settings) as onlooker:
        names = await pending(settings)
        if not names:
            return []
        # A context of its own: aerich would otherwise take whatever database this process is connected to.
        async with TortoiseContext() as context:
            tortoise = config(settings, answer_within=_MIGRATE_WITHIN)
            await context.init(config=tortoise)
            command = Command(tortoise, app=APP, location=str(FOLDER))
            await command.init()
            for name in names:
                await _apply(command, name, onlooker)
        return names


async def pending(settings: Settings) -> list[str]:
    """The names of the files that this database has not seen, in order."""
    return (await difference(settings)).pending


async def difference(settings: Settings) -> Difference:
    """Changes nothing, and waits for nobody who migrates."""
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


async def _apply(command: Command, name: str, onlooker: asyncpg.Connection) -> None:
    if not getattr(import_py_file(FOLDER / APP / name), "RUN_IN_TRANSACTION", True):
        # Nobody waits behind what works CONCURRENTLY, however long it waits; broken off, it would leave half an index.
        await command._upgrade(connections.get("default"), name)
        return
    for tries in range(1, _TRIES + 1):
        waits: list[str] = []
        try:
            await _apply_once(command, name, onlooker, waits)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if tries == _TRIES:
                raise _held(name, waits) from error
        await asyncio.sleep(_PAUSE.total_seconds())


async def _apply_once(command: Command, name: str, onlooker: asyncpg.Connection, waits: list[str]) -> None:
    """Notes in `waits` what it waited for, the last at the end."""
    async with in_transaction("default") as transaction:
        milliseconds = _LOCK_WITHIN // timedelta(milliseconds=1)
        await transaction.execute_script(f"SET LOCAL lock_timeout = {milliseconds}")
        (row,) = await transaction.execute_query_dict("SELECT pg_backend_pid() AS pid")
        looking = asyncio.create_task(_look(onlooker, row["pid"], waits))
        try:
            await command._upgrade(transaction, name)
        finally:
            looking.cancel()
            await asyncio.wait({looking})
        if not looking.cancelled():
            # It ends by itself only when its connection is lost, and the advisory lock with it.
            looking.result()


async def _look(onlooker: asyncpg.Connection, pid: int, waits: list[str]) -> None:
    # Postgres says that a lock was not to be had in time, and not which: whoever asks meanwhile can see it.
    while True:
        row = await onlooker.fetchrow(_WAITS, pid)
        if row is not None:
            waits.append(f"{row['lock']}, which {row['holders'] or 'somebody has'}")
        await asyncio.sleep(_LOOK_EVERY.total_seconds())


def _held(name: str, waits: list[str]) -> LockHeld:
    what = waits[-1] if waits else "a lock that somebody has"
    return LockHeld(
        f"{name} was not applied: {_TRIES} times it waited {_LOCK_WITHIN.total_seconds():g} s for {what}. "
        "Nothing of it was changed; migrate again when that has ended."
    )


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    async with _connection(settings) as connection:
        async with asyncio.timeout(_MIGRATE_WITHIN.total_seconds()):
            # Asked for again and again: a statement that waits for the lock would itself be waited for, without end,
            # by a CREATE INDEX CONCURRENTLY of whoever has it.
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - as said
                await asyncio.sleep(0.1)
        yield connection


@asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Closing it gives up its locks. Raises SettingsError."""
    connection = await asyncpg.connect(
        address(settings),
        timeout=_CONNECT_WITHIN.total_seconds(),
        command_timeout=_ANSWER_WITHIN.total_seconds(),
    )
    try:
        yield connection
    finally:
        await connection.close(timeout=_ANSWER_WITHIN.total_seconds())
