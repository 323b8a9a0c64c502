"""Refused requests of users, for their owners to look at: noted in memory, and written to Postgres each second.

All of this is bounded: a flood of one kind is one entry with a count, and beyond some number of kinds the texts that a
caller chooses (operation, address, model) are left out. A process that is killed loses its last second of them.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError

import errors
from access.credentials import Credential, Kind
from db import postgres
from db.postgres import PostgresDown
from limits import entries
from telemetry import loops, metrics

logger = logging.getLogger(__name__)

# Kinds of one user in one hour, in Postgres and of what a process has still to write. Of all users in a process.
MOST_KINDS = 100
MOST = 5_000
_AT_ONCE = 500
_LONGEST_MESSAGE = 500
_LONGEST_OPERATION = 64
_INTERVAL = timedelta(seconds=0.5)
_WRITE_WITHIN = timedelta(seconds=3)
CLOSE_WITHIN = 1.0

# Only users who exist: a deleted one gets no new rows. The rows are in order, so that two processes which write the
# same ones wait for each other and do not block each other.
_WRITE = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::bigint[], $10::timestamptz[], $11::timestamptz[], $12::text[])
    AS given (user_id, token_id, model, hour, code, limit_window, operation, address, count, at, retry_at, message)
),
crowded AS (
    SELECT user_id, hour FROM refusals WHERE (user_id, hour) IN (SELECT user_id, hour FROM given)
    GROUP BY user_id, hour HAVING count(*) >= $13
),
fitting AS (
    SELECT given.*, c.user_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM refusals r WHERE r.user_id = given.user_id AND r.token_id IS NOT DISTINCT FROM given.token_id
            AND r.model = given.model AND r.hour = given.hour AND r.code = given.code
            AND r.limit_window = given.limit_window AND r.operation = given.operation AND r.address = given.address
    ) AS is_too_much
    FROM given JOIN users u ON u.id = given.user_id
    LEFT JOIN crowded c ON c.user_id = given.user_id AND c.hour = given.hour
)
INSERT INTO refusals AS kept
    (user_id, token_id, model, hour, code, limit_window, operation, address, count, at, retry_at, message)
SELECT user_id, token_id, CASE WHEN is_too_much THEN '' ELSE model END, hour, code, limit_window,
    CASE WHEN is_too_much THEN '' ELSE operation END, CASE WHEN is_too_much THEN '' ELSE address END,
    sum(count), max(at), (array_agg(retry_at ORDER BY at DESC))[1], (array_agg(message ORDER BY at DESC))[1]
FROM fitting GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
ON CONFLICT (user_id, hour, token_id, code, limit_window, operation, address, model) DO UPDATE SET
    count = kept.count + excluded.count,
    at = greatest(kept.at, excluded.at),
    retry_at = CASE WHEN excluded.at >= kept.at THEN excluded.retry_at ELSE kept.retry_at END,
    message = CASE WHEN excluded.at >= kept.at THEN excluded.message ELSE kept.message END
"""


class _KindOf(NamedTuple):
    """What refusals have in common that are one entry."""

    user_id: UUID
    token_id: UUID | None
    model: str
    hour: datetime
    code: str
    window: str
    operation: str
    address: str

    def without_texts(self) -> "_KindOf":
        return self._replace(model="", operation="", address="")


@dataclass(frozen=True, slots=True)
class _Noted:
    count: int
    at: datetime
    retry_at: datetime | None
    message: str


class Refusals:
    """One per process."""

    def __init__(self, postgres_answers: Callable[[], bool]) -> None:
        self._postgres_answers = postgres_answers
        self._pending: dict[_KindOf, _Noted] = {}
        self._kinds: Counter[UUID] = Counter()
        # Two writers at once, as at the end of the process, would both write the oldest.
        self._writing = asyncio.Lock()

    @property
    def pending(self) -> int:
        """How many kinds are noted, and not written yet."""
        return len(self._pending)

    def note(
        self,
        credential: Credential,
        refusal: errors.GatehouseError,
        *,
        model: str | None,
        operation: str | None,
        address: str,
    ) -> None:
        """`model`: the only one that the request called. `operation`: its name, checked to be one."""
        at = datetime.now(UTC)
        wait = getattr(refusal, "retry_after", None)
        kind = _KindOf(
            user_id=credential.user_id,
            token_id=credential.id if credential.kind is Kind.API_TOKEN else None,
            model=model or "",
            hour=entries.hour_of(at),
            code=refusal.code,
            window=getattr(refusal, "window", ""),
            # A name that was cleaned may be longer than it was. One row that does not fit would stop all others.
            operation=(operation or "")[:_LONGEST_OPERATION],
            # The zone of a link-local address means nothing on another machine, and may not fit the column.
            address=address.partition("%")[0],
        )
        self._add(kind, _Noted(1, at, None if wait is None else at + wait, str(refusal)[:_LONGEST_MESSAGE]))

    async def watch(self) -> None:
        await loops.forever("refusals", self._write_if_possible, every=_INTERVAL, within=_WRITE_WITHIN)

    async def write(self) -> None:
        """Writes the oldest of what is noted. Raises PostgresDown; then all of it is still noted. Any other error is a
        fault of ours that would come back for ever: what it was about is dropped.

        If Postgres had committed all the same, they are counted twice.
        """
        async with self._writing:
            await self._write()

    async def _write(self) -> None:
        batch = dict(islice(self._pending.items(), _AT_ONCE))
        if not batch:
            return
        columns = [list(column) for column in zip(*(_row(kind, noted) for kind, noted in batch.items()), strict=True)]
        try:
            await postgres.rows(_WRITE, *columns, MOST_KINDS)
        except PostgresDown:
            raise
        except Exception as error:
            if isinstance(error, IntegrityError) and isinstance(error.args[0], asyncpg.ForeignKeyViolationError):
                # A user was deleted at the same time. The next try leaves that user out.
                return
            self._forget(batch)
            self._drop(sum(noted.count for noted in batch.values()))
            raise
        self._forget(batch)

    async def aclose(self) -> None:
        """Writes what is noted, for one second at most."""
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                while self.pending and self._postgres_answers():
                    await self.write()
        except (PostgresDown, TimeoutError) as error:
            logger.info("Refusals could not be written: %s", error)
        self._drop(sum(noted.count for noted in self._pending.values()))
        self._pending.clear()
        self._kinds.clear()

    async def _write_if_possible(self) -> None:
        if self._postgres_answers():
            try:
                await self.write()
            except PostgresDown as error:
                logger.info("Refusals are not written yet: %s", error)

    def _add(self, kind: _KindOf, noted: _Noted) -> None:
        if kind not in self._pending and (self._kinds[kind.user_id] >= MOST_KINDS or self.pending >= MOST):
            kind = kind.without_texts()
        before = self._pending.get(kind)
        if before is not None:
            self._pending[kind] = replace(noted, count=before.count + noted.count)
        elif self.pending < 2 * MOST:
            self._pending[kind] = noted
            self._kinds[kind.user_id] += 1
        else:
            self._drop(noted.count)

    def _forget(self, batch: Mapping[_KindOf, _Noted]) -> None:
        for kind, noted in batch.items():
            self._remove(kind, noted)

    def _remove(self, kind: _KindOf, written: _Noted) -> None:
        now = self._pending.get(kind)
        if now is None:  # `aclose` has given up waiting for the statement
            return
        if now.count > written.count:  # more were noted during the statement
            self._pending[kind] = replace(now, count=now.count - written.count)
            return
        del self._pending[kind]
        self._kinds[kind.user_id] -= 1
        if not self._kinds[kind.user_id]:
            del self._kinds[kind.user_id]

    def _drop(self, count: int) -> None:
        if count:
            metrics.REFUSALS_DROPPED.inc(count)


def _row(kind: _KindOf, noted: _Noted) -> tuple[object, ...]:
    return *kind, noted.count, noted.at, noted.retry_at, noted.message
