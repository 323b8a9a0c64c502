"""Each entry of a log is added to usage once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tortoise.transactions import in_transaction

from db.models.usage import Usage, UsageFold
from limits import entries, partitions, revocation, rollup, rollup_transaction
from limits.entries import Outcome
from limits.partitions import Log
from limits.rollup_transaction import Committed
from tests.limits.people import inference


async def log_of(limiter, ada):
    partition = partitions.of(ada.user_id)
    return Log(partition, limiter.store.generation(partition))


async def commit(limiter, log):
    """Commits, and does not trim: like a process that dies between the two."""
    return (await rollup_transaction.commit(limiter.store, [log], 5000, refused={}))[log]


async def test_calls_are_rolled_up_by_credential_model_and_hour(limiter):
    user = await limiter.user()
    session, token = await limiter.session_of(user), await limiter.token_of(user)
    for credential, model in ((session, "text"), (session, "text"), (token, "text"), (token, "matrix")):
        await limiter.call(credential, model=model, units=2)

    await rollup.roll_up_partition(limiter.store, partitions.of(user.id))

    rows = await Usage.filter(user_id=user.id).values_list("token_id", "model", "calls", "units", "inference_ms")
    assert sorted(rows, key=str) == sorted(
        [(None, "text", 2, 4, 4.0), (token.id, "text", 1, 2, 2.0), (token.id, "matrix", 1, 2, 2.0)], key=str
    )


async def test_a_call_counts_in_the_hour_of_its_admission(limiter):
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference())
    earlier = replace(admission.lease, hour=admission.lease.hour - timedelta(hours=1))
    await limiter.gate.settle(replace(admission, lease=earlier), [Outcome("text", 1, 0, 1)])

    await rollup.roll_up_partition(limiter.store, partitions.of(ada.user_id))

    assert (await Usage.get(user_id=ada.user_id)).hour == earlier.hour


async def test_a_rollup_that_dies_between_commit_and_trim_counts_once(limiter):
    ada = await limiter.session()
    for _ in range(3):
        await limiter.call(ada)
    log = await log_of(limiter, ada)

    committed = await commit(limiter, log)
    again = await commit(limiter, log)

    assert committed.count == 3
    assert again == Committed(committed.last_id, 0)
    assert await limiter.redis.xlen(partitions.log(*log)) == 3
    await limiter.call(ada)
    assert await limiter.usage(ada.user_id) == [("text", 4, 0, 4)]
    assert await limiter.redis.xlen(partitions.log(*log)) == 0


async def test_trimmed_entries_stay_committed_if_the_callers_transaction_is_rolled_back(limiter):
    ada = await limiter.session()
    await limiter.call(ada)

    async with in_transaction() as outer:
        await rollup.roll_up_all(limiter.store)
        await outer.rollback()

    assert await limiter.redis.xlen(partitions.log(*await log_of(limiter, ada))) == 0
    assert (await Usage.get(user_id=ada.user_id)).calls == 1


async def test_two_rollups_at_once_count_once(limiter):
    ada = await limiter.session(per_minute=1000, at_once=100)
    await asyncio.gather(*(limiter.call(ada) for _ in range(60)))

    await asyncio.gather(*(rollup.roll_up_partition(limiter.store, partitions.of(ada.user_id)) for _ in range(6)))

    assert await limiter.usage(ada.user_id) == [("text", 60, 0, 60)]


async def test_the_rollup_goes_on_while_calls_end(limiter):
    ada = await limiter.session(per_minute=1000, at_once=100)

    async def roll_up():
        for _ in range(5):
            await rollup.roll_up_partition(limiter.store, partitions.of(ada.user_id))

    await asyncio.gather(roll_up(), *(limiter.call(ada) for _ in range(100)))

    assert await limiter.usage(ada.user_id) == [("text", 100, 0, 100)]


async def test_a_redis_with_a_shorter_log_adds_nothing_twice(limiter):
    ada = await limiter.session()
    for _ in range(4):
        await limiter.call(ada)
    partition, generation = await log_of(limiter, ada)
    log = partitions.log(partition, generation)
    (first, *_, last) = [identity for identity, _ in await limiter.redis.xrange(log)]
    await commit(limiter, Log(partition, generation))

    # It comes back with the first two of four entries, which are committed. New calls go to another log.
    await limiter.redis.xdel(log, last)
    await limiter.kill_redis()
    await limiter.call(ada)

    assert first
    assert await limiter.usage(ada.user_id) == [("text", 5, 0, 5)]
    generations = (
        await UsageFold.filter(partition=partition).order_by("generation").values_list("generation", flat=True)
    )
    assert generations == [generation, limiter.store.generation(partition)]


async def test_a_long_log_is_rolled_up_in_parts(limiter, monkeypatch):
    monkeypatch.setattr(rollup, "ENTRIES_AT_ONCE", 3)
    ada = await limiter.session()
    for _ in range(7):
        await limiter.call(ada)

    assert await limiter.usage(ada.user_id) == [("text", 7, 0, 7)]


async def test_the_log_of_an_earlier_server_is_removed_an_hour_after_its_last_entry(limiter):
    ada = await limiter.session()
    await limiter.call(ada)
    partition, generation = await log_of(limiter, ada)
    young, old = partitions.log(partition, generation + 7), partitions.log(partition, generation + 8)
    now = (await limiter.redis.time())[0]
    for log, age in ((young, 3500), (old, 3700)):
        entry = entries.pack(ada.user_id, None, entries.hour_of(datetime.now(UTC)), [Outcome("text", 1, 0, 1)])
        await limiter.redis.xadd(log, {"e": entry}, id=f"{(now - age) * 1000}-0")
        await limiter.redis.sadd(partitions.logs(partition), int(log.split(":")[-1]))

    assert await limiter.usage(ada.user_id) == [("text", 3, 0, 3)]
    await rollup.roll_up_all(limiter.store)

    assert await limiter.redis.exists(young) == 1
    assert await limiter.redis.exists(old) == 0
    assert await limiter.redis.smembers(partitions.logs(partition)) == {b"%d" % generation, b"%d" % (generation + 7)}


async def test_a_lost_day_is_rebuilt_from_usage(limiter):
    ada = await limiter.session(per_minute=100, per_day=5)
    await limiter.call(ada, units=4)
    await limiter.usage(ada.user_id)
    await limiter.redis.flushall()

    admission = await limiter.call(ada, units=1)

    assert [(window.name, window.used) for window in admission.windows] == [("day", 5), ("minute", 1)]


async def test_a_new_epoch_keeps_the_larger_sum_of_the_day_and_rolls_nothing_up(limiter):
    ada = await limiter.session(per_day=50)
    await limiter.call(ada, units=4)
    running = await limiter.gate.admit(ada, inference(2))
    await revocation.raise_epoch(limiter.store)
    await limiter.call(ada, units=1)

    # The log has 4, Postgres 0, and the day in Redis 6, with the running call.
    assert (await limiter.state(ada.user_id))["day"] == 7
    assert await Usage.filter(user_id=ada.user_id).count() == 0
    await limiter.gate.settle(running, [Outcome("text", 1, 0, 2)])
    assert await limiter.usage(ada.user_id) == [("text", 3, 0, 7)]
