"""One transaction of folding: what some logs hold beyond what was booked is added to `usage`, or set aside.

An entry that cannot be read goes to `usage_rejected` as it came, with the reason; so does one that Postgres refuses. It
is behind `last_id` like any other.
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

from access import entries, partitions, records
from access.entries import Entry, Malformed
from access.partitions import Log
from access.store import Store
from telemetry import metrics

logger = logging.getLogger(__name__)

READ_WITHIN = timedelta(seconds=1)
# Of an entry that cannot be read as much is kept as helps to find out why.
_KEPT_BYTES = 64 * 1024
_LONGEST_REASON = 255
# Postgres takes no such value, however often it is asked. ValueError: asyncpg's own word for it.
_REFUSED = (asyncpg.DataError, ValueError)

# A folder that is stopped while it has the locks holds up every other one of these partitions.
_BEGIN = """
SELECT set_config('idle_in_transaction_session_timeout', '5s', true), set_config('lock_timeout', '1s', true)
"""
_START = """
INSERT INTO usage_folds (partition, generation, last_id)
SELECT l.partition, l.generation, '0-0' FROM unnest($1::text[], $2::int[]) AS l (partition, generation)
WHERE NOT EXISTS (SELECT FROM usage_folds f WHERE f.partition = l.partition AND f.generation = l.generation)
ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
# In one order, so that two folders cannot wait for each other.
_LOCK = """
SELECT f.partition, f.generation, f.last_id FROM usage_folds f
JOIN unnest($1::text[], $2::int[]) AS l (partition, generation)
    ON f.partition = l.partition AND f.generation = l.generation
ORDER BY 1, 2 FOR UPDATE OF f
"""
_BOOK = """
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

# The column of these that `_BOOK` takes.
_CALLS = 4

_Row = tuple[UUID, UUID | None, str, datetime]


class Rejected(NamedTuple):
    """What could not be booked, as it came, and why."""

    partition: str
    generation: int
    entry_id: str
    entry: bytes
    reason: str


class Unbookable(Exception):
    """Postgres refuses what one of these entries holds, and would do so again. Nothing was booked."""

    def __init__(self, identities: Sequence[bytes], reason: str) -> None:
        self.entries = identities
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Booked:
    """How far a log is booked now, and how many entries are new."""

    last_id: bytes
    count: int


@dataclass(slots=True)
class _Found:
    """What was read of the logs."""

    read: list[Entry] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    identities: list[bytes] = field(default_factory=list)


async def book(store: Store, logs: Sequence[Log], at_once: int, *, refused: Mapping[bytes, str]) -> dict[Log, Booked]:
    """At most `at_once` entries of each log; those that are `refused`, with their reasons, are set aside.

    Raises Unbookable, StoreDown, and whatever Postgres raises.
    """
    async with in_transaction("default") as tx:
        # Another folder waits here until this one has committed, and reads the logs only then.
        behind = await _lock(tx, logs)
        found, booked = _Found(), dict[Log, Booked]()
        for log, answer in zip(behind, await _read(store, behind, at_once), strict=True):
            booked[log] = Booked(answer[-1][0] if answer else behind[log].encode(), len(answer))
            _sort(log, answer, refused, found)
        columns = _columns(found.read)
        if found.identities:
            await _write(tx, found, columns)
            await tx.execute_query_dict(_MOVE, _moved(booked))
    _note(found, columns)
    return booked


async def set_aside(rejected: Sequence[Rejected]) -> None:
    """In a transaction of its own. Raises PostgresDown."""
    await records.rows(_SET_ASIDE, *_kept(rejected))
    _note_rejected(rejected)


async def _lock(tx: BaseDBAsyncClient, logs: Sequence[Log]) -> dict[Log, str]:
    """Up to where each is booked."""
    names = [[log.partition for log in logs], [log.generation for log in logs]]
    await tx.execute_query_dict(_BEGIN)
    await tx.execute_query_dict(_START, names)
    rows = await tx.execute_query_dict(_LOCK, names)
    return {Log(row["partition"], row["generation"]): row["last_id"] for row in rows}


async def _read(store: Store, behind: Mapping[Log, str], at_once: int) -> list[Any]:
    commands = [
        ("XRANGE", partitions.log(*log), f"({last_id}", "+", "COUNT", at_once) for log, last_id in behind.items()
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
            await tx.execute_query_dict(_BOOK, columns)
        except (OperationalError, ValueError) as error:
            # Tortoise wraps these, and others that pass by themselves.
            cause = error.__cause__ or error
            if not isinstance(cause, _REFUSED):
                raise
            raise Unbookable(found.identities, f"{type(cause).__name__}: {cause}") from error
    if found.rejected:
        await tx.execute_query_dict(_SET_ASIDE, _kept(found.rejected))


def _kept(rejected: Sequence[Rejected]) -> list[list[Any]]:
    rows = [
        # Postgres has no text with a zero in it.
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
    # In one order everywhere, so that two folders of one user's logs cannot wait for each other.
    ordered = sorted(rows.items(), key=lambda item: tuple(map(str, item[0])))
    return [[row[number] for row, _ in ordered] for number in range(4)] + [
        [sums[number] for _, sums in ordered] for number in range(4)
    ]


def _moved(booked: Mapping[Log, Booked]) -> list[list[Any]]:
    moved = [(*log, one.last_id.decode()) for log, one in booked.items() if one.count]
    return [list(column) for column in zip(*moved, strict=True)]


def _note(found: _Found, columns: list[list[Any]]) -> None:
    metrics.CALLS_FOLDED.inc(sum(columns[_CALLS]))
    _note_rejected(found.rejected)


def _note_rejected(rejected: Sequence[Rejected]) -> None:
    metrics.USAGE_REJECTED.inc(len(rejected))
    for partition, generation, identity, _, reason in rejected:
        logger.error("Entry %s of log %s:%s is not booked: %s", identity, partition, generation, reason)
