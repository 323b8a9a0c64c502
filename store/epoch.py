"""The epoch of the credential cache: cache entries in Redis from an earlier epoch do not count.

It rises in Postgres when a new Redis server is first seen, and when a revocation could not be written to Redis. Every
process reads it twice a second, and at once when another process notifies it. The same reading returns the retired
signing keys, and which of the credentials with running operations have ended.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Sequence, Set
from datetime import timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg

from db import postgres
from db.postgres import PostgresDown
from settings import Settings
from telemetry import loops

logger = logging.getLogger(__name__)

# A revocation that could not be written to Redis waits this long after it has raised the epoch. So does the command
# that retires a key.
KNOWN_EVERYWHERE_AFTER = timedelta(seconds=2)

# No command is written with an older reading. It runs 0.1 s later at most, which is well within the two seconds.
OLDEST_READING = 1.7
_INTERVAL = timedelta(seconds=0.5)
_READ_WITHIN = 0.5
_FAILS_WITHIN = 1.3
# A reading waits at most half a second for the answer, and half a second for a cancelled query to end.
_TURN_WITHIN = timedelta(seconds=3)
# Readings that a caller waits for before it is refused.
_MOST_READINGS = 3
_CHANNEL = "gatehouse_index"

# A migration that waits for the table of users or credentials makes every reader of that table wait behind it. The
# epoch is then still read; only the ends of running operations are found later.
_LOCK_WITHIN = timedelta(milliseconds=100)

# Of rows of redis_identities. One server, which has no node, replaces all others, also where a previous version of the
# service has added it. The masters of a cluster are live side by side.
IS_LIVE = "(replaced_at IS NULL AND (node <> '' OR generation = (SELECT max(generation) FROM redis_identities)))"
# Keys and ids as one text: for an array asyncpg would first query its type, on each new connection.
_READ = """
SELECT epoch, (SELECT coalesce(string_agg(generation::text, ' '), '') FROM redis_identities WHERE IS_LIVE) AS live,
       (SELECT coalesce(string_agg(kid, ' '), '') FROM retired_keys) AS retired
FROM index_state WHERE id = 1
""".replace("IS_LIVE", IS_LIVE)
# A credential has ended if no row says that it is live, so it does not matter in which way it ended.
ENDED = """
SELECT coalesce(string_agg(asked.id, ' '), '') AS ended FROM unnest(string_to_array($1::text, ' ')) AS asked (id)
WHERE NOT EXISTS (
    SELECT FROM sessions c JOIN users u ON u.id = c.user_id
    WHERE c.id = asked.id::uuid AND c.revoked_at IS NULL AND c.expires_at > clock_timestamp()
        AND u.suspended_at IS NULL
) AND NOT EXISTS (
    SELECT FROM api_tokens c JOIN users u ON u.id = c.user_id
    WHERE c.id = asked.id::uuid AND c.revoked_at IS NULL AND c.expires_at > clock_timestamp()
        AND u.suspended_at IS NULL
)
"""
RAISE = """
WITH risen AS (UPDATE index_state SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch)
SELECT epoch, pg_notify('gatehouse_index', '') FROM risen
"""


class Running(Protocol):
    """The operations that run in this process, by credential."""

    def credentials(self) -> Sequence[UUID]: ...

    def end(self, ended: Collection[UUID], retired_keys: Set[str]) -> None: ...


class _Reading(NamedTuple):
    epoch: int
    live: Collection[int]
    retired_keys: Sequence[str]
    ended: Collection[UUID]


class Epoch:
    """One per process. The number is 0 until it was first read."""

    def __init__(self, settings: Settings) -> None:
        self.number = 0
        # The numbers of the Redis servers that are in use: one, or the masters of a cluster. No process goes on with
        # another one.
        self.live: Collection[int] = frozenset()
        self._live_since = 0
        # Credentials signed with these keys are refused. A key stays here even if an older Postgres is restored.
        self.retired_keys: set[str] = set()
        self.postgres_answers = False
        # Set once, before the first reading; None in a process that runs no operations.
        self.running: Running | None = None
        self._dsn = str(settings.database_direct_url)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._is_closed = False
        self._fresh_until = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._notified = asyncio.Event()

    async def watch(self) -> None:
        await loops.forever("epoch", self.read, every=_INTERVAL, within=_TURN_WITHIN, wake=self._notified)

    async def fresh(self) -> None:
        """Returns when the last reading is young enough to admit with, or Postgres is known not to answer.

        After three readings that were too old when they ended it returns too: `is_fresh` is then False.
        """
        # A process that was stopped for a while has missed its readings, and the changes in them.
        for _ in range(_MOST_READINGS):
            if self.is_fresh:
                return
            await self.read()

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() < self._fresh_until

    async def read(self) -> None:
        """Callers that ask at the same time share a reading."""
        # A reading that has ended is not awaited, although its callback may not have run yet. That await would not
        # yield, and a caller that reads until the epoch is fresh would keep the callback from ever running.
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._forget_reading)
        await asyncio.shield(self._reading)

    def observe(self, number: int, live: Collection[int] | None = None, retired_keys: Iterable[str] = ()) -> None:
        """For what this process has learned in another way. The number never goes down.

        `live` belongs to this number: the epoch rises whenever the servers in use change.
        """
        self.number = max(self.number, number)
        if live is not None and number >= self._live_since:
            self.live, self._live_since = frozenset(live), number
        self.retired_keys.update(retired_keys)

    async def aclose(self) -> None:
        # Who waited for a reading that came too late begins another one. It must leave no connection behind.
        self._is_closed = True
        if self._reading is not None:
            # A reading ends within a second. Cancelled while it connects, it could leave a connection behind.
            await asyncio.wait({self._reading})
        self._disconnect()

    async def _read(self) -> None:
        started_at = time.monotonic()
        asking = asyncio.create_task(self._ask())
        asking.add_done_callback(postgres.look_at_error)
        if not await postgres.ends(asking, timedelta(seconds=_READ_WITHIN)):
            # Closing the connection ends the query. Cancelling it would wait for Postgres.
            self._disconnect()
            asking.cancel()
            await asyncio.wait({asking}, timeout=_READ_WITHIN)
        ended: Collection[UUID] = ()
        try:
            found = asking.result()
            self.observe(found.epoch, found.live, found.retired_keys)
            ended = found.ended
        except (PostgresDown, asyncio.CancelledError, asyncio.InvalidStateError) as error:
            self._note_failure(started_at, error)
            return
        except Exception as error:
            # A fault of our own, such as a missing table: the loop logs it, and no caller is admitted with it.
            self._note_failure(started_at, error)
            raise
        finally:
            if self.running is not None:
                self.running.end(ended, self.retired_keys)
        self._fresh_until = started_at + OLDEST_READING
        self.postgres_answers = True

    async def _ask(self) -> _Reading:
        async with postgres.as_postgres_down():
            connection = await self._connected()
            row = await connection.fetchrow(_READ)
            ended = await self._ended(connection)
        if row is None:
            raise PostgresDown("the table index_state is empty")
        return _Reading(row["epoch"], [*map(int, row["live"].split())], row["retired"].split(), ended)

    async def _connected(self) -> "asyncpg.Connection[asyncpg.Record]":
        connection = self._connection
        if connection is None or connection.is_closed():
            if self._is_closed:
                raise PostgresDown("this process has closed its connection")
            connection = await asyncpg.connect(self._dsn, timeout=_READ_WITHIN)
            self._connection = connection
            await connection.add_listener(_CHANNEL, self._on_notify)
        return connection

    async def _ended(self, connection: "asyncpg.Connection[asyncpg.Record]") -> Collection[UUID]:
        """Of the credentials with running operations, those that have ended."""
        running = self.running.credentials() if self.running is not None else ()
        if not running:
            return ()
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = {_LOCK_WITHIN // timedelta(milliseconds=1)}")
                ended = await connection.fetchval(ENDED, " ".join(map(str, running)))
        except asyncpg.LockNotAvailableError as error:
            logger.info("Which running operations must end is not known yet: %s", error)
            return ()
        return {*map(UUID, ended.split())}

    def _on_notify(self, *_: Any) -> None:
        self._notified.set()

    def _note_failure(self, started_at: float, error: BaseException) -> None:
        self._disconnect()
        # A process that was stopped during the reading does not know that Postgres failed: it must ask again.
        if time.monotonic() - started_at > _FAILS_WITHIN:
            return
        if self.postgres_answers:
            logger.warning("The epoch could not be read from Postgres: %s: %s", type(error).__name__, error)
        self.postgres_answers = False
        self._fresh_until = started_at + OLDEST_READING

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _forget_reading(self, reading: asyncio.Task[None]) -> None:
        if self._reading is reading:
            self._reading = None
        if not reading.cancelled():
            # The loop shares this reading and logs its error.
            reading.exception()


async def raise_it() -> int:
    """Raises the epoch and returns the new number. Raises PostgresDown."""
    found = await postgres.rows(RAISE)
    return int(found[0]["epoch"])
