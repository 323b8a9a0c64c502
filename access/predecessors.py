"""What the former user of an address has spent, if the address was registered again: its new user's limits go on there.

Postgres knows the former users, and sums up their days (`index.py`). Redis knows the rest: calls that still run or are
not folded yet, and the last minute. If Redis has lost its data, that is lost too, as for every user (docs/limits.md).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from access import partitions
from access.store import Store

_BUCKET_MILLISECONDS = 100
_BUCKETS = 601
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Carried:
    """`day` are units of the day; `minute` are the tenths of a second whose units still count, the oldest first."""

    day: int = 0
    minute: tuple[tuple[int, int], ...] = ()


async def carried(store: Store, user_id: UUID, predecessor: UUID, day: datetime) -> Carried:
    """Of the last user before, whose windows hold what those before them had spent. Raises StoreDown.

    The day is carried once, while the user has none: the one before may have moved away, and goes on spending.
    """
    at = partitions.of_user(predecessor)
    (number, units), (own,), window, (seconds, microseconds) = await store.batch(
        [
            *(("HMGET", at.day, "n", "u"), ("HMGET", partitions.of_user(user_id).day, "n")),
            *(("HGETALL", at.minute[0]), ("TIME",)),
        ]
    )
    today = int(day.timestamp()) // int(_DAY.total_seconds())
    is_of_day = number is not None and int(number) == today and (own is None or int(own) != today)
    now = int(seconds) * 1000 + int(microseconds) // 1000
    return Carried(int(units) if is_of_day else 0, _that_count(window, now))


def _that_count(window: list[bytes], now: int) -> tuple[tuple[int, int], ...]:
    # As `look` in window.lua: what is older has come back, and stands there until somebody looks.
    oldest = now // _BUCKET_MILLISECONDS - _BUCKETS + 1
    spent = ((int(name), int(units)) for name, units in zip(window[::2], window[1::2], strict=True) if name != b"t")
    return tuple(sorted((bucket, units) for bucket, units in spent if bucket >= oldest and units > 0))
