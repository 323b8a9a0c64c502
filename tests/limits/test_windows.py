"""The minute and the day: when they refuse, and when units are free again."""

from datetime import timedelta

import errors
from limits import partitions
from tests.limits.answers import refusal, window
from tests.limits.people import inference


async def test_a_refusal_by_the_minute_has_the_time_to_wait_and_spends_nothing(limiter):
    ada = await limiter.session(per_minute=5)
    await limiter.call(ada, units=4)
    before = await limiter.state(ada.user_id)

    error = await refusal(limiter.gate.admit(ada, inference(2)))

    assert isinstance(error, errors.RateLimited)
    assert error.window == "minute"
    assert timedelta(seconds=58) < error.retry_after <= timedelta(seconds=60.1)
    assert error.facts == {"window": "minute", "retryAfterSeconds": error.retry_after_seconds}
    assert (window(error.windows, "minute").used, window(error.windows, "minute").remaining) == (4, 1)
    assert window(error.windows, "minute").next_in is None
    assert await limiter.state(ada.user_id) == before
    # A cost that fits is still admitted, and then the window has the time until one more unit is free.
    admission = await limiter.call(ada, units=1)
    assert window(admission.windows, "minute").next_in <= error.retry_after


async def test_the_day_refuses_until_midnight(limiter):
    ada = await limiter.session(per_minute=100, per_day=3)
    await limiter.call(ada, units=3)
    (before, _) = await limiter.redis.time()

    error = await refusal(limiter.gate.admit(ada, inference(1)))

    assert error.window == "day"
    (after, _) = await limiter.redis.time()
    assert 86400 - after % 86400 - 1 <= error.retry_after.total_seconds() <= 86400 - before % 86400
    assert window(error.windows, "day").reset_in == error.retry_after


async def test_yesterdays_units_do_not_count_today(limiter):
    ada = await limiter.session(per_minute=100, per_day=3)
    await limiter.call(ada, units=3)
    day = partitions.of_user(ada.user_id).day
    await limiter.redis.hincrby(day, "n", -1)

    admission = await limiter.call(ada, units=2)

    assert window(admission.windows, "day").used == 2
    assert await limiter.redis.hget(day, "u") == b"2"


async def test_a_clock_that_was_set_back_opens_no_new_day_and_no_new_window(limiter):
    ada = await limiter.session(per_minute=3, per_day=3)
    await limiter.call(ada, units=3)
    at = partitions.of_user(ada.user_id)
    # As if all units had been spent an hour and a day later than now.
    await limiter.redis.hincrby(at.day, "n", 1)
    (bucket,) = await limiter.redis.lrange(at.minute[1], 0, -1)
    ahead = int(bucket) + 36_000
    await limiter.redis.lset(at.minute[1], 0, ahead)
    await limiter.redis.hset(at.minute[0], ahead, 3)

    error = await refusal(limiter.gate.admit(ada, inference(1)))

    assert {w.name for w in error.windows if w.remaining == 0} == {"minute", "day"}


async def test_units_come_back_after_sixty_seconds_and_not_before(limiter):
    ada = await limiter.session(per_minute=6)
    await limiter.call(ada, units=0)  # loads the cache
    hash_, order = partitions.of_user(ada.user_id).minute
    seconds, micros = await limiter.redis.time()
    now = seconds * 10 + micros // 100_000
    # Spent 61 s, 60 s plus a bucket's width, and 50 s ago: the first two are over.
    for age, units in ((610, 1), (601, 2), (500, 3)):
        await limiter.redis.rpush(order, now - age)
        await limiter.redis.hset(hash_, now - age, units)
    await limiter.redis.hset(hash_, "t", 6)

    admission = await limiter.gate.admit(ada, inference(3))

    minute = window(admission.windows, "minute")
    assert (minute.used, minute.remaining) == (6, 0)
    # The three of 50 s ago come back when their bucket is 60.1 s old.
    assert timedelta(0) < minute.next_in <= timedelta(seconds=10.1)
    assert int((await limiter.redis.lrange(order, 0, 0))[0]) == now - 500


async def test_a_unit_is_counted_to_the_end_of_its_bucket(limiter):
    """A bucket of 60.0 s ago counts."""
    ada = await limiter.session(per_minute=1)
    await limiter.call(ada, units=0)
    hash_, order = partitions.of_user(ada.user_id).minute

    async def bucket():
        seconds, micros = await limiter.redis.time()
        return seconds * 10 + micros // 100_000

    async def answered(age):
        """What a call is answered if a unit was spent so many buckets ago. Again if a bucket ended meanwhile."""
        while True:
            now = await bucket()
            await limiter.redis.delete(hash_, order)
            await limiter.redis.rpush(order, now - age)
            await limiter.redis.hset(hash_, mapping={str(now - age): 1, "t": 1})
            try:
                answer = await limiter.call(ada)
            except errors.RateLimited as refused:
                answer = refused
            if await bucket() == now:
                return answer

    error, admission = await answered(600), await answered(601)

    assert error.window == "minute"
    assert error.retry_after <= timedelta(milliseconds=100)
    assert window(admission.windows, "minute").used == 1
