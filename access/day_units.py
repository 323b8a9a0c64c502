"""What a user has spent on a day: by Postgres, and by what Redis has logged and Postgres has not booked yet.

For the cache load of a credential, which waits for no rollup: nothing here takes a lock, and an entry that cannot be
booked, or a partition that cannot be folded, keeps nobody out.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from access import entries, folding, partitions, records
from access.booking import READ_WITHIN
from access.entries import Malformed
from access.partitions import Log
from access.store import Store

_AT_ONCE = 5000
_NOTHING = (0, 0)

_BOOKED = "SELECT generation, last_id FROM usage_folds WHERE partition = $1"
# One statement: the sum holds exactly what is booked up to these ids.
_SUM = """
SELECT s.units, f.generation, f.last_id
FROM (SELECT coalesce(sum(units), 0)::bigint AS units FROM usage_days
      WHERE user_id = ANY($2::uuid[]) AND day = $3) s
LEFT JOIN usage_folds f ON f.partition = $1
"""

_Id = tuple[int, int]


async def spent(store: Store, user_ids: Sequence[UUID], day: date) -> int:
    """Units of that day, UTC, of all calls of the first user that have ended until now, and of the booked calls of the
    others. Raises StoreDown, PostgresDown.
    """
    user_id = user_ids[0]
    partition = partitions.of(user_id)
    # The logs first and the sum later: what is booked in between is in both, and is left out by its id.
    behind = _ids(await records.rows(_BOOKED, partition))
    logged = {
        log.generation: await _logged(store, log, user_id, day, after=behind.get(log.generation, _NOTHING))
        for log in await folding.logs_of(store, partition)
    }
    found = await records.rows(_SUM, partition, list(user_ids), day)
    behind = _ids(row for row in found if row["generation"] is not None)
    return int(found[0]["units"]) + sum(
        units
        for generation, units_by_id in logged.items()
        for identity, units in units_by_id.items()
        if identity > behind.get(generation, _NOTHING)
    )


async def _logged(store: Store, log: Log, user_id: UUID, day: date, *, after: _Id) -> dict[_Id, int]:
    """Units by entry, of those entries that can be booked."""
    units: dict[_Id, int] = {}
    while True:
        asked = ("XRANGE", partitions.log(*log), f"({after[0]}-{after[1]}", "+", "COUNT", _AT_ONCE)
        (found,) = await store.batch([asked], within=READ_WITHIN)
        units |= {entries.order(identity): _units(fields[1], user_id, day) for identity, fields in found}
        if len(found) < _AT_ONCE:
            return {identity: number for identity, number in units.items() if number}
        after = entries.order(found[-1][0])


def _units(packed: bytes, user_id: UUID, day: date) -> int:
    if not entries.is_of(packed, user_id):
        return 0
    try:
        entry = entries.unpack(packed)
    except Malformed:
        # Folding sets it aside, and says so.
        return 0
    return sum(outcome.units for outcome in entry.outcomes) if entry.hour.date() == day else 0


def _ids(rows: Iterable[Mapping[str, Any]]) -> dict[int, _Id]:
    return {row["generation"]: entries.order(row["last_id"].encode()) for row in rows}
