"""Calls of jobs: a row in Postgres names the call before Redis admits it, and until it is settled there.

So whatever is killed, another worker knows which call to end. No process ends such a call but the one whose name is in
the row, and the reaper leaves it alone while a row names it.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import replace

from db import postgres
from limits.charges import Lease
from limits.entries import Outcome
from limits.settlement import Settler

# Longer by this than the calls of requests, so that the reaper knows them apart without asking Postgres.
_MARK = b"J"
_BYTES = 17

_HELD = "SELECT call_id FROM jobs WHERE call_id = ANY($1::bytea[])"


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


async def settle(
    settler: Settler, lease: Lease, outcomes: Sequence[Outcome], *, first_until: float | None = None
) -> None:
    """Ends the call as `outcomes` say, once, and returns only when Redis has confirmed it.

    `first_until`: this is the first settlement, and it is sent before that time of this machine's monotonic clock. Only
    the first one logs a call that Redis has lost. Raises StoreDown and PostgresDown: then repeat it, without
    `first_until`.
    """
    if first_until is None:
        await settler.confirm(lease, outcomes, "again")
    else:
        await settler.confirm(lease, outcomes, "later", until=first_until)


async def give_back(settler: Settler, lease: Lease) -> None:
    """Ends the call as if it had never been admitted: all units come back, and nothing is counted.

    It may be repeated. The command that admits the call must be answered, or too old to run. Raises StoreDown and
    PostgresDown.
    """
    # Without a user there is no entry for the log.
    await settler.confirm(replace(lease, user_id=None), (), "again")
