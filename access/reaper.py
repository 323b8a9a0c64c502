"""Ends calls that nobody settles, because their process died or stands still. For the worker."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from access import booking, lua, partitions, settlement
from access.booking import Rejected
from access.links import StoreRefused
from access.partitions import Places
from access.records import PostgresDown
from access.store import Call, Moment, Store
from telemetry import metrics

logger = logging.getLogger(__name__)

_READ_WITHIN = timedelta(seconds=1)
# As settle.lua reads it. Ends, bucket, day, generation, cost, token's bucket; then what attempts.py wrote.
_LINE = re.compile(rb"(\d+)\|\d+\|\d+\|\d+\|\d+\|[\d-]+\|([^|]*)\|([^|]*)\|")


class _Overdue(NamedTuple):
    call: bytes
    places: Places


async def reap(store: Store) -> int:
    """Ends every call whose lease is over, as failed and for nothing. How many.

    One that cannot be ended keeps no other from it. Raises StoreDown, for such a one at the end.
    """
    reaped, refused = 0, None
    for call, places in await _overdue(store):
        try:
            answer = await store.run(lua.SETTLE, _command(call, places))
            reaped += answer.values[0] == b"LATE"
        except StoreRefused as error:
            refused = error
    metrics.CALLS_REAPED.inc(reaped)
    if reaped:
        logger.warning("Ended %d calls that nobody had settled.", reaped)
    if refused is not None:
        raise refused
    return reaped


async def _overdue(store: Store) -> list[_Overdue]:
    names = list(partitions.every())
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
                ends, places = _read(name, line)
            except ValueError:
                if await _set_aside(store, name, call, line):
                    overdue.append(_Overdue(call, Places(name, "-")))
            else:
                # The script looks again: in between it may have been settled.
                if ends <= int(seconds) * 1000:
                    overdue.append(_Overdue(call, places))
    return overdue


def _read(partition: str, line: bytes) -> tuple[int, Places]:
    """When its lease ends, in ms, and whose it is. Raises ValueError."""
    found = _LINE.match(line)
    if found is None:
        raise ValueError("no line of an open call")
    return int(found[1]), Places(partition, found[2].decode(), found[3].decode())


async def _set_aside(store: Store, partition: str, call: bytes, line: bytes) -> bool:
    """Keeps what cannot be read, so that it may be removed; not where Postgres is away."""
    row = Rejected(partition, store.generation, call.hex()[:32], line, "an open call that cannot be read")
    try:
        await booking.set_aside([row])
    except PostgresDown as error:
        logger.info("An open call that cannot be read waits for Postgres: %s", error)
        return False
    return True


def _command(call: bytes, places: Places) -> Callable[[Moment], Call]:
    def prepare(now: Moment) -> Call:
        return settlement.keys(places, now.generation), [call, "reap", now.not_after, 0, 0, b"", now.generation]

    return prepare
