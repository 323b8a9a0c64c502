"""What a user has spent on a day: the sum in Postgres, plus the log entries in Redis that are not rolled up yet.

For the cache load of a credential, which does not wait for a rollup. Nothing here takes a lock. An entry or a partition
that cannot be rolled up does not keep a user from being admitted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from db import postgres
from limits import entries, partitions, rollup
from limits.entries import Malformed
from limits.partitions import Log
from limits.rollup_transaction import READ_WITHIN
from store.redis import Store

AT_ONCE = 5000
_NOTHING = (0, 0)

_COMMITTED = "SELECT generation, last_id FROM usage_folds WHERE partition = $1"
# One statement, so the sum contains exactly the entries up to these ids.
_SUM = """
SELECT s.units, f.generation, f.last_id
FROM (SELECT coalesce(json_object_agg(model, units), '{}')::text AS units FROM (
          SELECT model, sum(units)::bigint AS units FROM usage_days
          WHERE user_id = ANY($2::uuid[]) AND day = $3 GROUP BY model
      ) AS of_models) s
LEFT JOIN usage_folds f ON f.partition = $1
"""

_Id = tuple[int, int]


async def spent(store: Store, user_ids: Sequence[UUID], day: date) -> Counter[str]:
    """Units of that day (UTC) by model, '' for those of no model.

    All ended calls of the first user count, and the rolled-up calls of the other users.

    Raises StoreDown, PostgresDown.
    """
    user_id = user_ids[0]
    partition = partitions.of(user_id)
    # The logs are read first. An entry that is rolled up before the sum is read is in both: its id shows it, and it is
    # counted once.
    committed = _ids(await postgres.rows(_COMMITTED, partition))
    logged = {
        log.generation: await _logged(store, log, user_id, day, after=committed.get(log.generation, _NOTHING))
        for log in await rollup.logs_of(store, partition)
    }
    found = await postgres.rows(_SUM, partition, list(user_ids), day)
    committed = _ids(row for row in found if row["generation"] is not None)
    units: Counter[str] = Counter(orjson.loads(found[0]["units"]))
    for generation, by_id in logged.items():
        for identity, of_entry in by_id.items():
            if identity > committed.get(generation, _NOTHING):
                units.update(of_entry)
    return units


async def _logged(store: Store, log: Log, user_id: UUID, day: date, *, after: _Id) -> dict[_Id, Counter[str]]:
    """Units by model, by entry id, of the entries that can be rolled up."""
    units: dict[_Id, Counter[str]] = {}
    while True:
        asked = ("XRANGE", partitions.log(*log), f"({after[0]}-{after[1]}", "+", "COUNT", AT_ONCE)
        (found,) = await store.batch([asked], within=READ_WITHIN)
        units |= {entries.order(identity): _units(fields[1], user_id, day) for identity, fields in found}
        if len(found) < AT_ONCE:
            return {identity: of_entry for identity, of_entry in units.items() if of_entry}
        after = entries.order(found[-1][0])


def _units(packed: bytes, user_id: UUID, day: date) -> Counter[str]:
    units: Counter[str] = Counter()
    if not entries.is_of(packed, user_id):
        return units
    try:
        entry = entries.unpack(packed)
    except Malformed:
        # The rollup sets it aside and logs it.
        return units
    if entry.hour.date() == day:
        for outcome in entry.outcomes:
            units[outcome.model or ""] += outcome.units
    return units


def _ids(rows: Iterable[Mapping[str, Any]]) -> dict[int, _Id]:
    return {row["generation"]: entries.order(row["last_id"].encode()) for row in rows}
