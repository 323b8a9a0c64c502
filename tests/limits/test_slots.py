"""The slot of a stream is renewed while it runs, and is free soon after its process was killed."""

from datetime import timedelta

import pytest

import errors
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from tests.limits.people import inference

LONGEST = timedelta(minutes=10)
STREAM = Charge("plan", (ModelCall("text", 2),), LONGEST, renews_slot=True)


async def slots(limiter, admission):
    """How long each call that has a slot has it still, in ms."""
    seconds, microseconds = await limiter.redis.time()
    now = seconds * 1000 + microseconds // 1000
    found = await limiter.redis.zrange(admission.lease.keys.slots, 0, -1, withscores=True)
    return {call: ends - now for call, ends in found}


async def end_slot(limiter, admission):
    """As if it had not been renewed for a minute."""
    await limiter.redis.zadd(admission.lease.keys.slots, {admission.call_id: 1})


async def test_a_slot_is_held_for_a_minute_and_the_call_for_its_longest_time(limiter):
    ada = await limiter.session()

    admission = await limiter.gate.admit(ada, STREAM)
    other = await limiter.gate.admit(ada, inference(1))

    found = await slots(limiter, admission)
    assert 30_000 < found[admission.call_id] <= 60_000
    assert found[other.call_id] <= 35_000
    ends = admission.at + LONGEST + timedelta(seconds=5)
    assert admission.lease.ends == round(ends.timestamp() * 1000)


async def test_a_slot_that_was_not_renewed_is_free_and_the_units_are_not(limiter):
    ada = await limiter.session(at_once=1)
    admission = await limiter.gate.admit(ada, STREAM)
    with pytest.raises(errors.RateLimited):
        await limiter.gate.admit(ada, inference(1))

    await end_slot(limiter, admission)
    other = await limiter.gate.admit(ada, inference(1))

    assert list(await slots(limiter, admission)) == [other.call_id]
    assert await limiter.state(ada.user_id) == {"minute": 3, "day": 3, "slots": 1, "open": 2}
    # The process was not dead after all.
    assert await limiter.gate.renew_slot(admission) is False
    assert list(await slots(limiter, admission)) == [other.call_id]
    await limiter.gate.settle(admission, [Outcome("text", 1, 1, 2, 5.0)])
    assert await limiter.state(ada.user_id) == {"minute": 3, "day": 3, "slots": 1, "open": 1}


async def test_a_slot_that_nobody_took_is_renewed_late(limiter):
    ada = await limiter.session(at_once=1)
    admission = await limiter.gate.admit(ada, STREAM)

    for takes_it in (False, True):
        await end_slot(limiter, admission)
        if takes_it:
            other = await limiter.gate.admit(ada, inference(1))
            await limiter.gate.settle(other, [Outcome("text", 1, 0, 1, 5.0)])
        assert await limiter.gate.renew_slot(admission) is True
        assert 30_000 < (await slots(limiter, admission))[admission.call_id] <= 60_000


async def test_a_call_that_has_ended_or_was_lost_gets_no_slot_again(limiter):
    ada = await limiter.session()
    ended, lost = [await limiter.gate.admit(ada, STREAM) for _ in range(2)]
    await limiter.gate.settle(ended, [Outcome("text", 1, 0, 2, 5.0)])
    assert await limiter.gate.renew_slot(ended) is True
    assert list(await slots(limiter, lost)) == [lost.call_id]

    await limiter.redis.flushall()

    assert await limiter.gate.renew_slot(lost) is True
    assert await slots(limiter, lost) == {}
