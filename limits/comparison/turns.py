"""Which partitions are compared when, and what follows from it. For the worker."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from db import postgres
from db.postgres import PostgresDown
from limits import partitions
from limits.comparison import marks, results, snapshot
from limits.comparison.marks import Mark
from limits.comparison.results import Difference, Result
from limits.comparison.snapshot import Snapshot, UserDay
from store.redis import Store, StoreDown

logger = logging.getLogger(__name__)

# An hour, less the time until the next turn.
_EVERY = timedelta(minutes=59)
_MILLISECOND = timedelta(milliseconds=1)
# In one script, which keeps Redis for about a millisecond.
_USERS_AT_ONCE = 250
_KEYS_AT_ONCE = 1000
_READ_WITHIN = timedelta(seconds=1)
_LIST_WITHIN = timedelta(seconds=5)
_MOST_LOGGED = 20

# They have units today, or will have when their jobs end, whatever Redis has of them.
# As one value, because 100,000 rows would keep the event loop for a second.
_WITH_USAGE = """
SELECT coalesce(string_agg(uuid_send(user_id), ''), '') AS ids
FROM (SELECT user_id FROM usage WHERE hour >= $1 UNION SELECT user_id FROM jobs WHERE call_id IS NOT NULL) u
"""
_ID_BYTES = 16
_HOURS = "the first number is by day, the second by hour"
_LOST = "Redis was emptied or replaced, and may have lost some of it"


class Comparison:
    """One per process. After Redis has lost data, the last request that it lost has ended within `lost_end_within`. A
    job may run longer: its partition waits for it."""

    def __init__(self, store: Store, lost_end_within: timedelta) -> None:
        self._store = store
        self._lost_end_within = lost_end_within
        # False until a turn over all partitions has ended.
        self.has_begun = False
        # Redis' time at the beginning of the turn, in ms.
        self._now = 0

    async def compare(self) -> None:
        """Compares the partitions that are due: all in the first turn, later each after an hour.

        A partition that fails does not stop the others. Raises StoreDown, PostgresDown; RuntimeError at the end, for
        partitions that failed by a fault of our own.
        """
        due = await self._due()
        users = await _users(self._store) if due else {}
        failed: dict[str, Exception] = {}
        await self._pass_empty({name: mark for name, mark in due.items() if name not in users})
        for partition in sorted(due.keys() & users.keys()):
            try:
                await self._compare(partition, sorted(users[partition]))
            except (StoreDown, PostgresDown):
                raise
            except Exception as error:
                failed[partition] = error
        if failed:
            partition, first = next(iter(failed.items()))
            raise RuntimeError(
                f"{len(failed)} of {len(due)} partitions were not compared, the first {partition}: {first}"
            ) from first
        self.has_begun = True

    async def _due(self) -> dict[str, Mark]:
        """With the marks as they are."""
        names = list(partitions.of_users())
        ages = await results.ages()
        found = await self._store.batch(
            [*(("HGETALL", partitions.compared(name)) for name in names), ("TIME",)], within=_READ_WITHIN
        )
        seconds, microseconds = map(int, found[-1])
        self._now = seconds * 1000 + microseconds // 1000
        read = {name: Mark.read(mark) for name, mark in zip(names, found[:-1], strict=True)}
        return {
            name: mark
            for name, mark in read.items()
            if not self.has_begun
            or ages.get(name, _EVERY) >= _EVERY
            or self._is_lost(name, mark)
            or self._is_ripe(mark)
        }

    def _is_lost(self, partition: str, mark: Mark) -> bool:
        """Whether Redis may have lost data since this mark was written."""
        return not mark.begun or mark.generation != self._store.generation(partition)

    def _is_ripe(self, mark: Mark) -> bool:
        """Whether the last request that Redis has lost is over."""
        return not mark.is_base and self._now - int(mark.begun) >= self._lost_end_within // _MILLISECOND

    async def _pass_empty(self, empty: Mapping[str, Mark]) -> None:
        """Partitions in which no user has spent anything. Their marks are for the first one who will."""
        for partition, mark in empty.items():
            if self._is_lost(partition, mark):
                await marks.begin(self._store, partition, mark, self._store.generation(partition))
            elif self._is_ripe(mark):
                await marks.settle(self._store, partition, mark, {})
        await results.write_empty(list(empty))

    async def _compare(self, partition: str, user_ids: Sequence[UUID]) -> None:
        result, seen, accepted = Result(), list[Snapshot](), dict[str, int]()
        for first in range(0, len(user_ids), _USERS_AT_ONCE):
            taken = await snapshot.take(self._store, partition, user_ids[first : first + _USERS_AT_ONCE])
            seen.append(taken)
            _judge(taken, result, accepted)
        await results.write(partition, result)
        _log(result)
        if await self._move_mark(partition, seen, accepted):
            await self._compare(partition, user_ids)

    async def _move_mark(self, partition: str, seen: Sequence[Snapshot], accepted: Mapping[str, int]) -> bool:
        """Whether everything can be compared now that could not be a moment ago."""
        mark = seen[-1].mark
        if self._is_lost(partition, mark):
            await marks.begin(self._store, partition, mark, self._store.generation(partition))
        elif any(taken.mark != mark or taken.has_old_calls for taken in seen):
            pass  # Redis lost data during the comparison, or calls that it lost have not ended.
        elif self._is_ripe(mark) or (mark.is_base and accepted != mark.accepted):
            return await marks.settle(self._store, partition, mark, accepted) and not mark.is_base
        return False


def _judge(taken: Snapshot, result: Result, accepted: dict[str, int]) -> None:
    """Adds to `result`, and to `accepted` the differences that are no drift."""
    mark = taken.mark
    is_base = mark.is_base and mark.generation == taken.generation
    for of, units in taken.units.items():
        name = _name(of)
        if units.reason is not None:
            result.unreadable.append(Difference(of, None, None, units.reason))
            if name in mark.accepted:
                accepted[name] = mark.accepted[name]
        elif units.counted != units.by_hour:
            result.differing.append(Difference(of, units.counted, units.by_hour, _HOURS))
        elif is_base:
            more = mark.accepted.get(name, 0)
            if more:
                accepted[name] = more
            if units.spent + more == units.counted:
                result.agreeing += 1
            else:
                result.differing.append(Difference(of, units.spent + more, units.counted))
        elif units.spent == units.counted:
            result.agreeing += 1
        else:
            result.unreadable.append(Difference(of, None, None, _LOST))
            accepted[name] = units.counted - units.spent


def _name(of: UserDay) -> str:
    return f"{of.user_id}|{of.day}"


async def _users(store: Store) -> Mapping[str, set[UUID]]:
    """By partition: the users who have a day in Redis, and those who have usage today or a job that runs."""
    found: defaultdict[str, set[UUID]] = defaultdict(set)
    seconds = 0
    for node in store.nodes:
        cursor = b"0"
        while True:
            scan = ("SCAN", cursor, "MATCH", partitions.EVERY_DAY, "COUNT", _KEYS_AT_ONCE)
            (cursor, keys), (seconds, _) = await node.batch([scan, ("TIME",)], _READ_WITHIN)
            for key in keys:
                if (of := partitions.user_of_day(key)) is not None:
                    found[of[0]].add(of[1])
            if cursor == b"0":
                break
    today = datetime.fromtimestamp(int(seconds), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    (row,) = await postgres.rows(_WITH_USAGE, today, within=_LIST_WITHIN)
    for first in range(0, len(row["ids"]), _ID_BYTES):
        user_id = UUID(bytes=row["ids"][first : first + _ID_BYTES])
        found[partitions.of(user_id)].add(user_id)
        if first % (_ID_BYTES * _KEYS_AT_ONCE) == 0:
            # Others have their turn.
            await asyncio.sleep(0)
    return found


def _log(result: Result) -> None:
    for one in result.differing[:_MOST_LOGGED]:
        logger.error(
            "The counts of user %s on %s differ: %d units were spent, %d are counted%s.",
            *(*one.of, one.spent, one.counted, f" ({one.reason})" if one.reason else ""),
        )
    for one in result.unreadable[:_MOST_LOGGED]:
        logger.warning("The counts of user %s on %s are UNREADABLE: %s.", *one.of, one.reason)
