"""The usage rollup: adds the logs of calls in Redis to the table `usage`, each entry exactly once.

Postgres stores how far each log was added, and that mark moves in the transaction that adds the entries. A process that
is killed before the commit has changed nothing; the next one continues after the mark. An entry that cannot be added is
set aside in the same transaction (limits/rollup_transaction.py), so that it does not stop the entries after it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from db import postgres
from db.postgres import PostgresDown
from limits import entries, partitions, rollup_transaction
from limits.partitions import Log
from limits.rollup_transaction import READ_WITHIN, Committed, RefusedEntries
from store.redis import Store, StoreDown

# Logs in one transaction, and entries of all of them.
_LOGS_AT_ONCE = 64
ENTRIES_AT_ONCE = 5000
# A transaction takes long, and no caller waits for it.
_ROLL_UP_WITHIN = timedelta(seconds=10)
_ANSWER_WITHIN = timedelta(seconds=1)
_KEPT_EMPTY = timedelta(hours=1)

_COMMITTED = "SELECT last_id FROM usage_folds WHERE partition = $1 AND generation = $2"


async def roll_up_all(store: Store, names: Sequence[str] | None = None) -> None:
    """Adds all entries of all logs, or of those of these partitions. A log that fails does not stop the others.

    Raises StoreDown and PostgresDown. If only some logs failed, raises at the end PostgresDown, or RuntimeError for a
    fault of our own.
    """
    failed: list[Exception] = []
    # In a cluster a master that is down must not stop the logs of the others.
    for share in store.shares(partitions.of_users() if names is None else names):
        try:
            await _roll_up_share(store, share)
        except (StoreDown, PostgresDown, RuntimeError) as error:
            failed.append(error)
    if failed:
        raise failed[0]


async def is_due(store: Store, names: Sequence[str]) -> bool:
    """Whether `roll_up_all` would find anything to do. True if a server does not answer: it goes on with the others."""
    try:
        for share in store.shares(names):
            for log, length in (await _lengths(store, share)).items():
                if length or log.generation != store.generation(log.partition):
                    return True
    except StoreDown:
        return True
    return False


async def _roll_up_share(store: Store, names: Sequence[str]) -> None:
    """As `roll_up_all`, for these partitions."""
    lengths = await _lengths(store, names)
    full = [log for log, length in lengths.items() if length]
    failed: dict[Log, Exception] = {}
    for first in range(0, len(full), _LOGS_AT_ONCE):
        failed |= await _roll_up_group(store, full[first : first + _LOGS_AT_ONCE])
    for log, length in lengths.items():
        if not length and log.generation != store.generation(log.partition):
            await _forget(store, log)
    if failed:
        log, error = next(iter(failed.items()))
        kind = PostgresDown if isinstance(error, PostgresDown) else RuntimeError
        raise kind(f"{len(failed)} of {len(full)} logs were not rolled up, the first {log}: {error}") from error


async def roll_up_partition(store: Store, partition: str) -> None:
    """After it Postgres knows every call of this partition that has ended. Raises StoreDown, PostgresDown."""
    logs = await logs_of(store, partition)
    lengths = await store.batch([("XLEN", partitions.log(*log)) for log in logs]) if logs else []
    # A log is trimmed after the commit, so everything of an empty log is committed.
    await _roll_up(store, [log for log, length in zip(logs, lengths, strict=True) if length])


async def logs_of(store: Store, partition: str) -> list[Log]:
    """Raises StoreDown."""
    (generations,) = await store.batch([("SMEMBERS", partitions.logs(partition))])
    return [Log(partition, number) for number in sorted(map(int, generations))]


async def lag(store: Store) -> timedelta:
    """How long the oldest call that has ended has waited to be added to usage, on the servers that answer.

    Raises StoreDown if none does.
    """
    found, failed = list[timedelta](), list[StoreDown]()
    for names in store.shares(partitions.of_users()):
        try:
            found.append(await _lag(store, names))
        except StoreDown as error:
            failed.append(error)
    if not found:
        raise failed[0]
    return max(found)


async def _lag(store: Store, names: Sequence[str]) -> timedelta:
    logs = await _logs(store, names)
    oldest = [("XRANGE", partitions.log(*log), "-", "+", "COUNT", 1) for log in logs]
    *found, (seconds, microseconds) = await store.batch([*oldest, ("TIME",)], within=READ_WITHIN)
    now = int(seconds) * 1000 + int(microseconds) // 1000
    first = min((entries.order(first[0][0])[0] for first in found if first), default=now)
    return timedelta(milliseconds=max(0, now - first))


async def has_lost_committed_entries(store: Store, partition: str, generation: int) -> bool:
    """Whether Redis has lost entries of this log that Postgres has committed. Raises StoreDown, PostgresDown."""
    found = await postgres.rows(_COMMITTED, partition, generation)
    committed = entries.order(found[0]["last_id"].encode()) if found else (0, 0)
    return committed > await _last_id(store, partitions.log(partition, generation))


async def trim(store: Store, committed: Mapping[Log, bytes]) -> None:
    """Removes the committed entries, up to and including these ids. Raises StoreDown."""
    # XTRIM keeps the entry whose id it is given, so XDEL removes that one.
    commands = [
        command
        for log, last_id in committed.items()
        for command in (("XTRIM", partitions.log(*log), "MINID", last_id), ("XDEL", partitions.log(*log), last_id))
        if entries.order(last_id) > (0, 0)
    ]
    if commands:
        await store.batch(commands, within=READ_WITHIN)


async def _roll_up_group(store: Store, group: Sequence[Log]) -> dict[Log, Exception]:
    """The logs that failed, with their errors. Raises PostgresDown or StoreDown if the server does not answer."""
    if await _failure(store, group) is None:
        return {}
    # Finds out whether Postgres is away or one of these logs is at fault.
    await postgres.rows("SELECT 1", within=_ANSWER_WITHIN)
    failed = {log: await _failure(store, [log]) for log in group}
    return {log: error for log, error in failed.items() if error is not None}


async def _failure(store: Store, logs: Sequence[Log]) -> Exception | None:
    """The error that stopped these logs, or None. Raises StoreDown."""
    try:
        await _roll_up(store, logs)
    except StoreDown:
        raise
    except Exception as error:  # it may concern one log only, and the others are rolled up
        return error
    return None


async def _roll_up(store: Store, logs: Sequence[Log]) -> None:
    """All entries of these logs. If Postgres refuses an entry, each log is rolled up by itself."""
    while logs:
        at_once = max(1, ENTRIES_AT_ONCE // len(logs))
        try:
            committed = await _commit(store, logs, at_once)
        except RefusedEntries:
            for log in logs:
                await _roll_up_apart(store, log)
            return
        logs = [log for log, found in committed.items() if found.count >= at_once]


async def _roll_up_apart(store: Store, log: Log) -> None:
    """In smaller and smaller parts, down to the one entry that Postgres refuses. It is set aside, the rest is added."""
    at_once, refused = ENTRIES_AT_ONCE, dict[bytes, str]()
    while True:
        try:
            committed = (await _commit(store, [log], at_once, refused))[log]
        except RefusedEntries as error:
            if at_once == 1:
                refused = {error.entries[0]: str(error)}
            at_once = max(1, min(at_once, len(error.entries)) // 8)
            continue
        if committed.count < at_once:
            return
        at_once = min(ENTRIES_AT_ONCE, at_once * 8)


async def _commit(
    store: Store, logs: Sequence[Log], at_once: int, refused: Mapping[bytes, str] | None = None
) -> dict[Log, Committed]:
    work = rollup_transaction.commit(store, logs, at_once, refused=refused or {})
    committed = await postgres.run(work, within=_ROLL_UP_WITHIN)
    # Also the entries that another process committed before it was killed.
    await trim(store, {log: found.last_id for log, found in committed.items()})
    return committed


async def _last_id(store: Store, log: str) -> tuple[int, int]:
    """The id of the newest entry that this log ever had, as far as Redis knows."""
    (exists,) = await store.batch([("EXISTS", log)])
    if not exists:
        return 0, 0
    (info,) = await store.batch([("XINFO", "STREAM", log)])
    return entries.order(dict(zip(info[::2], info[1::2], strict=True))[b"last-generated-id"])


async def _logs(store: Store, names: Sequence[str]) -> list[Log]:
    generations = await store.batch([("SMEMBERS", partitions.logs(name)) for name in names], within=READ_WITHIN)
    return [Log(name, int(number)) for name, numbers in zip(names, generations, strict=True) for number in numbers]


async def _lengths(store: Store, names: Sequence[str]) -> dict[Log, int]:
    """How many entries each log of these partitions has."""
    logs = await _logs(store, names)
    lengths = await store.batch([("XLEN", partitions.log(*log)) for log in logs], within=READ_WITHIN) if logs else []
    return dict(zip(logs, lengths, strict=True))


async def _forget(store: Store, log: Log) -> None:
    """Removes the empty log of an earlier server, an hour after its last entry."""
    key = partitions.log(*log)
    _, (seconds, _) = await store.batch([("EXISTS", key), ("TIME",)])
    if int(seconds) - (await _last_id(store, key))[0] / 1000 > _KEPT_EMPTY.total_seconds():
        await store.batch([("DEL", key), ("SREM", partitions.logs(log.partition), log.generation)])
