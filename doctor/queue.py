"""The queues of the worker: emails and jobs in Postgres, and calls in Redis that are not counted yet. Also whether the
counts of Redis and Postgres agree.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from doctor import postgres, redis, redis_cluster
from doctor.findings import Finding, fail, ok, warn
from email_templates import outbox
from limits import partitions
from settings import Settings

_MAIL_WAITS = timedelta(minutes=10)
_JOB_WAITS = timedelta(minutes=10)
_CALL_WAITS = timedelta(seconds=30)
_COMPARISON_WAITS = timedelta(hours=2)

_MAILS = """
SELECT count(*) FILTER (WHERE status = 'failed') AS given_up,
    min(updated) FILTER (WHERE status = 'failed') AS given_up_since,
    count(*) FILTER (WHERE status IN ('queued', 'picked')) AS waiting,
    min(created) FILTER (WHERE status IN ('queued', 'picked')) AS waiting_since,
    now() AS now
FROM pgqueuer WHERE entrypoint = $1
"""
_JOBS = """
SELECT count(*) FILTER (WHERE state = 'QUEUED') AS queued, count(*) FILTER (WHERE state = 'RUNNING') AS running,
    (array_agg(available_at ORDER BY turn, created_at, id) FILTER (WHERE state = 'QUEUED'))[1] AS since, now() AS now
FROM jobs WHERE state IN ('QUEUED', 'RUNNING')
"""
_REJECTED = "SELECT count(*) AS count, min(at) AS since FROM usage_rejected"
_COMPARED = """
SELECT count(*) AS partitions, sum(agreeing) AS agreeing, sum(differing) AS differing, sum(unreadable) AS unreadable,
    sum(units_apart) AS units, min(at) AS since, now() - min(at) > $1 AS is_old
FROM usage_comparisons
"""
_DIFFERENCES = """
SELECT user_id, day, spent, counted, reason FROM usage_differences WHERE (spent IS NULL) = $1
ORDER BY day, user_id LIMIT 1
"""
_ROLLED_UP = "SELECT partition, generation, last_id FROM usage_folds"

_Log = tuple[str, int]


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    """If a server cannot be reached, the examinations of Postgres and Redis say why."""
    try:
        async with postgres.connected(settings) as database, redis_cluster.connected(str(settings.redis_url)) as client:
            (mails,) = await database.fetch(_MAILS, outbox.MAILS)
            yield _given_up(mails)
            yield _waiting(mails)
            yield _jobs(*await database.fetch(_JOBS))
            yield await _calls(database, client)
            yield _set_aside(*await database.fetch(_REJECTED))
            yield await _counts(database)
    except (postgres.Unreachable, redis.Unreachable):
        yield warn("queue", "it was not checked: Postgres and Redis must answer, and the migrations must be applied.")


def _given_up(mails: asyncpg.Record) -> Finding:
    if not mails["given_up"]:
        return ok("emails given up", "none.")
    return warn(
        "emails given up",
        f"{mails['given_up']}, the first {_instant(mails['given_up_since'])}: `gatehouse mail list` shows why. Fix "
        "that, then queue them again with `gatehouse mail send-again`.",
    )


def _waiting(mails: asyncpg.Record) -> Finding:
    waiting, since = mails["waiting"], mails["waiting_since"]
    if not waiting or mails["now"] - since < _MAIL_WAITS:
        return ok("emails waiting", f"{waiting or 'none'}.")
    return warn(
        "emails waiting",
        f"{waiting}, the oldest since {_instant(since)}: no worker runs, or the mail server accepts no emails. "
        "`gatehouse mail list` shows its replies.",
    )


def _jobs(found: asyncpg.Record) -> Finding:
    """A job that waits for its units is tried again every few seconds, so it is not reported."""
    said = f"{found['queued'] or 'none'} in the queue, {found['running'] or 'none'} running."
    if not found["queued"] or found["now"] - found["since"] < _JOB_WAITS:
        return ok("jobs", said)
    return warn(
        "jobs",
        f"{said} The next job waits since {_instant(found['since'])}: too few workers run jobs, or too few at once "
        "(GATEHOUSE_JOBS_RUNNING), or Triton is down.",
    )


async def _calls(database: asyncpg.Connection, client: Any) -> Finding:
    rolled_up = {(row["partition"], row["generation"]): row["last_id"] for row in await database.fetch(_ROLLED_UP)}
    oldest = await _oldest(client, rolled_up)
    seconds = await _now(client)
    if oldest is None or seconds - oldest.timestamp() < _CALL_WAITS.total_seconds():
        return ok("calls", "all are counted, except those of the last seconds.")
    return warn(
        "calls",
        f"the oldest call that is not counted ended at {_instant(oldest)}: no worker runs, or Postgres is too slow.",
    )


async def _now(client: Any) -> int:
    """By Redis' clock; in a cluster, by that of any master."""
    found = await client.time()
    seconds, _ = next(iter(found.values())) if isinstance(found, dict) else found
    return int(seconds)


def _set_aside(rejected: asyncpg.Record) -> Finding:
    if not rejected["count"]:
        return ok("calls set aside", "none.")
    return warn(
        "calls set aside",
        f"{rejected['count']} could not be added to usage, the first {_instant(rejected['since'])}: the table "
        "usage_rejected has the reasons. See Calls set aside in docs/operating.md.",
    )


async def _counts(database: asyncpg.Connection) -> Finding:
    """What the worker found when it last compared Redis with Postgres."""
    # In one snapshot: the worker may replace them between the two statements.
    async with database.transaction(isolation="repeatable_read", readonly=True):
        (compared,) = await database.fetch(_COMPARED, _COMPARISON_WAITS)
        examples = await database.fetch(_DIFFERENCES, not compared["differing"])
    if not compared["partitions"]:
        return warn("counts", "they were never compared: no worker runs.")
    if compared["differing"]:
        (first,) = examples
        return fail(
            "counts",
            f"those of {compared['differing']} users and days differ, by {compared['units']} units in all. The first "
            f"is user {first['user_id']} on {first['day']}: {first['spent']} units were spent, {first['counted']} are "
            "counted. See Counts differ in docs/operating.md.",
        )
    if compared["is_old"]:
        return warn(
            "counts", f"some were last compared {_instant(compared['since'])}: no worker runs, or its log shows why."
        )
    if compared["unreadable"]:
        (first,) = examples
        return warn(
            "counts",
            f"those of {compared['unreadable']} users and days are UNREADABLE. The first is user {first['user_id']} on "
            f"{first['day']}: {first['reason']}. See Counts differ in docs/operating.md.",
        )
    return ok("counts", f"those of all {compared['agreeing']} users and days agree, at {_instant(compared['since'])}.")


async def _oldest(client: Any, rolled_up: Mapping[_Log, str]) -> datetime | None:
    """When the oldest call ended that is not added to usage yet, by Redis' clock, which makes the ids of its logs."""
    logs = await _logs(client)
    async with client.pipeline(transaction=False) as asking:
        for log in logs:
            # Entries already added to usage may stay in the log until the next call of their partition.
            asking.xrange(partitions.log(*log), min=f"({rolled_up.get(log, '0-0')}", count=1)
        answers = await asking.execute()
    ended_ms = [int(entry[0].partition(b"-")[0]) for entries in answers for entry in entries]
    return datetime.fromtimestamp(min(ended_ms) / 1000, UTC) if ended_ms else None


async def _logs(client: Any) -> list[_Log]:
    names = list(partitions.of_users())
    async with client.pipeline(transaction=False) as asking:
        for name in names:
            asking.smembers(partitions.logs(name))
        answers: list[Iterable[bytes]] = await asking.execute()
    return [(name, int(number)) for name, numbers in zip(names, answers, strict=True) for number in numbers]


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
