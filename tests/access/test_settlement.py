"""The end of a call, once, whoever asks for it and however often."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

import errors
from access import lua, partitions, reaper, settlement
from access.admission import Call, Charge
from access.entries import Outcome
from tests.access.people import inference, soon

KEPT = [Outcome("text", 1, 0, 2, 5.0)]
FAILED = [Outcome("text", 1, 1, 0, 5.0)]


async def settled(home, admission, mode):
    """The state that the script answers."""
    return await home.gate._settler._ask(admission.lease, KEPT, mode)


async def expire(home, admission):
    """As if the lease had ended a minute ago."""
    lease = admission.lease
    running = partitions.running(lease.places.partition)
    line = await home.redis.hget(running, lease.call_id.bytes)
    await home.redis.hset(running, lease.call_id.bytes, b"%d|" % (lease.ends - 60_000) + line.partition(b"|")[2])
    return replace(admission, lease=replace(lease, ends=lease.ends - 60_000))


async def test_a_call_is_settled_once(home):
    ada = await home.session()
    admission = await home.gate.admit(ada, inference(2))

    states = [await settled(home, admission, mode) for mode in ("first", "again", "again")]

    assert states == [b"DONE"] * 3
    assert await home.usage(ada.user_id) == [("text", 1, 0, 2)]
    assert await home.state(ada.user_id) == {"minute": 2, "day": 2, "places": 0, "open": 0}


async def test_units_of_a_failure_come_back_and_the_call_is_counted(home):
    ada = await home.session()
    user_token = await home.token_of(await home.user(), per_minute=5)

    for credential in (ada, user_token):
        admission = await home.gate.admit(credential, inference(2))
        await home.gate.settle(admission, FAILED)

    assert await home.usage(ada.user_id) == await home.usage(user_token.user_id) == [("text", 1, 1, 0)]
    assert await home.state(ada.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}
    at = partitions.of_user(user_token.user_id, user_token.id)
    assert await home.redis.hget(at.token_minute[0], "t") == b"0"


async def test_units_that_have_come_back_by_themselves_are_not_given_back(home):
    ada = await home.session(per_minute=5)
    admission = await home.gate.admit(ada, inference(2))
    at = partitions.of_user(ada.user_id)
    # A minute later, and after midnight: the bucket has gone, and the day is another, with units of its own.
    (bucket,) = await home.redis.lrange(at.minute[1], 0, -1)
    await home.redis.delete(*at.minute)
    await home.redis.hset(at.day, mapping={"n": int(await home.redis.hget(at.day, "n")) + 1, "u": 7})
    await home.redis.rpush(at.minute[1], int(bucket) + 1)
    await home.redis.hset(at.minute[0], mapping={str(int(bucket) + 1): 3, "t": 3})

    await home.gate.settle(admission, FAILED)

    assert await home.state(ada.user_id) == {"minute": 3, "day": 7, "places": 0, "open": 0}


async def test_an_operation_of_several_models_is_split(home):
    ada = await home.session()
    calls = (Call("text", 2), Call("text", 2), Call("matrix", 5), Call(None, 1))
    admission = await home.gate.admit(ada, Charge("plan", calls, timedelta(seconds=30)))

    await home.gate.settle(
        admission,
        [Outcome("text", 2, 1, 2, 9.0), Outcome("matrix", 1, 0, 5, 4.0), Outcome(None, 0, 0, 1)],
    )

    assert await home.usage(ada.user_id) == [("", 0, 0, 1), ("matrix", 1, 0, 5), ("text", 2, 1, 2)]
    assert await home.state(ada.user_id) == {"minute": 8, "day": 8, "places": 0, "open": 0}


async def test_a_call_that_redis_lost_is_counted_and_gives_nothing_back(home):
    ada = await home.session()
    admission = await home.gate.admit(ada, inference(2))
    await home.redis.flushall()
    await home.call(ada, units=3)

    await home.gate.settle(admission, FAILED)

    assert await home.usage(ada.user_id) == [("text", 2, 1, 3)]
    assert await home.state(ada.user_id) == {"minute": 3, "day": 3, "places": 0, "open": 0}


async def test_a_settlement_after_the_lease_is_late_and_the_call_costs_nothing(home):
    ada = await home.session()
    admission = await expire(home, await home.gate.admit(ada, inference(2)))

    with pytest.raises(errors.DeadlineExceeded):
        await home.gate.settle(admission, KEPT)

    assert await home.usage(ada.user_id) == [("text", 1, 1, 0)]
    assert await home.state(ada.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}


async def test_the_reaper_ends_what_nobody_settles_and_its_settlement_comes_late(home):
    ada = await home.session()
    running = await home.gate.admit(ada, inference(1))
    admission = await expire(home, await home.gate.admit(ada, inference(2)))

    reaped = [await reaper.reap(home.gate.store) for _ in range(2)]

    assert reaped == [1, 0]
    assert await home.usage(ada.user_id) == [("text", 1, 1, 0)]
    assert await home.state(ada.user_id) == {"minute": 1, "day": 1, "places": 1, "open": 1}
    with pytest.raises(errors.DeadlineExceeded):
        await home.gate.settle(admission, KEPT)
    await home.gate.settle(running, [Outcome("text", 1, 0, 1)])
    assert await home.usage(ada.user_id) == [("text", 2, 1, 1)]


async def test_the_reaper_only_removes_calls_of_an_earlier_server(home):
    ada = await home.session()
    admission = await expire(home, await home.gate.admit(ada, inference(2)))
    running = partitions.running(partitions.of(ada.user_id))
    line = (await home.redis.hget(running, admission.call_id.bytes)).split(b"|", 4)
    line[3] = b"%d" % (int(line[3]) - 1)
    await home.redis.hset(running, admission.call_id.bytes, b"|".join(line))

    await reaper.reap(home.gate.store)

    assert await home.usage(ada.user_id) == []
    assert await home.state(ada.user_id) == {"minute": 2, "day": 2, "places": 0, "open": 0}


async def test_a_settlement_that_lay_too_long_adds_nothing(home):
    """Else one that was repeated, and then came out of a stopped server's socket, would be counted twice."""
    ada = await home.session()
    admission = await home.gate.admit(ada, inference(2))
    lease = admission.lease
    await settled(home, admission, "again")

    def late(now):
        entry = b"x"
        return settlement.keys(lease.places, now.generation), [
            *(lease.call_id.bytes, "first", now.now - 200, lease.ends, 0, entry, now.generation)
        ]

    answer = await home.gate.store.run(lua.SETTLE, late)

    assert answer.values[0] == b"STALE"
    assert await home.usage(ada.user_id) == [("text", 1, 0, 2)]


async def test_what_was_never_sent_is_counted_though_redis_has_lost_the_call(home):
    ada = await home.session()
    admission = await home.gate.admit(ada, inference(2))
    home.server.kill()
    assert await soon(lambda: asyncio.sleep(0, not home.gate.store.up))
    await home.gate.settle(admission, KEPT)
    (home.server.folder / "appendonly.aof").unlink()
    home.server.start()
    await home.redis.connection_pool.disconnect()

    async def is_counted():
        return home.gate.store.up and await home.usage(ada.user_id) == [("text", 1, 0, 2)]

    assert await soon(is_counted)


async def test_what_was_booked_before_redis_lost_it_is_not_counted_again(home):
    ada = await home.session()
    await home.call(ada)
    admission = await home.gate.admit(ada, inference(2))
    partition = partitions.of(ada.user_id)
    log = partitions.log(partition, home.gate.store.generation)
    line = await home.redis.hget(partitions.running(partition), admission.call_id.bytes)
    await home.gate.settle(admission, KEPT)
    booked = await home.usage(ada.user_id)
    # Redis comes back as it was before the settlement, which its process has not seen confirmed.
    await home.redis.delete(log)
    await home.redis.hset(partitions.running(partition), admission.call_id.bytes, line)
    await home.kill_redis()

    await home.gate._settler._repeat(admission.lease, KEPT, "again")

    assert booked == await home.usage(ada.user_id) == [("text", 2, 0, 3)]
    assert (await home.state(ada.user_id))["open"] == 0


async def test_a_call_that_a_killed_redis_kept_is_settled_by_its_successor(home):
    ada = await home.session()
    await home.call(ada)
    await home.usage(ada.user_id)
    admission = await home.gate.admit(ada, inference(2))
    await home.kill_redis()

    await home.gate._settler._repeat(admission.lease, KEPT, "again")

    assert await home.usage(ada.user_id) == [("text", 2, 0, 3)]


async def test_what_redis_does_not_confirm_is_repeated(home):
    ada = await home.session()
    admission = await home.gate.admit(ada, inference(2))
    home.server.pause()
    try:
        # The answer may leave: it is not held up, and nothing is raised.
        begun = asyncio.get_running_loop().time()
        await home.gate.settle(admission, KEPT)
        assert asyncio.get_running_loop().time() - begun < 0.5
    finally:
        home.server.resume()

    async def is_counted():
        return home.gate.store.up and await home.usage(ada.user_id) == [("text", 1, 0, 2)]

    assert await soon(is_counted)
    assert await home.state(ada.user_id) == {"minute": 2, "day": 2, "places": 0, "open": 0}
    await asyncio.sleep(0.5)
    assert await home.usage(ada.user_id) == [("text", 1, 0, 2)]


async def test_a_caller_who_leaves_during_admission_leaves_nothing_behind(home):
    ada = await home.session()
    await home.call(ada, units=0)

    for hops in range(8):
        asking = asyncio.create_task(home.gate.admit(ada, inference(1)))
        for _ in range(hops):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait({asking})
        if not asking.cancelled():  # Redis was quicker: whoever was admitted settles
            await home.gate.settle(asking.result(), [Outcome("text", 1, 1, 0)])

    async def is_clean():
        return await home.state(ada.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}

    assert await soon(is_clean)
