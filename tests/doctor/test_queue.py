from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from doctor import queue
from limits import partitions
from tests.doctor.conftest import said

WELL = [
    "ok   emails given up: none.",
    "ok   emails waiting: none.",
    "ok   jobs: none in the queue, none running.",
    "ok   calls: all are counted, except those of the last seconds.",
    "ok   calls set aside: none.",
    "warn counts: they were never compared: no worker runs.",
]


@pytest.fixture
async def database(migrated_url):
    connection = await asyncpg.connect(migrated_url)
    yield connection
    await connection.close()


async def queue_mail(database, status, at):
    await database.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, created, updated) VALUES (0, $1, 'mails', $2, $2)",
        status,
        at,
    )


async def log_call(redis_client, at):
    """Its id."""
    milliseconds = int(at.timestamp() * 1000)
    await redis_client.sadd(partitions.logs("7"), 3)
    return await redis_client.xadd(partitions.log("7", 3), {"e": b""}, id=f"{milliseconds}-5")


async def test_a_queue_that_is_well(new_settings, database, redis_client):
    assert await said(queue.examine, new_settings()) == WELL


async def test_what_is_young_is_well(new_settings, database, redis_client):
    await queue_mail(database, "queued", datetime.now(UTC) - timedelta(minutes=9))
    await log_call(redis_client, datetime.now(UTC) - timedelta(seconds=10))

    assert await said(queue.examine, new_settings()) == [WELL[0], "ok   emails waiting: 1.", *WELL[2:]]


async def test_undeliverable_emails_are_reported(new_settings, database, redis_client):
    for hour in (3, 4):
        await queue_mail(database, "failed", datetime(2026, 11, 23, hour, tzinfo=UTC))

    assert await said(queue.examine, new_settings()) == [
        "warn emails given up: 2, the first 2026-11-23 03:00:00 UTC: `gatehouse mail list` shows why. Fix that, then "
        "queue them again with `gatehouse mail send-again`.",
        *WELL[1:],
    ]


@pytest.mark.parametrize("status", ["queued", "picked"])
async def test_emails_that_wait_long_are_reported(new_settings, database, redis_client, status):
    await queue_mail(database, status, datetime(2026, 11, 22, 3, tzinfo=UTC))
    await queue_mail(database, status, datetime.now(UTC))

    assert await said(queue.examine, new_settings()) == [
        WELL[0],
        "warn emails waiting: 2, the oldest since 2026-11-22 03:00:00 UTC: no worker runs, or the mail server accepts "
        "no emails. `gatehouse mail list` shows its replies.",
        *WELL[2:],
    ]


async def test_calls_that_are_not_counted_are_reported(new_settings, database, redis_client):
    await log_call(redis_client, datetime(2026, 11, 22, 3, tzinfo=UTC))

    assert await said(queue.examine, new_settings()) == [
        *WELL[:3],
        "warn calls: the oldest call that is not counted ended at 2026-11-22 03:00:00 UTC: no worker runs, or "
        "Postgres is too slow.",
        *WELL[4:],
    ]


async def test_calls_that_were_set_aside_are_reported(new_settings, database, redis_client):
    for day in (21, 22):
        await database.execute(
            "INSERT INTO usage_rejected (partition, generation, entry_id, entry, reason, at) "
            "VALUES ('7', 1, '5-0', '\\x00', '-', $1)",
            datetime(2026, 11, day, 3, tzinfo=UTC),
        )

    assert await said(queue.examine, new_settings()) == [
        *WELL[:4],
        "warn calls set aside: 2 could not be added to usage, the first 2026-11-21 03:00:00 UTC: the table "
        "usage_rejected has the reasons. See Calls set aside in docs/operating.md.",
        WELL[5],
    ]


async def compare(database, partition, agreeing, differing, unreadable, units, at=None):
    await database.execute(
        "INSERT INTO usage_comparisons (partition, at, agreeing, differing, unreadable, units_apart) "
        "VALUES ($1, coalesce($6, now()), $2, $3, $4, $5)",
        *(partition, agreeing, differing, unreadable, units, at),
    )


async def differ(database, number, spent, counted, reason):
    await database.execute(
        "INSERT INTO usage_differences (partition, user_id, day, spent, counted, reason) "
        "VALUES ('7', $1, $2, $3, $4, $5)",
        *(UUID(int=number), date(2026, 11, number), spent, counted, reason),
    )


async def test_counts_that_agree_are_well(new_settings, database, redis_client):
    at = datetime.now(UTC).replace(microsecond=0)
    await compare(database, "7", 5, 0, 0, 0, at)
    await compare(database, "8", 6, 0, 0, 0)

    *_, said_last = await said(queue.examine, new_settings())
    assert said_last == f"ok   counts: those of all 11 users and days agree, at {at:%Y-%m-%d %H:%M:%S} UTC."


async def test_counts_that_differ_are_a_failure(new_settings, database, redis_client):
    await compare(database, "7", 5, 2, 1, 9)
    await differ(database, 3, 4, 6, None)
    await differ(database, 2, 8, 1, None)
    await differ(database, 1, None, None, "no reason")

    *_, said_last = await said(queue.examine, new_settings())
    assert said_last == (
        "FAIL counts: those of 2 users and days differ, by 9 units in all. The first is user "
        "00000000-0000-0000-0000-000000000002 on 2026-11-02: 8 units were spent, 1 are counted. See Counts differ in "
        "docs/operating.md."
    )


async def test_counts_that_cannot_be_read_have_no_number(new_settings, database, redis_client):
    await compare(database, "7", 5, 0, 1, 0)
    await differ(database, 1, None, None, "the day in Redis cannot be read")

    *_, said_last = await said(queue.examine, new_settings())
    assert said_last == (
        "warn counts: those of 1 users and days are UNREADABLE. The first is user "
        "00000000-0000-0000-0000-000000000001 on 2026-11-01: the day in Redis cannot be read. See Counts differ in "
        "docs/operating.md."
    )


async def test_counts_that_were_not_compared_for_long_are_told(new_settings, database, redis_client):
    await compare(database, "7", 5, 0, 1, 0, datetime(2026, 11, 22, 3, tzinfo=UTC))
    await compare(database, "8", 5, 0, 0, 0)

    *_, said_last = await said(queue.examine, new_settings())
    assert said_last == (
        "warn counts: some were last compared 2026-11-22 03:00:00 UTC: no worker runs, or its log shows why."
    )


async def test_a_call_that_is_counted_and_still_lies_there_is_well(new_settings, database, redis_client):
    identity = await log_call(redis_client, datetime(2026, 11, 22, 3, tzinfo=UTC))
    await database.execute(
        "INSERT INTO usage_folds (partition, generation, last_id) VALUES ('7', 3, $1)", identity.decode()
    )

    assert await said(queue.examine, new_settings()) == WELL


@pytest.mark.parametrize("lacks", ["Redis", "Postgres", "migrations"])
async def test_what_it_cannot_look_at_is_said(new_settings, database_url, lacks):
    changes = {
        "Redis": {"REDIS_URL": "redis://127.0.0.1:1/0"},
        "Postgres": {"DATABASE_URL": "postgres://gatehouse:pass-word@127.0.0.1:1/gatehouse"},
        "migrations": {"DATABASE_URL": database_url},
    }

    assert await said(queue.examine, new_settings(**changes[lacks])) == [
        "warn queue: it was not checked: Postgres and Redis must answer, and the migrations must be applied."
    ]
