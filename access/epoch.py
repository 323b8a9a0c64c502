"""The epoch of the index: what Redis holds from an earlier one counts for nothing.

It rises in Postgres at a Redis server that was never seen, and at a revocation that could not be written to Redis.
Every process reads it twice a second, and at once when another says that it rose. The same reading tells it which keys
were retired.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import asyncpg

from access import records
from access.records import PostgresDown
from settings import Settings
from telemetry import loops

logger = logging.getLogger(__name__)

# A revocation that could not be written to Redis waits this long after it has raised the epoch, and so does whoever has
# retired a key.
KNOWN_EVERYWHERE_AFTER = timedelta(seconds=2)

# No command is written by an older reading. It is done 0.1 s later at most, which is well within the two seconds.
_OLDEST_READING = 1.7
_INTERVAL = timedelta(seconds=0.5)
_READ_WITHIN = 0.5
_FAILS_WITHIN = 1.3
# A reading waits twice for the half second, once for the answer and once for the end of what was cancelled.
_TURN_WITHIN = timedelta(seconds=3)
# Readings that a caller waits for before it is refused.
_MOST_READINGS = 3
_CHANNEL = "gatehouse_index"

# The keys as one text: of an array asyncpg would first ask the type, with each new connection.
_READ = """
SELECT epoch, (SELECT coalesce(max(generation), 0) FROM redis_identities) AS newest,
       (SELECT coalesce(string_agg(kid, ' '), '') FROM retired_keys) AS retired
FROM index_state WHERE id = 1
"""
RAISE = """
WITH risen AS (UPDATE index_state SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch)
SELECT epoch, pg_notify('gatehouse_index', '') FROM risen
"""


class Epoch:
    """One per process. 0 until it was first read."""

    def __init__(self, settings: Settings) -> None:
        self.number = 0
        # The generation of the Redis server that was first seen last; no process goes on with an older one.
        self.newest_generation = 0
        # What they have signed is refused. A name that is here stays, whatever is restored into Postgres.
        self.retired_keys: set[str] = set()
        self.postgres_answers = False
        self._dsn = str(settings.database_url)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._begun_at = float("-inf")
        self._failed_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._told = asyncio.Event()

    async def watch(self) -> None:
        await loops.forever("epoch", self.read, every=_INTERVAL, within=_TURN_WITHIN, wake=self._told)

    async def fresh(self) -> None:
        """Returns when the last reading is young enough to admit by, or Postgres is known not to answer.

        After three readings that were too old when they ended it returns all the same: `is_fresh` is then False.
        """
        # A process that was stopped for a while has missed its readings, and what they would have said.
        for _ in range(_MOST_READINGS):
            if self.is_fresh:
                return
            await self.read()

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - max(self._begun_at, self._failed_at) < _OLDEST_READING

    async def read(self) -> None:
        """Those who ask at once share a reading."""
        # One that has ended is not waited for, though its callback may still be due: that would not yield, and who
        # asks until a reading is young enough would keep the callback from ever being called.
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._forget_reading)
        await asyncio.shield(self._reading)

    def observe(self, number: int, newest_generation: int = 0, retired_keys: Iterable[str] = ()) -> None:
        """What this process has learned otherwise. None ever falls."""
        self.number = max(self.number, number)
        self.newest_generation = max(self.newest_generation, newest_generation)
        self.retired_keys.update(retired_keys)

    async def aclose(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._hang_up()

    async def _read(self) -> None:
        begun_at = time.monotonic()
        asking = asyncio.create_task(records.translated(self._ask()))
        done, _ = await asyncio.wait({asking}, timeout=_READ_WITHIN)
        if not done:
            # Cutting the line ends the query: one that is cancelled would wait for Postgres to hear of it.
            self._hang_up()
            asking.cancel()
            await asyncio.wait({asking}, timeout=_READ_WITHIN)
        try:
            self.observe(*asking.result())
        except (PostgresDown, asyncio.CancelledError, asyncio.InvalidStateError) as error:
            self._note_failure(begun_at, error)
            return
        except Exception as error:
            # A fault of ours, such as a table that is not there: the loop tells of it, and no caller is admitted by it.
            self._note_failure(begun_at, error)
            raise
        self._begun_at = begun_at
        self.postgres_answers = True

    async def _ask(self) -> tuple[int, int, list[str]]:
        connection = self._connection
        if connection is None or connection.is_closed():
            connection = await asyncpg.connect(self._dsn, timeout=_READ_WITHIN)
            self._connection = connection
            await connection.add_listener(_CHANNEL, self._hear)
        row = await connection.fetchrow(_READ)
        if row is None:
            raise PostgresDown("the table index_state is empty")
        return row["epoch"], row["newest"], row["retired"].split()

    def _hear(self, *_: Any) -> None:
        self._told.set()

    def _note_failure(self, begun_at: float, error: BaseException) -> None:
        self._hang_up()
        # A process that was stopped while it waited has not heard Postgres fail: it must ask again.
        if time.monotonic() - begun_at > _FAILS_WITHIN:
            return
        if self.postgres_answers:
            logger.warning("Postgres does not tell the epoch: %s: %s", type(error).__name__, error)
        self.postgres_answers = False
        self._failed_at = begun_at

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _forget_reading(self, reading: asyncio.Task[None]) -> None:
        if self._reading is reading:
            self._reading = None
        if not reading.cancelled():
            # The loop, which shares it, tells of its error.
            reading.exception()


async def raise_it() -> int:
    """The new epoch. Raises PostgresDown."""
    found = await records.rows(RAISE)
    return int(found[0]["epoch"])
