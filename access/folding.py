"""The logs of calls in Redis, folded into the table `usage`, each entry exactly once.

How far a log was folded stands in Postgres and moves in the transaction that books the entries. Whoever is killed
before the commit has done nothing; whoever comes after it begins behind what was booked.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from access import entries, partitions, records
from access.entries import Entry
from access.store import Store
from telemetry import metrics

_AT_ONCE = 5000
# A batch is long, and nobody waits for it.
_READ_WITHIN = timedelta(seconds=1)
_FOLD_WITHIN = timedelta(seconds=10)
_KEPT_EMPTY = timedelta(hours=1)

_START = "INSERT INTO usage_folds (partition, generation, last_id) VALUES ($1, $2, '0-0') ON CONFLICT DO NOTHING"
# A folder that is stopped while it has the lock holds up every fill of this partition.
_LOCK = """
SELECT last_id, set_config('idle_in_transaction_session_timeout', '5s', true) FROM usage_folds
WHERE partition = $1 AND generation = $2 FOR UPDATE
"""
_BOOKED = "SELECT last_id FROM usage_folds WHERE partition = $1 AND generation = $2"
_MOVE = "UPDATE usage_folds SET last_id = $3 WHERE partition = $1 AND generation = $2"
_BOOK = """
INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::float8[])
ON CONFLICT (user_id, token_id, model, hour) DO UPDATE
SET calls = usage.calls + EXCLUDED.calls, failed = usage.failed + EXCLUDED.failed,
    units = usage.units + EXCLUDED.units, inference_ms = usage.inference_ms + EXCLUDED.inference_ms
"""

# The column of these that `_BOOK` takes.
_CALLS = 4

_Row = tuple[UUID, UUID | None, str, datetime]


async def fold_all(store: Store) -> None:
    """Folds every log that has something. Raises StoreDown, PostgresDown."""
    logs = await _logs(store)
    lengths = await store.batch([("XLEN", partitions.log(*log)) for log in logs], within=_READ_WITHIN) if logs else []
    for log, length in zip(logs, lengths, strict=True):
        if length:
            await fold(store, *log)
        elif log[1] != store.generation:
            await _forget(store, *log)


async def lag(store: Store) -> timedelta:
    """How long the oldest call that has ended has waited to be booked. Raises StoreDown."""
    oldest = [("XRANGE", partitions.log(*log), "-", "+", "COUNT", 1) for log in await _logs(store)]
    *found, (seconds, microseconds) = await store.batch([*oldest, ("TIME",)], within=_READ_WITHIN)
    now = int(seconds) * 1000 + int(microseconds) // 1000
    first = min((_order(entries[0][0])[0] for entries in found if entries), default=now)
    return timedelta(milliseconds=max(0, now - first))


async def fold_partition(store: Store, partition: str) -> None:
    """After it Postgres knows every call of this partition that has ended. Raises StoreDown, PostgresDown."""
    (generations,) = await store.batch([("SMEMBERS", partitions.logs(partition))])
    for generation in sorted(map(int, generations)):
        await fold(store, partition, generation)


async def fold(store: Store, partition: str, generation: int) -> None:
    while True:
        last_id, count = await records.answered(book(store, partition, generation), within=_FOLD_WITHIN)
        # Also what another folder has booked and, killed, has left.
        if _order(last_id) > (0, 0):
            await trim(store, partition, generation, last_id)
        if count < _AT_ONCE:
            return


async def book(store: Store, partition: str, generation: int) -> tuple[bytes, int]:
    """Books what the log holds beyond what was booked; the id of the last entry, and how many were new."""
    log = partitions.log(partition, generation)
    async with in_transaction("default") as transaction:
        await transaction.execute_query_dict(_START, [partition, generation])
        # Another folder waits here until this one has committed, and reads the log only then.
        (row,) = await transaction.execute_query_dict(_LOCK, [partition, generation])
        found = await _read(store, log, row["last_id"])
        if not found:
            return row["last_id"].encode(), 0
        columns = _columns(entries.unpack(packed) for _, packed in found)
        await transaction.execute_query_dict(_BOOK, columns)
        last_id = found[-1][0]
        await transaction.execute_query_dict(_MOVE, [partition, generation, last_id.decode()])
    metrics.CALLS_FOLDED.inc(sum(columns[_CALLS]))
    return last_id, len(found)


async def trim(store: Store, partition: str, generation: int, last_id: bytes) -> None:
    log = partitions.log(partition, generation)
    # MINID keeps its own id.
    await store.batch([("XTRIM", log, "MINID", last_id), ("XDEL", log, last_id)], within=_READ_WITHIN)


async def has_lost_what_was_booked(store: Store, partition: str, generation: int) -> bool:
    """Whether Redis has come back with less of this log than Postgres has booked. Raises StoreDown, PostgresDown."""
    found = await records.rows(_BOOKED, partition, generation)
    booked = _order(found[0]["last_id"].encode()) if found else (0, 0)
    return booked > await _last_id(store, partitions.log(partition, generation))


async def _last_id(store: Store, log: str) -> tuple[int, int]:
    """Of all entries that it ever had, as far as Redis knows."""
    (exists,) = await store.batch([("EXISTS", log)])
    if not exists:
        return 0, 0
    (info,) = await store.batch([("XINFO", "STREAM", log)])
    return _order(dict(zip(info[::2], info[1::2], strict=True))[b"last-generated-id"])


def _order(identity: bytes) -> tuple[int, int]:
    milliseconds, _, number = identity.partition(b"-")
    return int(milliseconds), int(number)


async def _logs(store: Store) -> list[tuple[str, int]]:
    """Partition and generation of each."""
    names = [name for name in partitions.every() if not name.startswith("n")]
    generations = await store.batch([("SMEMBERS", partitions.logs(name)) for name in names], within=_READ_WITHIN)
    return [(name, int(number)) for name, numbers in zip(names, generations, strict=True) for number in numbers]


async def _read(store: Store, log: str, after: str) -> list[tuple[bytes, bytes]]:
    (found,) = await store.batch([("XRANGE", log, f"({after}", "+", "COUNT", _AT_ONCE)], within=_READ_WITHIN)
    return [(identity, fields[1]) for identity, fields in found]


def _columns(read: Iterable[Entry]) -> list[Sequence[Any]]:
    rows: defaultdict[_Row, list[float]] = defaultdict(lambda: [0, 0, 0, 0.0])
    for entry in read:
        for outcome in entry.outcomes:
            row = rows[entry.user_id, entry.token_id, outcome.model or "", entry.hour]
            for column, more in enumerate((outcome.calls, outcome.failed, outcome.units, outcome.milliseconds)):
                row[column] += more
    # In one order everywhere, so that two folders of one user's logs cannot wait for each other.
    ordered = sorted(rows.items(), key=lambda item: tuple(map(str, item[0])))
    return [list(column) for column in zip(*((*row, *sums) for row, sums in ordered), strict=True)]


async def _forget(store: Store, partition: str, generation: int) -> None:
    """Removes the empty log of an earlier server, an hour after its last entry."""
    log = partitions.log(partition, generation)
    ((seconds, _),) = await store.batch([("TIME",)])
    if int(seconds) - (await _last_id(store, log))[0] / 1000 > _KEPT_EMPTY.total_seconds():
        await store.batch([("DEL", log), ("SREM", partitions.logs(partition), generation)])
