"""A call ends once, however often and by whichever process it is settled."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

import errors
from db import postgres
from limits import partitions, reaper, scripts, settlement
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from limits.settlement import Settler
from tests import redis_servers
from tests.limits.people import inference, soon
from tests.loop_time import LoopTime

KEPT = [Outcome("text", 1, 0, 2, 5.0)]
FAILED = [Outcome("text", 1, 1, 0, 5.0)]


async def settled(limiter, admission, mode):
    """The state in the script's answer."""
    return await Settler(limiter.store).ask(admission.lease, KEPT, mode)


async def expire(limiter, admission):
    """Changes Redis as if the lease had ended a minute ago."""
    lease = admission.lease
    running = partitions.running(lease.keys.partition)
    line = await limiter.redis.hget(running, lease.call_id)
    await limiter.redis.hset(running, lease.call_id, b"%d|" % (lease.ends - 60_000) + line.partition(b"|")[2])
    return replace(admission, lease=replace(lease, ends=lease.ends - 60_000))


async def test_a_call_is_settled_once(limiter):
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference(2))

    states = [await settled(limiter, admission, mode) for mode in ("first", "again", "again")]

    assert states == [b"DONE"] * 3
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 0, "open": 0}


async def test_units_of_a_failure_come_back_and_the_call_is_counted(limiter):
    ada = await limiter.session()
    user_token = await limiter.token_of(await limiter.user(), per_minute=5)

    for credential in (ada, user_token):
        admission = await limiter.gate.admit(credential, inference(2))
        await limiter.gate.settle(admission, FAILED)

    assert await limiter.usage(ada.user_id) == await limiter.usage(user_token.user_id) == [("text", 1, 1, 0)]
    assert await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}
    at = partitions.of_user(user_token.user_id, user_token.id)
    assert await limiter.redis.hget(at.token_minute[0], "t") == b"0"


async def test_units_of_a_window_that_is_over_are_not_given_back(limiter):
    ada = await limiter.session(per_minute=5)
    admission = await limiter.gate.admit(ada, inference(2))
    at = partitions.of_user(ada.user_id)
    # A minute later, and after midnight: the bucket is gone, and a new day has units already.
    (bucket,) = await limiter.redis.lrange(at.minute[1], 0, -1)
    await limiter.redis.delete(*at.minute)
    await limiter.redis.hset(at.day, mapping={"n": int(await limiter.redis.hget(at.day, "n")) + 1, "u": 7})
    await limiter.redis.rpush(at.minute[1], int(bucket) + 1)
    await limiter.redis.hset(at.minute[0], mapping={str(int(bucket) + 1): 3, "t": 3})

    await limiter.gate.settle(admission, FAILED)

    assert await limiter.state(ada.user_id) == {"minute": 3, "day": 7, "slots": 0, "open": 0}


async def test_an_operation_of_several_models_is_split(limiter):
    ada = await limiter.session()
    calls = (ModelCall("text", 2), ModelCall("text", 2), ModelCall("matrix", 5), ModelCall(None, 1))
    admission = await limiter.gate.admit(ada, Charge("plan", calls, timedelta(seconds=30)))

    await limiter.gate.settle(
        admission,
        [Outcome("text", 2, 1, 2, 9.0), Outcome("matrix", 1, 0, 5, 4.0), Outcome(None, 0, 0, 1)],
    )

    assert await limiter.usage(ada.user_id) == [("", 0, 0, 1), ("matrix", 1, 0, 5), ("text", 2, 1, 2)]
    assert await limiter.state(ada.user_id) == {"minute": 8, "day": 8, "slots": 0, "open": 0}


async def test_a_call_that_redis_lost_is_counted_and_gives_nothing_back(limiter):
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference(2))
    await limiter.redis.flushall()
    await limiter.call(ada, units=3)

    await limiter.gate.settle(admission, FAILED)

    assert await limiter.usage(ada.user_id) == [("text", 2, 1, 3)]
    assert await limiter.state(ada.user_id) == {"minute": 3, "day": 3, "slots": 0, "open": 0}


async def test_a_settlement_after_the_lease_is_late_and_the_call_costs_nothing(limiter):
    ada = await limiter.session()
    admission = await expire(limiter, await limiter.gate.admit(ada, inference(2)))

    with pytest.raises(errors.DeadlineExceeded):
        await limiter.gate.settle(admission, KEPT)

    assert await limiter.usage(ada.user_id) == [("text", 1, 1, 0)]
    assert await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}


async def test_the_reaper_ends_an_unsettled_call_and_its_settlement_is_late(limiter):
    ada = await limiter.session()
    running = await limiter.gate.admit(ada, inference(1))
    admission = await expire(limiter, await limiter.gate.admit(ada, inference(2)))

    reaped = [await reaper.reap(limiter.store) for _ in range(2)]

    assert reaped == [1, 0]
    assert await limiter.usage(ada.user_id) == [("text", 1, 1, 0)]
    assert await limiter.state(ada.user_id) == {"minute": 1, "day": 1, "slots": 1, "open": 1}
    with pytest.raises(errors.DeadlineExceeded):
        await limiter.gate.settle(admission, KEPT)
    await limiter.gate.settle(running, [Outcome("text", 1, 0, 1)])
    assert await limiter.usage(ada.user_id) == [("text", 2, 1, 1)]


async def _admitted_by_an_earlier_server(limiter, ada):
    """An overdue call of two units. Returns the log of that server."""
    admission = await expire(limiter, await limiter.gate.admit(ada, inference(2)))
    partition = partitions.of(ada.user_id)
    running = partitions.running(partition)
    line = (await limiter.redis.hget(running, admission.call_id)).split(b"|", 4)
    line[3] = b"%d" % (int(line[3]) - 1)
    await limiter.redis.hset(running, admission.call_id, b"|".join(line))
    return partition, int(line[3])


async def test_the_reaper_ends_a_call_of_an_earlier_server_that_lost_nothing(limiter):
    ada = await limiter.session()
    await _admitted_by_an_earlier_server(limiter, ada)

    assert await reaper.reap(limiter.store) == 1

    assert await limiter.usage(ada.user_id) == [("text", 1, 1, 0)]
    assert await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}


async def test_the_reaper_only_removes_a_call_that_may_be_in_usage_already(limiter):
    ada = await limiter.session()
    partition, generation = await _admitted_by_an_earlier_server(limiter, ada)
    # Postgres has committed an entry that Redis does not know any more.
    await postgres.rows(
        "INSERT INTO usage_folds (partition, generation, last_id) VALUES ($1, $2, '5-0')", partition, generation
    )

    await reaper.reap(limiter.store)

    assert await limiter.usage(ada.user_id) == []
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 0, "open": 0}


async def test_a_settlement_that_arrives_too_late_adds_nothing(limiter):
    """Otherwise one that was repeated, and then read from a stopped server's socket, would be counted twice."""
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference(2))
    lease = admission.lease
    await settled(limiter, admission, "again")

    def late(now):
        entry = b"x"
        return settlement.keys_of(lease.keys, now.generation), [
            *(lease.call_id, "first", now.now - 200, lease.ends, 0, entry, now.generation)
        ]

    answer = await limiter.store.run(scripts.SETTLE, late, key=partitions.of(ada.user_id))

    assert answer.values[0] == b"STALE"
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]


async def test_a_settlement_that_was_never_sent_is_counted_though_redis_has_lost_the_call(limiter):
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference(2))
    limiter.server.kill()
    assert await soon(lambda: asyncio.sleep(0, not limiter.store.up))
    await limiter.gate.settle(admission, KEPT)
    redis_servers.lose_data(limiter.server)
    limiter.server.start()
    await limiter.reconnect()

    async def is_counted():
        return limiter.store.up and await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]

    assert await soon(is_counted)


async def test_a_call_added_to_usage_before_redis_lost_it_is_not_counted_again(limiter):
    ada = await limiter.session()
    await limiter.call(ada)
    admission = await limiter.gate.admit(ada, inference(2))
    partition = partitions.of(ada.user_id)
    log = partitions.log(partition, limiter.store.generation(partition))
    line = await limiter.redis.hget(partitions.running(partition), admission.call_id)
    await limiter.gate.settle(admission, KEPT)
    committed = await limiter.usage(ada.user_id)
    # Redis comes back as it was before the settlement, and the process has no answer to it.
    await limiter.redis.delete(log)
    await limiter.redis.hset(partitions.running(partition), admission.call_id, line)
    await limiter.kill_redis()

    await Settler(limiter.store).repeat(admission.lease, KEPT, "again")

    assert committed == await limiter.usage(ada.user_id) == [("text", 2, 0, 3)]
    assert (await limiter.state(ada.user_id))["open"] == 0


async def test_a_call_that_a_killed_redis_kept_is_settled_by_its_successor(limiter):
    ada = await limiter.session()
    await limiter.call(ada)
    await limiter.usage(ada.user_id)
    admission = await limiter.gate.admit(ada, inference(2))
    await limiter.kill_redis()

    await Settler(limiter.store).repeat(admission.lease, KEPT, "again")

    assert await limiter.usage(ada.user_id) == [("text", 2, 0, 3)]


async def test_a_settlement_that_redis_does_not_confirm_is_repeated(limiter):
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference(2))
    limiter.server.pause()
    try:
        # The answer is not delayed, and nothing is raised.
        async with LoopTime() as passed:
            await limiter.gate.settle(admission, KEPT)
    finally:
        limiter.server.resume()
    assert passed.seconds < 0.5

    async def is_counted():
        return limiter.store.up and await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]

    assert await soon(is_counted)
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 0, "open": 0}
    await asyncio.sleep(0.5)
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]


async def test_a_caller_who_leaves_during_admission_leaves_nothing_behind(limiter):
    ada = await limiter.session()
    await limiter.call(ada, units=0)

    for hops in range(8):
        asking = asyncio.create_task(limiter.gate.admit(ada, inference(1)))
        for _ in range(hops):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait({asking})
        if not asking.cancelled():  # Redis was faster: the admitted call is settled
            await limiter.gate.settle(asking.result(), [Outcome("text", 1, 1, 0)])

    async def is_clean():
        return await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}

    assert await soon(is_clean)
