"""What waits for a worker: emails in Postgres, and calls in Redis that are not counted yet."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import asyncpg
from redis.asyncio import Redis

from doctor import postgres, redis
from doctor.findings import Finding, ok, warn
from email_templates import outbox
from limits import partitions
from settings import Settings

_MAIL_WAITS = timedelta(minutes=10)
_CALL_WAITS = timedelta(seconds=30)

_MAILS = """
SELECT count(*) FILTER (WHERE status = 'failed') AS given_up,
    min(updated) FILTER (WHERE status = 'failed') AS given_up_since,
    count(*) FILTER (WHERE status IN ('queued', 'picked')) AS waiting,
    min(created) FILTER (WHERE status IN ('queued', 'picked')) AS waiting_since,
    now() AS now
FROM pgqueuer WHERE entrypoint = $1
"""
_REJECTED = "SELECT count(*) AS count, min(at) AS since FROM usage_rejected"
_ROLLED_UP = "SELECT partition, generation, last_id FROM usage_folds"

_Log = tuple[str, int]


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    """What keeps it from looking is said by the examinations of Postgres and Redis."""
    try:
        async with postgres.connected(settings) as database, redis.connected(str(settings.redis_url)) as client:
            (mails,) = await database.fetch(_MAILS, outbox.MAILS)
            yield _given_up(mails)
            yield _waiting(mails)
            yield await _calls(database, client)
            yield _set_aside(*await database.fetch(_REJECTED))
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
        f"{waiting}, the oldest since {_instant(since)}: no worker runs, or the mail server accepts none. "
        "`gatehouse mail list` shows its replies.",
    )


async def _calls(database: asyncpg.Connection, client: Redis) -> Finding:
    rolled_up = {(row["partition"], row["generation"]): row["last_id"] for row in await database.fetch(_ROLLED_UP)}
    oldest = await _oldest(client, rolled_up)
    seconds, _ = await client.time()
    if oldest is None or seconds - oldest.timestamp() < _CALL_WAITS.total_seconds():
        return ok("calls", "all are counted, except those of the last seconds.")
    return warn(
        "calls",
        f"the oldest one that is not counted is of {_instant(oldest)}: no worker runs, or Postgres is too slow.",
    )


def _set_aside(rejected: asyncpg.Record) -> Finding:
    if not rejected["count"]:
        return ok("calls set aside", "none.")
    return warn(
        "calls set aside",
        f"{rejected['count']} could not be added to usage, the first {_instant(rejected['since'])}: the table "
        "usage_rejected has the reasons. See Calls set aside in docs/operating.md.",
    )


async def _oldest(client: Redis, rolled_up: Mapping[_Log, str]) -> datetime | None:
    """When the oldest call ended that is not added to usage yet; by Redis' clock, as the ids in its logs are."""
    logs = await _logs(client)
    async with client.pipeline(transaction=False) as asking:
        for log in logs:
            # Entries already added to usage may stay in the log until the next call of their partition.
            asking.xrange(partitions.log(*log), min=f"({rolled_up.get(log, '0-0')}", count=1)
        answers = await asking.execute()
    ended_ms = [int(entry[0].partition(b"-")[0]) for entries in answers for entry in entries]
    return datetime.fromtimestamp(min(ended_ms) / 1000, UTC) if ended_ms else None


async def _logs(client: Redis) -> list[_Log]:
    names = [name for name in partitions.every() if not name.startswith("n")]
    async with client.pipeline(transaction=False) as asking:
        for name in names:
            asking.smembers(partitions.logs(name))
        answers: list[Iterable[bytes]] = await asking.execute()
    return [(name, int(number)) for name, numbers in zip(names, answers, strict=True) for number in numbers]


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
