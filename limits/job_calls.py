"""Calls of jobs: a row in Postgres names the call before Redis admits it, and until it is settled there.

So whatever is killed, another worker knows which call to end. No process ends such a call but the one whose name is in
the row, and the reaper leaves it alone while a row names it. A trigger on `jobs` adds the call to `usage` when the job
ends, in the same transaction. So these calls are not in the logs of Redis, and what Redis loses is not missing.
"""

import os
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from db import postgres

# Longer by this than the calls of requests, so that the reaper knows them apart without asking Postgres.
_MARK = b"J"
_BYTES = 17

_HELD = "SELECT call_id FROM jobs WHERE call_id = ANY($1::bytea[])"
# The trigger takes the same lock, shared. The number is in its migration, too.
_STAND_STILL = "SELECT pg_advisory_xact_lock(x'676174656a6f6273'::bigint)"
_OPEN = """
SELECT call_id, user_id, CASE WHEN ended_at IS NOT NULL THEN call_units - units END AS rest
FROM jobs WHERE call_id IS NOT NULL
"""


class Open(NamedTuple):
    """A call that Redis may hold. `rest` is the part of its units that is not in `usage` and that its settlement will
    give back; None: the job has not ended."""

    user_id: UUID
    rest: int | None


def new_id() -> bytes:
    return _MARK + os.urandom(_BYTES - len(_MARK))


def is_job(call_id: bytes) -> bool:
    return len(call_id) == _BYTES and call_id.startswith(_MARK)


async def held(call_ids: Collection[bytes]) -> set[bytes]:
    """Those of these calls that a job's row still names. Raises PostgresDown."""
    asked = [call_id for call_id in call_ids if is_job(call_id)]
    if not asked:
        return set()
    return {bytes(row["call_id"]) for row in await postgres.rows(_HELD, asked)}


async def stand_still(tx: BaseDBAsyncClient) -> dict[bytes, Open]:
    """All calls that rows name. Until the transaction is over, no job that has started ends."""
    await tx.execute_query_dict(_STAND_STILL)
    return {bytes(row["call_id"]): Open(row["user_id"], row["rest"]) for row in await tx.execute_query_dict(_OPEN)}
