"""Which Redis server this is. A new server may hold any old data, so a new epoch makes its cache entries invalid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tortoise.transactions import in_transaction

from db import postgres
from store import epoch

_REGISTER_WITHIN = timedelta(seconds=1)

# A process that is stopped while it holds the lock would block every revocation that must raise the epoch.
_LOCK = """
SELECT epoch, set_config('idle_in_transaction_session_timeout', '1s', true),
       (SELECT coalesce(string_agg(kid, ' '), '') FROM retired_keys) AS retired
FROM index_state WHERE id = 1 FOR UPDATE
"""
_KNOWN = """
SELECT generation FROM redis_identities
WHERE identity = $1 AND generation = (SELECT max(generation) FROM redis_identities)
"""
# A server that was replaced by another and is used again is treated as new: it gets a new number.
_INSERT = """
INSERT INTO redis_identities (identity, seen_at) VALUES ($1, clock_timestamp())
ON CONFLICT (identity) DO UPDATE
SET generation = nextval(pg_get_serial_sequence('redis_identities', 'generation')), seen_at = clock_timestamp()
RETURNING generation
"""


@dataclass(frozen=True, slots=True)
class Registered:
    generation: int
    epoch: int
    # This may be the process' first query to Postgres, and it must not admit before it knows the retired keys.
    retired_keys: Sequence[str]


async def register(identity: str) -> Registered:
    """The number of this server, and the epoch from which its cache entries count. Raises PostgresDown."""
    return await postgres.run(_register(identity), within=_REGISTER_WITHIN)


async def _register(identity: str) -> Registered:
    async with in_transaction("default") as transaction:
        # Processes register one after another: if several see a new server, only one of them raises the epoch.
        (state,) = await transaction.execute_query_dict(_LOCK)
        retired = state["retired"].split()
        known = await transaction.execute_query_dict(_KNOWN, [identity])
        if known:
            return Registered(known[0]["generation"], state["epoch"], retired)
        (row,) = await transaction.execute_query_dict(_INSERT, [identity])
        (state,) = await transaction.execute_query_dict(epoch.RAISE)
        return Registered(row["generation"], state["epoch"], retired)
