"""What the former user of an address has spent. If the address is registered again, its new user's limits begin there.

Postgres knows the former users and the sums of their days (`credential_cache.py`). Redis knows the rest: calls that
still run or are not rolled up yet, and the last minute. If Redis has lost its data, these are lost too, as for every
user (docs/limits.md).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from limits import partitions
from store.redis import Store

_BUCKET_MILLISECONDS = 100
_BUCKETS = 601
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Carried:
    """`day` is the units of the day. `minute` is the units that still count, by tenth of a second, the oldest first."""

    day: int = 0
    minute: tuple[tuple[int, int], ...] = ()


async def carried(store: Store, user_id: UUID, predecessor: UUID, day: datetime) -> Carried:
    """The windows of the last former user; they include what earlier users had spent. Raises StoreDown.

    The day is carried only while the new user has no window of the day: the former user may have another address now,
    and what they spend there is theirs.
    """
    keys = partitions.of_user(predecessor)
    (own,), (number, units), window, (seconds, microseconds) = await store.batch(
        [
            *(("HMGET", partitions.of_user(user_id).day, "n"), ("HMGET", keys.day, "n", "u")),
            *(("HGETALL", keys.minute[0]), ("TIME",)),
        ]
    )
    today = int(day.timestamp()) // int(_DAY.total_seconds())
    is_of_day = number is not None and int(number) == today and (own is None or int(own) != today)
    now = int(seconds) * 1000 + int(microseconds) // 1000
    return Carried(int(units) if is_of_day else 0, _that_count(window, now))


def _that_count(window: list[bytes], now: int) -> tuple[tuple[int, int], ...]:
    # As `look` in window.lua: older units are free again, but stay in the hash until the next `look`.
    oldest = now // _BUCKET_MILLISECONDS - _BUCKETS + 1
    spent = ((int(name), int(units)) for name, units in zip(window[::2], window[1::2], strict=True) if name != b"t")
    return tuple(sorted((bucket, units) for bucket, units in spent if bucket >= oldest and units > 0))
