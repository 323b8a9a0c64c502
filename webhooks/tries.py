"""The tries in Postgres: which are due, which are running, and their outcomes. Times are by Postgres' clock.

A try is stored and claimed in one transaction before it is sent, so no two workers send it. If its worker dies, it is
due again when its claim ends.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import Tortoise

from db import postgres
from db.models.webhooks import WebhookState
from webhooks.sending import Outcome

# After each try that failed, from the first one on.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000))
# So that tries which failed together do not come back together.
_JITTER = 0.1
CLAIMED_FOR = timedelta(seconds=60)
# Of all workers together: a receiver that does not answer takes its owner's slots and no other user's.
OF_USER = 4
OF_HOST = 4
# How many due webhooks of each user are considered, oldest first: some may have to wait for their host.
_LOOKED_AT = 16

# Any number that nothing else uses for an advisory lock of one number.
_LOCK = 0x6761_7465_7765_6268
_IS_ANY = "SELECT EXISTS (SELECT FROM webhooks WHERE next_at IS NOT NULL) AS is_any"
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock($1) AS ours"
# The users with a due webhook are found one by one in the index, so that one with many delays nobody.
_CHOOSE = f"""
WITH RECURSIVE owners AS (
    (SELECT user_id FROM webhooks WHERE next_at IS NOT NULL ORDER BY user_id LIMIT 1)
    UNION ALL
    SELECT (SELECT w.user_id FROM webhooks w WHERE w.next_at IS NOT NULL AND w.user_id > o.user_id
            ORDER BY w.user_id LIMIT 1)
    FROM owners o WHERE o.user_id IS NOT NULL
), due AS (
    SELECT w.* FROM owners o CROSS JOIN LATERAL (
        SELECT job_id, user_id, host, next_at, running FROM webhooks
        WHERE user_id = o.user_id AND next_at <= clock_timestamp()
          AND (running IS NULL OR running_until < clock_timestamp())
        ORDER BY next_at LIMIT {_LOOKED_AT}
    ) w
), busy AS (
    SELECT user_id, host FROM webhooks WHERE running IS NOT NULL AND running_until >= clock_timestamp()
), of_host AS (
    SELECT *, (SELECT count(*) FROM busy b WHERE b.host = due.host)
              + row_number() OVER (PARTITION BY host ORDER BY next_at, job_id) AS number_of_host FROM due
), of_user AS (
    SELECT *, (SELECT count(*) FROM busy b WHERE b.user_id = o.user_id)
              + row_number() OVER (PARTITION BY user_id ORDER BY next_at, job_id) AS number_of_user
    FROM of_host o WHERE number_of_host <= {OF_HOST}
)
SELECT job_id, running AS lost FROM (
    SELECT *, row_number() OVER (ORDER BY number_of_user, next_at, job_id) AS place FROM of_user
    WHERE number_of_user <= {OF_USER}
) chosen
WHERE number_of_user = 1 OR place <= $2 ORDER BY place LIMIT $1
"""  # noqa: S608 - all ours
_CLAIM = """
UPDATE webhooks SET running = gen_random_uuid(), running_until = clock_timestamp() + $2::interval,
    lost = lost + (running IS NOT NULL)::int
WHERE job_id = ANY($1::uuid[]) RETURNING job_id, user_id, url, state, failures, lost, is_resent, running
"""
_LOSE = "UPDATE webhook_tries SET error = $2 WHERE id = ANY($1::uuid[]) AND milliseconds IS NULL"
_BEGIN = """
INSERT INTO webhook_tries (id, job_id, at)
SELECT t.id, t.job_id, clock_timestamp() FROM unnest($1::uuid[], $2::uuid[]) AS t (id, job_id) RETURNING id, at
"""
_END = "UPDATE webhook_tries SET status = $2, error = $3, milliseconds = $4 WHERE id = $1"
_RELEASE = """
UPDATE webhooks SET running = NULL, running_until = NULL, is_resent = false, lost = 0, state = $3, failures = $4,
    next_at = clock_timestamp() + $5::interval
WHERE job_id = $1 AND running = $2
"""
_BREAK_OFF = "UPDATE webhooks SET running = NULL, running_until = NULL WHERE running = ANY($1::uuid[])"

_DIED = "The worker ended before the answer came."


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A try that this worker has claimed. `lost`: how many tries before it were lost with their worker."""

    id: UUID
    job_id: UUID
    user_id: UUID
    url: str
    at: datetime
    state: WebhookState
    failures: int
    lost: int
    is_resent: bool


async def claim(most: int, *, repeated: int | None = None) -> list[Try]:
    """Claims due tries, `most` at most. At most `repeated` of them are of users who have another one running.

    Raises ServiceUnavailable.
    """
    # An idle worker takes no lock.
    async with postgres.as_service_unavailable():
        (waiting,) = await Tortoise.get_connection("default").execute_query_dict(_IS_ANY)
    if not waiting["is_any"]:
        return []
    async with postgres.transaction() as tx:
        (lock,) = await tx.execute_query_dict(_TRY_LOCK, [_LOCK])
        # Another worker is claiming now. Two at once would not see each other's tries in the counts.
        if not lock["ours"]:
            return []
        chosen = await tx.execute_query_dict(_CHOOSE, [most, most if repeated is None else repeated])
        if not chosen:
            return []
        claimed = await tx.execute_query_dict(_CLAIM, [[row["job_id"] for row in chosen], CLAIMED_FOR])
        await tx.execute_query(_LOSE, [[row["lost"] for row in chosen if row["lost"]], _DIED])
        begun = await tx.execute_query_dict(
            _BEGIN, [[row["running"] for row in claimed], [row["job_id"] for row in claimed]]
        )
    began_at = {row["id"]: row["at"] for row in begun}
    return [_of(row, began_at[row["running"]]) for row in claimed]


def _of(row: dict[str, Any], at: datetime) -> Try:
    return Try(
        id=row["running"],
        job_id=row["job_id"],
        user_id=row["user_id"],
        url=row["url"],
        at=at,
        state=WebhookState(row["state"]),
        failures=row["failures"],
        lost=row["lost"],
        is_resent=row["is_resent"],
    )


async def end(done: Try, outcome: Outcome) -> WebhookState:
    """Stores the outcome, and when the next try is due. May be repeated. Raises ServiceUnavailable."""
    state, failures, pause = _next(done, outcome)
    async with postgres.transaction() as tx:
        await tx.execute_query(_END, [done.id, outcome.status, outcome.error, outcome.milliseconds])
        await tx.execute_query(_RELEASE, [done.job_id, done.id, state, failures, pause])
    return state


def _next(done: Try, outcome: Outcome) -> tuple[WebhookState, int, timedelta | None]:
    """The state, the number of failures, and how long until the next try; None for no more."""
    if outcome.error is None:
        return WebhookState.DELIVERED, done.failures, None
    if done.is_resent:
        # An extra try: if it fails, the schedule stays as it was.
        return done.state, done.failures, None
    failures = done.failures + 1
    if outcome.is_final or failures > len(PAUSES):
        return WebhookState.FAILED, failures, None
    jitter = random.uniform(1, 1 + _JITTER)  # noqa: S311 - no secret
    return WebhookState.SENDING, failures, max(PAUSES[failures - 1], min(outcome.not_before, PAUSES[-1])) * jitter


async def break_off(running: Sequence[UUID]) -> None:
    """For a worker that stops: ends its claims, so that another one sends these at once. Raises ServiceUnavailable."""
    async with postgres.transaction() as tx:
        await tx.execute_query(_BREAK_OFF, [list(running)])
        await tx.execute_query(_LOSE, [list(running), _DIED])
