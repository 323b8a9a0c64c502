"""Which Redis server this is. A new server may hold any old data, so a new epoch makes its cache entries invalid."""

from collections.abc import Collection, Sequence
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
_LIVE = "SELECT generation, identity, node FROM redis_identities WHERE IS_LIVE".replace("IS_LIVE", epoch.IS_LIVE)
# A server that was replaced by another and is used again is treated as new: it gets a new number.
_INSERT = """
INSERT INTO redis_identities (identity, node, seen_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (identity) DO UPDATE SET generation = nextval(pg_get_serial_sequence('redis_identities', 'generation')),
    node = EXCLUDED.node, seen_at = EXCLUDED.seen_at, replaced_at = NULL
RETURNING generation
"""
# The server that this node was before, and every server that has no keys any more by the same view of the cluster.
_REPLACE = """
UPDATE redis_identities SET replaced_at = clock_timestamp()
WHERE replaced_at IS NULL AND generation <> $1 AND (node = $2 OR node <> ALL ($3::text[]))
"""


@dataclass(frozen=True, slots=True)
class Registered:
    """`live` are the numbers of all servers in use."""

    generation: int
    epoch: int
    live: Collection[int]
    # This may be the process' first query to Postgres, and it must not admit before it knows the retired keys.
    retired_keys: Sequence[str]


async def register(identity: str, node: str = "", masters: Sequence[str] = ("",)) -> Registered:
    """The number of this server, and the epoch from which its cache entries count. Raises PostgresDown.

    `node` is its id in a cluster, and `masters` are the ids of all nodes that have keys. The others are in use no
    longer.
    """
    return await postgres.run(_register(identity, node, masters), within=_REGISTER_WITHIN)


async def _register(identity: str, node: str, masters: Sequence[str]) -> Registered:
    async with in_transaction("default") as transaction:
        # Processes register one after another: if several see a new server, only one of them raises the epoch.
        (state,) = await transaction.execute_query_dict(_LOCK)
        live = await transaction.execute_query_dict(_LIVE)
        known = [row["generation"] for row in live if (row["identity"], row["node"]) == (identity, node)]
        if not known:
            (row,) = await transaction.execute_query_dict(_INSERT, [identity, node])
            known = [row["generation"]]
            await transaction.execute_query_dict(_REPLACE, [*known, node, list(masters)])
            live = await transaction.execute_query_dict(_LIVE)
            state |= (await transaction.execute_query_dict(epoch.RAISE))[0]
        in_use = [row["generation"] for row in live]
        return Registered(known[0], state["epoch"], in_use, state["retired"].split())
