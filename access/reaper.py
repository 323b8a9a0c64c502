"""Ends calls that nobody settles, because their process died or stands still. For the worker."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from access import lua, partitions, settlement
from access.partitions import Places
from access.store import Call, Moment, Store
from telemetry import metrics

logger = logging.getLogger(__name__)

_READ_WITHIN = timedelta(seconds=1)


class _Overdue(NamedTuple):
    call: bytes
    places: Places


async def reap(store: Store) -> int:
    """Ends every call whose lease is over, as failed and for nothing. How many. Raises StoreDown."""
    overdue = await _overdue(store)
    reaped = 0
    for call, places in overdue:
        answer = await store.run(lua.SETTLE, _command(call, places))
        reaped += answer.values[0] == b"LATE"
    metrics.CALLS_REAPED.inc(reaped)
    if reaped:
        logger.warning("Ended %d calls that nobody had settled.", reaped)
    return reaped


async def _overdue(store: Store) -> list[_Overdue]:
    names = list(partitions.every())
    commands = [("HLEN", partitions.running(name)) for name in names]
    *counts, (seconds, _) = await store.batch([*commands, ("TIME",)], within=_READ_WITHIN)
    busy = [name for name, count in zip(names, counts, strict=True) if count]
    if not busy:
        return []
    running = await store.batch([("HGETALL", partitions.running(name)) for name in busy], within=_READ_WITHIN)
    return [
        _Overdue(call, _places(name, line))
        for name, fields in zip(busy, running, strict=True)
        for call, line in zip(fields[::2], fields[1::2], strict=True)
        # The script looks again: in between it may have been settled.
        if _ends(line) <= int(seconds) * 1000
    ]


def _ends(line: bytes) -> int:
    return int(line.partition(b"|")[0])


def _places(partition: str, line: bytes) -> Places:
    # Ends, bucket, day, generation, cost, token's bucket; then what attempts.py wrote.
    subject, credential = line.split(b"|", 8)[6:8]
    return Places(partition, subject.decode(), credential.decode())


def _command(call: bytes, places: Places) -> Callable[[Moment], Call]:
    def prepare(now: Moment) -> Call:
        return settlement.keys(places, now.generation), [call, "reap", now.not_after, 0, 0, b"", now.generation]

    return prepare
