"""Ends calls that are not settled because their process died or froze. For the worker."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from db.postgres import PostgresDown
from limits import job_calls, partitions, rollup, rollup_transaction, scripts, settlement
from limits.partitions import SubjectKeys
from limits.rollup_transaction import Rejected
from store.connections import StoreRefused
from store.redis import ScriptCall, Stamp, Store, StoreDown
from telemetry import metrics

logger = logging.getLogger(__name__)

_READ_WITHIN = timedelta(seconds=1)
# As settle.lua reads it: ends, bucket, day, generation, cost, token's bucket; then what admission_request.py wrote.
_LINE = re.compile(rb"(\d+)\|\d+\|\d+\|(\d+)\|(\d+)\|[\d-]+\|([^|]*)\|([^|]*)\|")


class _Overdue(NamedTuple):
    """`generation` is the number of the server that admitted the call, or None if its line cannot be read."""

    call: bytes
    keys: SubjectKeys
    generation: int | None
    cost: int


async def reap(store: Store) -> int:
    """Ends every call whose lease is over as failed, gives its units back, and returns the number of calls.

    A call that cannot be ended does not stop the others. Raises StoreDown, for such a call at the end.
    """
    reaped = 0
    found, refused = await _all_overdue(store)
    for overdue in await _without_jobs(found):
        try:
            answer = await store.run(scripts.SETTLE, await _command(store, overdue), key=overdue.keys.partition)
            reaped += answer.values[0] == b"LATE"
        except StoreRefused as error:
            refused = error
        except PostgresDown as error:
            logger.info("A call that an earlier Redis server admitted waits for Postgres: %s", error)
    metrics.CALLS_REAPED.inc(reaped)
    if reaped:
        logger.warning("Ended %d calls that were not settled.", reaped)
    if refused is not None:
        raise refused
    return reaped


async def is_due(store: Store) -> bool:
    """Whether any call is open. True if a server does not answer: `reap` goes on with the others."""
    try:
        for names in store.shares(partitions.every()):
            counts = await store.batch([("HLEN", partitions.running(name)) for name in names], within=_READ_WITHIN)
            if any(counts):
                return True
    except StoreDown:
        return True
    return False


async def _without_jobs(found: list[_Overdue]) -> list[_Overdue]:
    """Without the calls that a job's row names: a worker ends them as the row says (`limits/job_calls.py`)."""
    of_jobs = [one.call for one in found if job_calls.is_job(one.call)]
    if not of_jobs:
        return found
    try:
        held = await job_calls.held(of_jobs)
    except PostgresDown as error:
        logger.info("The calls of jobs wait for Postgres: %s", error)
        held = set(of_jobs)
    return [one for one in found if one.call not in held]


async def _all_overdue(store: Store) -> tuple[list[_Overdue], StoreDown | None]:
    """With the error of a Redis server that did not answer, if others did. Raises StoreDown if none does."""
    found, failed, shares = list[_Overdue](), None, store.shares(partitions.every())
    for names in shares:
        try:
            found += await _overdue(store, names)
        except StoreDown as error:
            if len(shares) == 1:
                raise
            failed = error
    return found, failed


async def _overdue(store: Store, names: list[str]) -> list[_Overdue]:
    commands = [("HLEN", partitions.running(name)) for name in names]
    *counts, (seconds, _) = await store.batch([*commands, ("TIME",)], within=_READ_WITHIN)
    busy = [name for name, count in zip(names, counts, strict=True) if count]
    if not busy:
        return []
    running = await store.batch([("HGETALL", partitions.running(name)) for name in busy], within=_READ_WITHIN)
    overdue: list[_Overdue] = []
    for name, fields in zip(busy, running, strict=True):
        for call, line in zip(fields[::2], fields[1::2], strict=True):
            try:
                ends, generation, cost, keys = _read(name, line)
            except ValueError:
                if await _set_aside(store, name, call, line):
                    overdue.append(_Overdue(call, SubjectKeys(name, "-"), None, 0))
            else:
                # The script checks again, because the call may have been settled since.
                if ends <= int(seconds) * 1000:
                    overdue.append(_Overdue(call, keys, generation, cost))
    return overdue


def _read(partition: str, line: bytes) -> tuple[int, int, int, SubjectKeys]:
    """When the lease ends, in ms, the server that admitted the call, its units, and the keys of its subject.

    Raises ValueError.
    """
    found = _LINE.match(line)
    if found is None:
        raise ValueError("not a line of an open call")
    keys = SubjectKeys(partition, found[4].decode(), found[5].decode())
    return int(found[1]), int(found[2]), int(found[3]), keys


async def _set_aside(store: Store, partition: str, call: bytes, line: bytes) -> bool:
    """Stores an open call that cannot be read, so that it can be removed. Returns False if Postgres is away."""
    row = Rejected(partition, store.generation(partition), call.hex()[:32], line, "an open call that cannot be read")
    try:
        await rollup_transaction.set_aside([row])
    except PostgresDown as error:
        logger.info("An open call that cannot be read waits for Postgres: %s", error)
        return False
    return True


async def _command(store: Store, overdue: _Overdue) -> Callable[[Stamp], ScriptCall]:
    """Raises PostgresDown, StoreDown."""
    call, keys, generation, cost = overdue
    looked_at, may_be_counted, mode, units = store.generation(keys.partition), False, "reap", 0
    if job_calls.is_job(call):
        # Of a job that was deleted with its user before it had ended: it is not counted.
        mode, units = "job", cost
    if generation not in (None, looked_at):
        # The call may have ended in data that Redis has lost since, and be in usage already.
        may_be_counted = job_calls.is_job(call) or await rollup.has_lost_committed_entries(
            store, keys.partition, generation
        )

    def prepare(stamp: Stamp) -> ScriptCall:
        if generation not in (None, stamp.generation) and stamp.generation != looked_at:
            raise StoreRefused("another Redis server serves now, and its data were not looked at")
        now = "drop" if may_be_counted else mode
        return settlement.keys_of(keys, stamp.generation), [call, now, stamp.not_after, 0, units, b"", stamp.generation]

    return prepare
