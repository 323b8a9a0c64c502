"""What Redis has spent is compared with what Postgres has counted: a difference of one unit is found, and none is made
up."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from tortoise import Tortoise
from tortoise.exceptions import OperationalError

import worker
from db.models.usage import Usage, UsageComparison, UsageDay
from limits import partitions, reaper, rollup
from limits.comparison import results
from limits.comparison.turns import Comparison
from limits.entries import Outcome
from telemetry import metrics
from tests.limits.comparing import NONE_RUN, compared, day_key, differences, figures, of_one_partition, today
from tests.limits.comparing import comparison as comparison
from tests.limits.people import inference


async def test_counts_agree_in_whatever_state_the_calls_are(limiter, comparison):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    await rollup.roll_up_all(limiter.store)
    await limiter.call(ada, units=5)
    running = await limiter.gate.admit(ada, inference(7))
    given_back = await limiter.gate.admit(ada, inference(11))
    await limiter.gate.settle(given_back, [Outcome("text", 1, 1, 0)])

    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    assert (await limiter.state(ada.user_id))["day"] == 15
    await limiter.gate.settle(running, [Outcome("text", 1, 0, 7)])
    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    assert await differences() == []


@pytest.mark.parametrize("more", [1, -1])
async def test_one_unit_in_redis_is_found(limiter, comparison, caplog, more):
    ada, eve = await limiter.session(), await limiter.session()
    for credential in (ada, eve):
        await limiter.call(credential, units=3)
    await limiter.redis.hincrby(partitions.of_user(ada.user_id).day, "u", more)

    assert figures(await compared(comparison)) == (1, 1, 0, 1)

    assert await differences() == [(ada.user_id, today(), 3 + more, 3, None)]
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == (
        f"The counts of user {ada.user_id} on {today()} differ: {3 + more} units were spent, 3 are counted."
    )


async def test_one_unit_in_postgres_is_found_and_so_is_its_repair(limiter, comparison):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    await limiter.usage(ada.user_id)
    await UsageDay.filter(user_id=ada.user_id).update(units=4)

    assert figures(await compared(comparison)) == (0, 1, 0, 1)
    assert await differences() == [(ada.user_id, today(), 4, 3, "the first number is by day, the second by hour")]
    # The trigger adds the unit of the hour to the day, so both are wrong in the same way.
    await UsageDay.filter(user_id=ada.user_id).update(units=3)
    await Usage.filter(user_id=ada.user_id).update(units=4)

    assert figures(await compared(comparison)) == (0, 1, 0, 1)
    assert await differences() == [(ada.user_id, today(), 3, 4, None)]
    await Usage.filter(user_id=ada.user_id).update(units=3)

    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    assert await differences() == []


async def test_a_day_that_redis_does_not_have_is_found(limiter, comparison):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    await limiter.usage(ada.user_id)
    await limiter.redis.delete(partitions.of_user(ada.user_id).day)

    assert figures(await compared(comparison)) == (0, 1, 0, 3)
    assert await differences() == [(ada.user_id, today(), 0, 3, None)]


async def test_what_cannot_be_read_is_unreadable_and_has_no_number(limiter, comparison, caplog):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    await limiter.redis.delete(day_key(ada))
    await limiter.redis.set(day_key(ada), "3")

    assert figures(await compared(comparison)) == (0, 0, 1, 0)

    assert await differences() == [(ada.user_id, today(), None, None, "the day in Redis cannot be read")]
    (record,) = [record for record in caplog.records if record.name.startswith("limits.comparison")]
    assert record.getMessage() == (
        f"The counts of user {ada.user_id} on {today()} are UNREADABLE: the day in Redis cannot be read."
    )


@pytest.mark.parametrize(
    ("entry", "unreadable"), [(lambda user: user.bytes + b"--", 1), (lambda user: b"short", 2)], ids=["head", "none"]
)
async def test_an_entry_that_was_set_aside_makes_its_user_unreadable(limiter, comparison, entry, unreadable):
    ada, eve, _ = await of_one_partition(limiter)
    partition = partitions.of(ada.user_id)
    log = partitions.log(partition, limiter.store.generation(partition))
    await limiter.redis.xadd(log, {"e": entry(ada.user_id)})

    assert figures(await compared(comparison)) == (3 - unreadable, 0, unreadable, 0)
    reasons = {row[0]: row[2:] for row in await differences()}
    assert reasons[ada.user_id] == (None, None, "an entry of the log cannot be read")

    await rollup.roll_up_all(limiter.store)

    assert figures(await compared(comparison)) == (3 - unreadable, 0, unreadable, 0)
    reasons = {row[0]: row[2:] for row in await differences()}
    assert reasons[ada.user_id] == (None, None, "an entry was set aside (usage_rejected)")
    assert (eve.user_id in reasons) == (unreadable == 2)


async def test_an_open_call_that_cannot_be_read_makes_its_partition_unreadable(limiter, comparison):
    ada, eve, _ = await of_one_partition(limiter)
    await limiter.redis.hset(partitions.running(partitions.of(ada.user_id)), b"x" * 16, "no line")

    assert figures(await compared(comparison)) == (1, 0, 2, 0)
    assert {row[0]: row[4] for row in await differences()} == dict.fromkeys(
        (ada.user_id, eve.user_id), "an open call cannot be read"
    )

    await reaper.reap(limiter.store)

    assert figures(await compared(comparison)) == (1, 0, 2, 0)
    assert {row[4] for row in await differences()} == {"an entry was set aside (usage_rejected)"}


async def test_units_of_a_former_user_of_the_address_are_no_drift(limiter, comparison):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    await limiter.redis.hset(day_key(ada), "c", f"{(await day_of(limiter, ada))}:7")
    await limiter.redis.hincrby(day_key(ada), "u", 7)

    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    # Of another day they are void.
    await limiter.redis.hset(day_key(ada), "c", "3:7")
    assert figures(await compared(comparison)) == (0, 1, 0, 7)


async def day_of(limiter, credential):
    return int(await limiter.redis.hget(day_key(credential), "n"))


async def test_yesterday_is_compared_while_redis_has_it_and_today_is_another_day(limiter, comparison):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    running = await limiter.gate.admit(ada, inference(5))
    await a_day_passes(limiter, ada)

    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    await limiter.redis.hincrby(day_key(ada), "u", 1)
    assert figures(await compared(comparison)) == (0, 1, 0, 1)
    assert await differences() == [(ada.user_id, today() - timedelta(days=1), 9, 8, None)]

    # The first call of today begins its day. What ends now from yesterday is given back nowhere.
    await limiter.call(ada, units=2)
    lease = running.lease
    assert lease is not None
    await limiter.gate.settle(running, [Outcome("text", 1, 1, 0)])
    assert figures(await compared(comparison)) == (1, 0, 0, 0)


async def a_day_passes(limiter, credential):
    """All that Redis and Postgres have of this user becomes of yesterday."""
    user_id, key = credential.user_id, day_key(credential)
    await limiter.usage(user_id)
    await limiter.redis.hincrby(key, "n", -1)
    running = partitions.running(partitions.of(user_id))
    for call, line in (await limiter.redis.hgetall(running)).items():
        parts = line.split(b"|", 3)
        parts[2] = b"%d" % (int(parts[2]) - 1)
        await limiter.redis.hset(running, call, b"|".join(parts))
    yesterday = timedelta(days=1)
    (row,) = await Usage.filter(user_id=user_id)
    await Usage.filter(user_id=user_id).delete()
    await UsageDay.filter(user_id=user_id).delete()
    await Usage.create(
        user_id=user_id, token_id=None, model=row.model, hour=row.hour - yesterday, calls=row.calls, failed=row.failed,
        units=row.units, inference_ms=row.inference_ms,
    )  # fmt: skip


async def test_a_day_after_today_is_unreadable(limiter, comparison):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    await limiter.redis.hincrby(day_key(ada), "n", 1)

    assert figures(await compared(comparison)) == (0, 0, 1, 0)
    assert {row[4] for row in await differences()} == {"the day in Redis is after today: its clock was set back"}


async def test_what_is_not_due_is_not_compared(limiter, comparison):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    await limiter.redis.hincrby(day_key(ada), "u", 1)

    await comparison.compare()
    assert figures(await results.total()) == (0, 0, 0, 0)

    hour = datetime.now(UTC) - timedelta(hours=1)
    await UsageComparison.filter(partition=partitions.of(ada.user_id)).update(at=hour)
    await comparison.compare()
    assert figures(await results.total()) == (0, 1, 0, 1)
    # A worker that starts compares at once.
    await limiter.redis.hincrby(day_key(ada), "u", -1)
    await Comparison(limiter.store, NONE_RUN).compare()
    assert figures(await results.total()) == (1, 0, 0, 0)


async def test_redis_is_measured_also_if_postgres_has_no_answer(limiter):
    database = Tortoise.get_connection("default")
    metrics.REDIS_MEMORY_BYTES.labels("used").set(0)
    await database.execute_script("ALTER TABLE usage_comparisons RENAME TO hidden")
    try:
        with pytest.raises(OperationalError):
            await worker.measure(limiter.gate.upkeep)
    finally:
        await database.execute_script("ALTER TABLE hidden RENAME TO usage_comparisons")

    assert (REGISTRY.get_sample_value("gatehouse_redis_memory_bytes", {"kind": "used"}) or 0) > 0
