"""Each entry of a log is booked once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tortoise.transactions import in_transaction

from access import booking, entries, folding, partitions, revocation
from access.booking import Booked
from access.entries import Outcome
from access.partitions import Log
from db.models.usage import Usage, UsageFold
from tests.access.people import inference


async def log_of(home, ada):
    return Log(partitions.of(ada.user_id), home.gate.store.generation)


async def book(home, log):
    """As a folder does that dies before it trims."""
    return (await booking.book(home.gate.store, [log], 5000, refused={}))[log]


async def test_calls_are_booked_by_credential_model_and_hour(home):
    user = await home.user()
    session, token = await home.session_of(user), await home.token_of(user)
    for credential, model in ((session, "text"), (session, "text"), (token, "text"), (token, "matrix")):
        await home.call(credential, model=model, units=2)

    await folding.fold_partition(home.gate.store, partitions.of(user.id))

    rows = await Usage.filter(user_id=user.id).values_list("token_id", "model", "calls", "units", "inference_ms")
    assert sorted(rows, key=str) == sorted(
        [(None, "text", 2, 4, 4.0), (token.id, "text", 1, 2, 2.0), (token.id, "matrix", 1, 2, 2.0)], key=str
    )


async def test_a_call_is_booked_on_the_hour_of_its_admission(home):
    ada = await home.session()
    admission = await home.gate.admit(ada, inference())
    earlier = replace(admission.lease, hour=admission.lease.hour - timedelta(hours=1))
    await home.gate.settle(replace(admission, lease=earlier), [Outcome("text", 1, 0, 1)])

    await folding.fold_partition(home.gate.store, partitions.of(ada.user_id))

    assert (await Usage.get(user_id=ada.user_id)).hour == earlier.hour


async def test_a_folder_that_dies_between_commit_and_trim_has_booked_once(home):
    ada = await home.session()
    for _ in range(3):
        await home.call(ada)
    log = await log_of(home, ada)

    booked = await book(home, log)
    again = await book(home, log)

    assert booked.count == 3
    assert again == Booked(booked.last_id, 0)
    assert await home.redis.xlen(partitions.log(*log)) == 3
    await home.call(ada)
    assert await home.usage(ada.user_id) == [("text", 4, 0, 4)]
    assert await home.redis.xlen(partitions.log(*log)) == 0


async def test_what_is_trimmed_was_committed_whatever_becomes_of_the_callers_transaction(home):
    ada = await home.session()
    await home.call(ada)

    async with in_transaction() as outer:
        await folding.fold_all(home.gate.store)
        await outer.rollback()

    assert await home.redis.xlen(partitions.log(*await log_of(home, ada))) == 0
    assert (await Usage.get(user_id=ada.user_id)).calls == 1


async def test_two_folders_at_once_book_once(home):
    ada = await home.session(per_minute=1000, at_once=100)
    await asyncio.gather(*(home.call(ada) for _ in range(60)))

    await asyncio.gather(*(folding.fold_partition(home.gate.store, partitions.of(ada.user_id)) for _ in range(6)))

    assert await home.usage(ada.user_id) == [("text", 60, 0, 60)]


async def test_folding_goes_on_while_calls_end(home):
    ada = await home.session(per_minute=1000, at_once=100)

    async def fold():
        for _ in range(5):
            await folding.fold_partition(home.gate.store, partitions.of(ada.user_id))

    await asyncio.gather(fold(), *(home.call(ada) for _ in range(100)))

    assert await home.usage(ada.user_id) == [("text", 100, 0, 100)]


async def test_a_redis_with_a_shorter_log_adds_nothing_twice(home):
    ada = await home.session()
    for _ in range(4):
        await home.call(ada)
    partition, generation = await log_of(home, ada)
    log = partitions.log(partition, generation)
    (first, *_, last) = [identity for identity, _ in await home.redis.xrange(log)]
    await book(home, Log(partition, generation))

    # It returns with the first two of four, which are booked, and its new calls go to a log of their own.
    await home.redis.xdel(log, last)
    await home.kill_redis()
    await home.call(ada)

    assert first
    assert await home.usage(ada.user_id) == [("text", 5, 0, 5)]
    folds = await UsageFold.filter(partition=partition).order_by("generation").values_list("generation", flat=True)
    assert folds == [generation, generation + 1]


async def test_a_long_log_is_folded_in_parts(home, monkeypatch):
    monkeypatch.setattr(folding, "_ENTRIES_AT_ONCE", 3)
    ada = await home.session()
    for _ in range(7):
        await home.call(ada)

    assert await home.usage(ada.user_id) == [("text", 7, 0, 7)]


async def test_the_log_of_an_earlier_server_is_removed_an_hour_after_its_last_entry(home):
    ada = await home.session()
    await home.call(ada)
    partition, generation = await log_of(home, ada)
    young, old = partitions.log(partition, generation + 7), partitions.log(partition, generation + 8)
    now = (await home.redis.time())[0]
    for log, age in ((young, 3500), (old, 3700)):
        entry = entries.pack(ada.user_id, None, entries.hour_of(datetime.now(UTC)), [Outcome("text", 1, 0, 1)])
        await home.redis.xadd(log, {"e": entry}, id=f"{(now - age) * 1000}-0")
        await home.redis.sadd(partitions.logs(partition), int(log.split(":")[-1]))

    assert await home.usage(ada.user_id) == [("text", 3, 0, 3)]
    await folding.fold_all(home.gate.store)

    assert await home.redis.exists(young) == 1
    assert await home.redis.exists(old) == 0
    assert await home.redis.smembers(partitions.logs(partition)) == {b"%d" % generation, b"%d" % (generation + 7)}


async def test_a_lost_day_is_rebuilt_from_what_was_booked(home):
    ada = await home.session(per_minute=100, per_day=5)
    await home.call(ada, units=4)
    await home.usage(ada.user_id)
    await home.redis.flushall()

    admission = await home.call(ada, units=1)

    assert [(window.name, window.used) for window in admission.windows] == [("day", 5), ("minute", 1)]


async def test_a_new_epoch_keeps_the_greater_sum_of_the_day_and_folds_nothing(home):
    ada = await home.session(per_day=50)
    await home.call(ada, units=4)
    running = await home.gate.admit(ada, inference(2))
    await revocation._raise_epoch(home.gate.store)
    await home.call(ada, units=1)

    # The log says 4, Postgres nothing, and Redis' own day 6, with the call that runs.
    assert (await home.state(ada.user_id))["day"] == 7
    assert await Usage.filter(user_id=ada.user_id).count() == 0
    await home.gate.settle(running, [Outcome("text", 1, 0, 2)])
    assert await home.usage(ada.user_id) == [("text", 3, 0, 7)]
