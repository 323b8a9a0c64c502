"""Differences after Redis has lost data are no drift, and those that come later are."""

from datetime import timedelta

from limits.comparison.turns import Comparison
from limits.entries import Outcome
from tests.limits.comparing import compared, day_key, differences, figures, settled, today
from tests.limits.comparing import comparison as comparison
from tests.limits.people import inference


async def test_a_redis_that_is_emptied_makes_no_drift_and_later_drift_is_found(limiter, comparison):
    ada, eve = await limiter.session(), await limiter.session()
    for credential in (ada, eve):
        await limiter.call(credential, units=3)
    await limiter.usage(ada.user_id)
    lost = await limiter.gate.admit(ada, inference(5))
    await limiter.call(ada, units=2)

    await limiter.redis.flushall()
    await limiter.call(ada, units=4)
    await limiter.gate.settle(lost, [Outcome("text", 1, 0, 5)])

    # The lost call is counted and was not spent in this Redis. Eve has not come back, and Redis has nothing of her.
    assert figures(await compared(comparison)) == (0, 0, 2, 0)
    assert {row[2:] for row in await differences()} == {
        (None, None, "Redis was emptied or replaced, and may have lost some of it")
    }
    assert await limiter.usage(ada.user_id) == [("text", 3, 0, 12)]
    assert figures(await compared(comparison)) == (2, 0, 0, 0)
    await limiter.call(eve, units=1)
    assert figures(await compared(comparison)) == (2, 0, 0, 0)

    await limiter.redis.hincrby(day_key(eve), "u", 1)

    assert figures(await compared(comparison)) == (1, 1, 0, 1)
    assert await differences() == [(eve.user_id, today(), 5, 4, None)]


async def test_lost_calls_may_end_until_their_time_is_over(limiter):
    patient = Comparison(limiter.store, timedelta(hours=1))
    ada = await limiter.session()
    await settled(patient)
    lost = await limiter.gate.admit(ada, inference(5))
    await limiter.redis.flushall()
    await settled(patient)
    await limiter.gate.settle(lost, [Outcome("text", 1, 0, 5)])
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 5)]

    assert [figures(await compared(patient)) for _ in range(3)] == [(0, 0, 1, 0)] * 3


async def test_a_restart_that_loses_nothing_agrees_with_calls_that_ran_meanwhile(limiter, comparison):
    ada = await limiter.session()
    await limiter.call(ada, units=3)
    running = await limiter.gate.admit(ada, inference(5))
    await limiter.kill_redis()

    total = await compared(comparison)
    assert figures(total) == (0, 0, 1, 0)
    assert {row[4] for row in await differences()} == {"calls of an earlier Redis server have not ended"}
    await limiter.gate.settle(running, [Outcome("text", 1, 0, 5)])
    await settled(comparison)

    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    await limiter.redis.hincrby(day_key(ada), "u", 1)
    assert figures(await compared(comparison)) == (0, 1, 0, 1)
