"""One transaction of the rollup: the new entries of some logs are added to `usage`, or set aside.

An entry that cannot be read goes to `usage_rejected` unchanged, with the reason. So does an entry that Postgres
refuses. `last_id` moves past it as past any other entry. The tables keep older names (`usage_folds`): a rename is not
worth a migration.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from db import postgres
from limits import entries, partitions
from limits.entries import Entry, Malformed
from limits.partitions import Log
from store.redis import Store
from telemetry import metrics

logger = logging.getLogger(__name__)

READ_WITHIN = timedelta(seconds=1)
# How much of an entry that cannot be read is kept, to find out why.
_KEPT_BYTES = 64 * 1024
_LONGEST_REASON = 255
# Postgres will refuse such a value each time. asyncpg raises ValueError for some of them.
_REFUSED = (asyncpg.DataError, ValueError)

# A process that is stopped while it holds the locks would block the rollup of these partitions in all processes.
_BEGIN = """
SELECT set_config('idle_in_transaction_session_timeout', '5s', true), set_config('lock_timeout', '1s', true)
"""
_START = """
INSERT INTO usage_folds (partition, generation, last_id)
SELECT l.partition, l.generation, '0-0' FROM unnest($1::text[], $2::int[]) AS l (partition, generation)
WHERE NOT EXISTS (SELECT FROM usage_folds f WHERE f.partition = l.partition AND f.generation = l.generation)
ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
# In one order, so that two rollups cannot wait for each other.
_LOCK = """
SELECT f.partition, f.generation, f.last_id FROM usage_folds f
JOIN unnest($1::text[], $2::int[]) AS l (partition, generation)
    ON f.partition = l.partition AND f.generation = l.generation
ORDER BY 1, 2 FOR UPDATE OF f
"""
_ADD = """
INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::float8[])
ON CONFLICT (user_id, token_id, model, hour) DO UPDATE
SET calls = usage.calls + EXCLUDED.calls, failed = usage.failed + EXCLUDED.failed,
    units = usage.units + EXCLUDED.units, inference_ms = usage.inference_ms + EXCLUDED.inference_ms
"""
_SET_ASIDE = """
INSERT INTO usage_rejected (partition, generation, entry_id, entry, reason, at)
SELECT l.partition, l.generation, l.entry_id, l.entry, l.reason, now()
FROM unnest($1::text[], $2::int[], $3::text[], $4::bytea[], $5::text[])
    AS l (partition, generation, entry_id, entry, reason)
"""
_MOVE = """
UPDATE usage_folds f SET last_id = l.last_id
FROM unnest($1::text[], $2::int[], $3::text[]) AS l (partition, generation, last_id)
WHERE f.partition = l.partition AND f.generation = l.generation
"""

# The column of the calls among the parameters of `_ADD`.
_CALLS = 4

_Row = tuple[UUID, UUID | None, str, datetime]


class Rejected(NamedTuple):
    """An entry that could not be added to usage, unchanged, and the reason."""

    partition: str
    generation: int
    entry_id: str
    entry: bytes
    reason: str


class RefusedEntries(Exception):
    """Postgres refuses a value of one of these entries, and would do so again. Nothing was committed."""

    def __init__(self, identities: Sequence[bytes], reason: str) -> None:
        self.entries = identities
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Committed:
    """How far a log is committed now, and how many entries are new."""

    last_id: bytes
    count: int


@dataclass(slots=True)
class _Found:
    """What was read from the logs."""

    read: list[Entry] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    identities: list[bytes] = field(default_factory=list)


async def commit(
    store: Store, logs: Sequence[Log], at_once: int, *, refused: Mapping[bytes, str]
) -> dict[Log, Committed]:
    """Adds at most `at_once` entries of each log. Those in `refused` are set aside with the reason given there.

    Raises RefusedEntries, StoreDown, and all errors of Postgres.
    """
    async with in_transaction("default") as tx:
        # Another rollup of these logs waits here until this one has committed. It reads the logs only then.
        marks = await lock(tx, logs)
        found, committed = _Found(), dict[Log, Committed]()
        for log, answer in zip(marks, await _read(store, marks, at_once), strict=True):
            committed[log] = Committed(answer[-1][0] if answer else marks[log].encode(), len(answer))
            _sort(log, answer, refused, found)
        columns = _columns(found.read)
        if found.identities:
            await _write(tx, found, columns)
            await tx.execute_query_dict(_MOVE, _moved(committed))
    _note(found, columns)
    return committed


async def set_aside(rejected: Sequence[Rejected]) -> None:
    """In a separate transaction. Raises PostgresDown."""
    await postgres.rows(_SET_ASIDE, *_kept(rejected))
    _note_rejected(rejected)


async def lock(tx: BaseDBAsyncClient, logs: Sequence[Log]) -> dict[Log, str]:
    """Locks the marks, and returns the last committed id of each log."""
    names = [[log.partition for log in logs], [log.generation for log in logs]]
    await tx.execute_query_dict(_BEGIN)
    await tx.execute_query_dict(_START, names)
    rows = await tx.execute_query_dict(_LOCK, names)
    return {Log(row["partition"], row["generation"]): row["last_id"] for row in rows}


async def _read(store: Store, marks: Mapping[Log, str], at_once: int) -> list[Any]:
    commands = [
        ("XRANGE", partitions.log(*log), f"({last_id}", "+", "COUNT", at_once) for log, last_id in marks.items()
    ]
    return await store.batch(commands, within=READ_WITHIN)


def _sort(log: Log, answer: Sequence[Any], refused: Mapping[bytes, str], found: _Found) -> None:
    for identity, fields in answer:
        found.identities.append(identity)
        packed = fields[1]
        try:
            if identity in refused:
                raise Malformed(refused[identity])
            found.read.append(entries.unpack(packed))
        except Malformed as error:
            found.rejected.append(Rejected(*log, identity.decode(), packed, str(error)))


async def _write(tx: BaseDBAsyncClient, found: _Found, columns: list[list[Any]]) -> None:
    if found.read:
        try:
            await tx.execute_query_dict(_ADD, columns)
        except (OperationalError, ValueError) as error:
            # Tortoise wraps these errors, and also errors of outages that end by themselves.
            cause = error.__cause__ or error
            if not isinstance(cause, _REFUSED):
                raise
            raise RefusedEntries(found.identities, f"{type(cause).__name__}: {cause}") from error
    if found.rejected:
        await tx.execute_query_dict(_SET_ASIDE, _kept(found.rejected))


def _kept(rejected: Sequence[Rejected]) -> list[list[Any]]:
    rows = [
        # Postgres cannot store NUL in a text.
        (*one[:3], one.entry[:_KEPT_BYTES], one.reason.replace("\0", " ")[:_LONGEST_REASON])
        for one in rejected
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _columns(read: Sequence[Entry]) -> list[list[Any]]:
    rows: defaultdict[_Row, list[float]] = defaultdict(lambda: [0, 0, 0, 0.0])
    for entry in read:
        for outcome in entry.outcomes:
            row = rows[entry.user_id, entry.token_id, outcome.model or "", entry.hour]
            for column, more in enumerate((outcome.calls, outcome.failed, outcome.units, outcome.milliseconds)):
                row[column] += more
    # In one order everywhere, so that two rollups of one user's logs cannot wait for each other.
    ordered = sorted(rows.items(), key=lambda item: tuple(map(str, item[0])))
    return [[row[number] for row, _ in ordered] for number in range(4)] + [
        [sums[number] for _, sums in ordered] for number in range(4)
    ]


def _moved(committed: Mapping[Log, Committed]) -> list[list[Any]]:
    moved = [(*log, one.last_id.decode()) for log, one in committed.items() if one.count]
    return [list(column) for column in zip(*moved, strict=True)]


def _note(found: _Found, columns: list[list[Any]]) -> None:
    metrics.CALLS_ROLLED_UP.inc(sum(columns[_CALLS]))
    _note_rejected(found.rejected)


def _note_rejected(rejected: Sequence[Rejected]) -> None:
    metrics.USAGE_REJECTED.inc(len(rejected))
    for partition, generation, identity, _, reason in rejected:
        logger.error("Entry %s of log %s:%s is not added to usage: %s", identity, partition, generation, reason)
