"""When credentials were last used, and from where: noted at admission, written to Postgres in the background."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from access.credentials import Credential, Kind
from db import postgres
from db.postgres import PostgresDown
from store.epoch import Epoch
from telemetry import loops

logger = logging.getLogger(__name__)
K = TypeVar("K")
T = TypeVar("T")

# A process writes one use of a credential in this time. So the last use in Postgres may be too old by as much.
COARSENESS = timedelta(minutes=1)

# How many credentials a process remembers, and how many uses it keeps while Postgres is away.
MOST = 10_000
AT_ONCE = 1000
_INTERVAL = timedelta(seconds=1)
# Two statements, each with the deadline of `db.postgres`.
_WRITE_WITHIN = timedelta(seconds=5)
_CLOSE_WITHIN = 1.0
_PAUSE = 0.05

# The time only moves forward, because another process may have written a later use. The statement waits for no lock, so
# it is never part of a deadlock: it returns the rows that another transaction has locked, and they are tried again.
_WRITE = """
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS given (id, at, address)),
behind AS (
    SELECT kept.id FROM {table} kept JOIN given ON given.id = kept.id
    WHERE kept.last_used_at IS NULL OR kept.last_used_at < given.at
),
free AS (
    SELECT kept.id, given.at, given.address FROM {table} kept JOIN given ON given.id = kept.id
    WHERE kept.last_used_at IS NULL OR kept.last_used_at < given.at
    FOR NO KEY UPDATE OF kept SKIP LOCKED
),
written AS (UPDATE {table} SET {change} FROM free WHERE {table}.id = free.id RETURNING {table}.id)
SELECT id FROM behind EXCEPT SELECT id FROM written
"""
_STATEMENTS = {
    Kind.SESSION: _WRITE.format(table="sessions", change="last_used_at = free.at"),
    Kind.API_TOKEN: _WRITE.format(
        table="api_tokens", change="last_used_at = free.at, last_used_ip_address = free.address"
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Use:
    kind: Kind
    id: UUID
    at: datetime
    address: str | None


class LastUses:
    """One per process. If Postgres stays away for long, the oldest unwritten uses are dropped for newer ones."""

    def __init__(self, epoch: Epoch) -> None:
        self._epoch = epoch
        # By the credential's id as text.
        self._noted: OrderedDict[str, datetime] = OrderedDict()
        self._pending: OrderedDict[UUID, _Use] = OrderedDict()

    def note(self, credential: Credential, address: str | None, *, at: datetime) -> None:
        """Notes a use. Of the uses within a minute only the first is noted."""
        noted = self._noted.get(credential.name)
        if noted is not None and at - noted < COARSENESS:
            self._noted.move_to_end(credential.name)
            return
        # The zone of a link-local address means nothing on another machine, and may not fit the column.
        address = address.partition("%")[0] if address else None
        _remember(self._noted, credential.name, at)
        _remember(self._pending, credential.id, _Use(credential.kind, credential.id, at, address))

    @property
    def remembered(self) -> int:
        """Of how many credentials a use is known. Another one within the minute is not noted."""
        return len(self._noted)

    @property
    def pending(self) -> int:
        """How many uses are not written yet."""
        return len(self._pending)

    async def watch(self) -> None:
        await loops.forever("last_uses", self._write, every=_INTERVAL, within=_WRITE_WITHIN)

    async def _write(self) -> None:
        # A query to a Postgres that does not answer would only occupy connections.
        if self._epoch.postgres_answers:
            try:
                await self.write()
            except PostgresDown as error:
                logger.info("Last uses are not written yet: %s", error)

    async def write(self) -> None:
        """Writes the oldest thousand of the pending uses. Raises PostgresDown; then all of them are still pending."""
        batch = list(islice(self._pending.values(), AT_ONCE))
        for kind, statement in _STATEMENTS.items():
            uses = [use for use in batch if use.kind is kind]
            if uses:
                held = await postgres.rows(
                    statement, [use.id for use in uses], [use.at for use in uses], [use.address for use in uses]
                )
                self._forget(uses, {row["id"] for row in held})

    async def aclose(self) -> None:
        """Writes the pending uses, for one second at most."""
        try:
            async with asyncio.timeout(_CLOSE_WITHIN):
                while self.pending and self._epoch.postgres_answers:
                    await self.write()
                    if self.pending:
                        # Locked by another transaction, or by a statement of ours that was just cancelled.
                        await asyncio.sleep(_PAUSE)
        except (PostgresDown, TimeoutError) as error:
            logger.info("Last uses could not be written: %s", error)
        if self.pending:
            logger.warning("The last uses of %d credentials are lost", self.pending)
            self._pending.clear()

    def _forget(self, uses: Sequence[_Use], held: set[UUID]) -> None:
        for use in uses:
            # A later use may have replaced it during the statement.
            if self._pending.get(use.id) is use:
                if use.id in held:
                    self._pending.move_to_end(use.id)
                else:
                    del self._pending[use.id]


def _remember(among: OrderedDict[K, T], id: K, value: T) -> None:
    among[id] = value
    among.move_to_end(id)
    if len(among) > MOST:
        among.popitem(last=False)
