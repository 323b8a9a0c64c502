"""The logs of calls in Redis, folded into the table `usage`, each entry exactly once.

How far a log was folded stands in Postgres and moves in the transaction that books the entries. A process that is
killed before the commit has done nothing; the next one begins behind what was booked. What cannot be booked is set
aside in the same transaction (access/booking.py), so that no entry stops those behind it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from access import booking, entries, partitions, records
from access.booking import READ_WITHIN, Booked, Unbookable
from access.partitions import Log
from access.records import PostgresDown
from access.store import Store, StoreDown

# Logs in one transaction, and entries of all of them.
_LOGS_AT_ONCE = 64
_ENTRIES_AT_ONCE = 5000
# A transaction is long, and nobody waits for it.
_FOLD_WITHIN = timedelta(seconds=10)
_ANSWER_WITHIN = timedelta(seconds=1)
_KEPT_EMPTY = timedelta(hours=1)

_BOOKED = "SELECT last_id FROM usage_folds WHERE partition = $1 AND generation = $2"


async def fold_all(store: Store) -> None:
    """Folds every log that has something. A log that fails keeps no other from it.

    Raises StoreDown and PostgresDown; and at the end, where only some logs failed, PostgresDown or for a fault of ours
    RuntimeError.
    """
    logs = await _logs(store)
    lengths = await store.batch([("XLEN", partitions.log(*log)) for log in logs], within=READ_WITHIN) if logs else []
    full = [log for log, length in zip(logs, lengths, strict=True) if length]
    failed: dict[Log, Exception] = {}
    for first in range(0, len(full), _LOGS_AT_ONCE):
        failed |= await _fold_group(store, full[first : first + _LOGS_AT_ONCE])
    for log, length in zip(logs, lengths, strict=True):
        if not length and log.generation != store.generation:
            await _forget(store, log)
    if failed:
        log, error = next(iter(failed.items()))
        kind = PostgresDown if isinstance(error, PostgresDown) else RuntimeError
        raise kind(f"{len(failed)} of {len(full)} logs were not folded, the first {log}: {error}") from error


async def fold_partition(store: Store, partition: str) -> None:
    """After it Postgres knows every call of this partition that has ended. Raises StoreDown, PostgresDown."""
    logs = await logs_of(store, partition)
    lengths = await store.batch([("XLEN", partitions.log(*log)) for log in logs]) if logs else []
    # An empty log was folded and trimmed: all of it is committed.
    await _fold(store, [log for log, length in zip(logs, lengths, strict=True) if length])


async def logs_of(store: Store, partition: str) -> list[Log]:
    """Raises StoreDown."""
    (generations,) = await store.batch([("SMEMBERS", partitions.logs(partition))])
    return [Log(partition, number) for number in sorted(map(int, generations))]


async def lag(store: Store) -> timedelta:
    """How long the oldest call that has ended has waited to be booked. Raises StoreDown."""
    oldest = [("XRANGE", partitions.log(*log), "-", "+", "COUNT", 1) for log in await _logs(store)]
    *found, (seconds, microseconds) = await store.batch([*oldest, ("TIME",)], within=READ_WITHIN)
    now = int(seconds) * 1000 + int(microseconds) // 1000
    first = min((entries.order(first[0][0])[0] for first in found if first), default=now)
    return timedelta(milliseconds=max(0, now - first))


async def has_lost_what_was_booked(store: Store, partition: str, generation: int) -> bool:
    """Whether Redis has come back with less of this log than Postgres has booked. Raises StoreDown, PostgresDown."""
    found = await records.rows(_BOOKED, partition, generation)
    booked = entries.order(found[0]["last_id"].encode()) if found else (0, 0)
    return booked > await _last_id(store, partitions.log(partition, generation))


async def trim(store: Store, booked: Mapping[Log, bytes]) -> None:
    """Removes what is booked, up to these ids. Raises StoreDown."""
    # MINID keeps its own id.
    commands = [
        command
        for log, last_id in booked.items()
        for command in (("XTRIM", partitions.log(*log), "MINID", last_id), ("XDEL", partitions.log(*log), last_id))
        if entries.order(last_id) > (0, 0)
    ]
    if commands:
        await store.batch(commands, within=READ_WITHIN)


async def _fold_group(store: Store, group: Sequence[Log]) -> dict[Log, Exception]:
    """Those that failed. Raises PostgresDown where Postgres does not answer at all, StoreDown where Redis does not."""
    if await _failure(store, group) is None:
        return {}
    # Is it Postgres, or one of these logs?
    await records.rows("SELECT 1", within=_ANSWER_WITHIN)
    failed = {log: await _failure(store, [log]) for log in group}
    return {log: error for log, error in failed.items() if error is not None}


async def _failure(store: Store, logs: Sequence[Log]) -> Exception | None:
    """What kept them from being folded. Raises StoreDown."""
    try:
        await _fold(store, logs)
    except StoreDown:
        raise
    except Exception as error:  # whatever it is, it may be about one log, and the others are folded
        return error
    return None


async def _fold(store: Store, logs: Sequence[Log]) -> None:
    """All that they hold. Where one holds what Postgres refuses, each is folded by itself."""
    while logs:
        at_once = max(1, _ENTRIES_AT_ONCE // len(logs))
        try:
            booked = await _book(store, logs, at_once)
        except Unbookable:
            for log in logs:
                await _fold_apart(store, log)
            return
        logs = [log for log, found in booked.items() if found.count >= at_once]


async def _fold_apart(store: Store, log: Log) -> None:
    """In ever smaller parts, down to the one entry that Postgres refuses; it is set aside, and the rest is booked."""
    at_once, refused = _ENTRIES_AT_ONCE, dict[bytes, str]()
    while True:
        try:
            booked = (await _book(store, [log], at_once, refused))[log]
        except Unbookable as error:
            if at_once == 1:
                refused = {error.entries[0]: str(error)}
            at_once = max(1, min(at_once, len(error.entries)) // 8)
            continue
        if booked.count < at_once:
            return
        at_once = min(_ENTRIES_AT_ONCE, at_once * 8)


async def _book(
    store: Store, logs: Sequence[Log], at_once: int, refused: Mapping[bytes, str] | None = None
) -> dict[Log, Booked]:
    work = booking.book(store, logs, at_once, refused=refused or {})
    booked = await records.answered(work, within=_FOLD_WITHIN)
    # Also what another folder has booked and, killed, has left.
    await trim(store, {log: found.last_id for log, found in booked.items()})
    return booked


async def _last_id(store: Store, log: str) -> tuple[int, int]:
    """Of all entries that it ever had, as far as Redis knows."""
    (exists,) = await store.batch([("EXISTS", log)])
    if not exists:
        return 0, 0
    (info,) = await store.batch([("XINFO", "STREAM", log)])
    return entries.order(dict(zip(info[::2], info[1::2], strict=True))[b"last-generated-id"])


async def _logs(store: Store) -> list[Log]:
    names = [name for name in partitions.every() if not name.startswith("n")]
    generations = await store.batch([("SMEMBERS", partitions.logs(name)) for name in names], within=READ_WITHIN)
    return [Log(name, int(number)) for name, numbers in zip(names, generations, strict=True) for number in numbers]


async def _forget(store: Store, log: Log) -> None:
    """Removes the empty log of an earlier server, an hour after its last entry."""
    key = partitions.log(*log)
    ((seconds, _),) = await store.batch([("TIME",)])
    if int(seconds) - (await _last_id(store, key))[0] / 1000 > _KEPT_EMPTY.total_seconds():
        await store.batch([("DEL", key), ("SREM", partitions.logs(log.partition), log.generation)])
