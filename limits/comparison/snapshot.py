"""What Redis has spent and what is counted, for some users of a partition, both as of one moment.

The marks of the rollup are locked, so that no entry moves from a log to Postgres, and no job ends. Then one script
reads Redis. Then the sums in Postgres are read, which have not changed since the lock. Calls of requests are admitted
and end meanwhile as always.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from db import postgres
from limits import entries, job_calls, partitions, rollup, rollup_transaction, scripts
from limits.comparison.marks import Mark
from limits.entries import Malformed
from limits.job_calls import Open
from limits.partitions import Log
from store.clock import datetime_from_ms
from store.redis import Answer, ScriptCall, Stamp, Store

_READ_WITHIN = timedelta(seconds=10)
_TRIES = 5
# In one answer of Redis, so that the script is short.
_MOST_ENTRIES = 1000
_DAY = timedelta(days=1)
_FIRST_DAY = date(1970, 1, 1)
_BYTES_OF_USER = 16
# By how much the clocks of Postgres and Redis may differ.
_SKEW = timedelta(hours=1)

# As admit.lua writes it: ends, bucket, day, generation, cost, token's bucket; then the user and more.
_LINE = re.compile(rb"\d+\|\d+\|(\d{1,7})\|(\d+)\|(\d+)\|[\d-]+\|([^|]*)\|[^|]*\|")

_COUNTED = """
SELECT 'day' AS by, user_id, day, sum(units)::bigint AS units
FROM usage_days WHERE user_id = ANY($1::uuid[]) AND day >= $2 GROUP BY 2, 3
UNION ALL
SELECT 'hour', user_id, (hour AT TIME ZONE 'UTC')::date, sum(units)::bigint
FROM usage WHERE user_id = ANY($1::uuid[]) AND hour >= $2::timestamp AT TIME ZONE 'UTC' GROUP BY 2, 3
"""
# The id of an entry has a hyphen. An open call that could not be read has the id of the call.
_REJECTED = """
SELECT substr(entry, 1, 16) AS head, entry_id LIKE '%-%' AS is_entry, max(at) AS at
FROM usage_rejected WHERE partition = $1 AND at >= $2 GROUP BY 1, 2
"""

_SET_ASIDE = "an entry was set aside (usage_rejected)"
_BAD_LINE = "an open call cannot be read"
_BAD_ENTRY = "an entry of the log cannot be read"
_BAD_DAY = "the day in Redis cannot be read"
_LATER_DAY = "the day in Redis is after today: its clock was set back"
_OLD_CALLS = "calls of an earlier Redis server have not ended"


class UserDay(NamedTuple):
    user_id: UUID
    day: date


@dataclass(frozen=True, slots=True)
class Units:
    """`spent` is by Redis. `counted` is in Postgres and in the logs, and held by running calls; `by_hour` is the same
    with the hours of the day instead of the day. With a `reason` one of them cannot be read, and the numbers mean
    nothing."""

    spent: int
    counted: int
    by_hour: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`at` and `generation` are those of Redis. `has_old_calls`: calls that an earlier server admitted are open, or
    jobs go on whose calls Redis does not know."""

    at: datetime
    generation: int
    mark: Mark
    has_old_calls: bool
    units: Mapping[UserDay, Units]


class _Moved(Exception):
    """There are new logs, or too many entries, since they were looked at. Try again."""


@dataclass(slots=True)
class _Seen:
    """What the rest of the partition says of its users."""

    # Units in the logs and of open calls.
    counted: dict[UserDay, int] = field(default_factory=lambda: defaultdict(int))
    # Why nothing can be said of a user up to and including a day; of all users with None.
    unreadable: list[tuple[UUID | None, date, str]] = field(default_factory=list)
    has_old_calls: bool = False

    def reason(self, asked: UserDay) -> str | None:
        return next(
            (why for user, until, why in self.unreadable if user in (None, asked.user_id) and asked.day <= until), None
        )


async def take(store: Store, partition: str, user_ids: Sequence[UUID]) -> Snapshot:
    """Raises StoreDown, PostgresDown; RuntimeError if the partition does not stand still long enough."""
    for _ in range(_TRIES):
        try:
            return await postgres.run(_take(store, partition, user_ids), within=_READ_WITHIN)
        except _Moved:
            await rollup.roll_up_partition(store, partition)
    raise RuntimeError(f"partition {partition} has too many entries that are not rolled up")


async def _take(store: Store, partition: str, user_ids: Sequence[UUID]) -> Snapshot:
    logs = sorted({*await rollup.logs_of(store, partition), Log(partition, store.generation(partition))})
    async with in_transaction("default") as tx:
        last_ids = await rollup_transaction.lock(tx, logs)
        jobs = await job_calls.stand_still(tx)
        answer = await store.run(scripts.SPENT, _asking(last_ids, user_ids), key=partition)
        if answer.values[0] == b"BEHIND":
            raise _Moved
        _, now, mark, running, generations, logged, days = answer.values
        if not {int(number) for number in generations} <= {log.generation for log in logs}:
            raise _Moved
        at = datetime_from_ms(now)
        begin = at.date() - _DAY
        seen = _seen(answer, running, logged, at.date(), jobs)
        seen.has_old_calls |= _is_any_unknown(partition, jobs, running)
        sums = await _sums(tx, user_ids, begin)
        await _note_rejected(tx, seen, partition, begin)
    units = {
        asked: found
        for user_id, day in zip(user_ids, days, strict=True)
        for asked, found in _units(user_id, day, at.date(), seen, sums).items()
    }
    return Snapshot(at, answer.generation, Mark.read(mark), seen.has_old_calls, units)


def _asking(last_ids: Mapping[Log, str], user_ids: Sequence[UUID]) -> Any:
    (partition,) = {log.partition for log in last_ids}

    def prepare(stamp: Stamp) -> ScriptCall:
        if Log(partition, stamp.generation) not in last_ids:
            raise _Moved
        keys = [partitions.compared(partition), partitions.running(partition), partitions.logs(partition)]
        keys += [partitions.log(*log) for log in last_ids]
        keys += [partitions.of_user(user_id).day for user_id in user_ids]
        return keys, [len(last_ids), _MOST_ENTRIES, *last_ids.values()]

    return prepare


def _is_any_unknown(partition: str, jobs: Mapping[bytes, Open], running: Sequence[bytes]) -> bool:
    """Whether a job of this partition has not ended, and Redis has lost its call. Or it has not admitted it yet."""
    known = {*running[::2]}
    return any(
        one.rest is None and call not in known and partitions.of(one.user_id) == partition for call, one in jobs.items()
    )


def _seen(
    answer: Answer, running: Sequence[bytes], logged: Sequence[Any], today: date, jobs: Mapping[bytes, Open]
) -> _Seen:
    seen = _Seen()
    for call, line in zip(running[::2], running[1::2], strict=True):
        found = _LINE.match(line)
        user_id = _uuid(found[4]) if found else None
        if found is None or user_id is None:
            seen.unreadable.append((None, today, _BAD_LINE))
        elif int(found[2]) != answer.generation:
            seen.has_old_calls = True
            seen.unreadable.append((user_id, today, _OLD_CALLS))
        else:
            # A job that has ended is in Postgres, with the units that it keeps.
            rest = jobs[call].rest if call in jobs else None
            seen.counted[UserDay(user_id, _FIRST_DAY + int(found[1]) * _DAY)] += int(found[3]) if rest is None else rest
    for _, fields in logged:
        try:
            entry = entries.unpack(fields[1])
        except Malformed:
            seen.unreadable.append((_head(fields[1]), today, _BAD_ENTRY))
        else:
            units = sum(outcome.units for outcome in entry.outcomes)
            seen.counted[UserDay(entry.user_id, entry.hour.date())] += units
    return seen


async def _sums(tx: BaseDBAsyncClient, user_ids: Sequence[UUID], begin: date) -> dict[tuple[str, UserDay], int]:
    rows = await tx.execute_query_dict(_COUNTED, [list(user_ids), begin])
    return {(row["by"], UserDay(row["user_id"], row["day"])): row["units"] for row in rows}


async def _note_rejected(tx: BaseDBAsyncClient, seen: _Seen, partition: str, begin: date) -> None:
    since = datetime(begin.year, begin.month, begin.day, tzinfo=UTC) - _SKEW
    for row in await tx.execute_query_dict(_REJECTED, [partition, since]):
        user_id = _head(row["head"]) if row["is_entry"] else None
        # The call was admitted before that.
        seen.unreadable.append((user_id, (row["at"] + _SKEW).astimezone(UTC).date(), _SET_ASIDE))


def _units(
    user_id: UUID, stored: Any, today: date, seen: _Seen, sums: Mapping[tuple[str, UserDay], int]
) -> dict[UserDay, Units]:
    """Of the day that Redis has of this user, and of today. A day before yesterday is not compared: it was before."""
    try:
        day, spent = _day(stored)
    except ValueError:
        return {UserDay(user_id, today): Units(0, 0, 0, _BAD_DAY)}
    if day is not None and day > today:
        return {UserDay(user_id, today): Units(0, 0, 0, _LATER_DAY)}
    found: dict[UserDay, Units] = {}
    for asked in (UserDay(user_id, today - _DAY), UserDay(user_id, today)):
        by_day, by_hour = (sums.get((by, asked), 0) for by in ("day", "hour"))
        waiting = seen.counted.get(asked, 0)
        if asked.day == day or (asked.day == today and by_day + by_hour + waiting):
            units = spent if asked.day == day else 0
            found[asked] = Units(units, by_day + waiting, by_hour + waiting, seen.reason(asked))
    return found


def _day(stored: Any) -> tuple[date | None, int]:
    """The day, None if there is none, and the units that were spent on it here. Raises ValueError."""
    if stored == b"":
        raise ValueError("not a hash")
    number, units, carried = stored
    if number is None:
        if units is not None:
            raise ValueError("units without a day")
        return None, 0
    of, _, more = (carried or b"0:0").partition(b":")
    try:
        return _FIRST_DAY + int(number) * _DAY, int(units) - (int(more) if of == number else 0)
    except (TypeError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _head(packed: bytes) -> UUID | None:
    return UUID(bytes=packed[:_BYTES_OF_USER]) if len(packed) >= _BYTES_OF_USER else None


def _uuid(text: bytes) -> UUID | None:
    try:
        return UUID(text.decode())
    except ValueError:
        return None
