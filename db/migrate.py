"""Brings the database to what the files in `migrations/models/` say.

A new table or column: write it in `db/models/`, start Postgres (`make run`), set the variables in `.local/env`, and let
`aerich migrate --name <what it does>` write the file; then read it. It must be reversible and safe while the
previous version of the service still runs. A file that is merged is never edited.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
from aerich import Command
from tortoise.context import TortoiseContext

from db.connection import APP, config
from settings import Settings

FOLDER = Path(__file__).parent / "migrations"

# Any number will do that nothing else in this database takes for pg_advisory_lock.
_LOCK = 0x6761_7465_686F_7573
_CONNECT_WITHIN = timedelta(seconds=5)
_ANSWER_WITHIN = timedelta(seconds=5)
_MIGRATE_WITHIN = timedelta(minutes=10)


async def migrate(settings: Settings) -> list[str]:
    """Applies what is pending and returns the files' names, in order; each is a transaction of its own.

    Any number of processes may call it at once: one does it, the others wait and find nothing left to do. Raises
    TimeoutError after 10 minutes of waiting.
    """
    async with _alone(settings):
        if not await pending(settings):
            return []
        # A context of its own: aerich would otherwise take whatever database this process is connected to.
        async with TortoiseContext() as context:
            tortoise = config(settings, answer_within=_MIGRATE_WITHIN)
            await context.init(config=tortoise)
            command = Command(tortoise, app=APP, location=str(FOLDER))
            await command.init()
            return await command.upgrade(run_in_transaction=True)


async def pending(settings: Settings) -> list[str]:
    """The names of the files that this database has not seen, in order."""
    async with _connection(settings) as connection:
        # On an empty database there is not even aerich's own table.
        known = await connection.fetchval("SELECT to_regclass('aerich') IS NOT NULL")
        rows = await connection.fetch("SELECT version FROM aerich WHERE app = $1", APP) if known else []
    applied = {row["version"] for row in rows}
    return [name for name in _files() if name not in applied]


def _files() -> list[str]:
    names = [path.name for path in (FOLDER / APP).glob("[0-9]*_*.py")]
    return sorted(names, key=lambda name: int(name.split("_")[0]))


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator[None]:
    async with _connection(settings) as connection:
        async with asyncio.timeout(_MIGRATE_WITHIN.total_seconds()):
            # Asked for again and again: a statement that waits for the lock would itself be waited for, without end,
            # by a CREATE INDEX CONCURRENTLY of whoever has it.
            while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110 - as said
                await asyncio.sleep(0.1)
        yield


@asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Closing it gives up its locks."""
    connection = await asyncpg.connect(
        str(settings.database_url),
        timeout=_CONNECT_WITHIN.total_seconds(),
        command_timeout=_ANSWER_WITHIN.total_seconds(),
    )
    try:
        yield connection
    finally:
        await connection.close(timeout=_ANSWER_WITHIN.total_seconds())
