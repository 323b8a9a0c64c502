"""API tokens that were rotated share the windows of the first of them."""

from dataclasses import replace

from limits import partitions, reaper
from limits.entries import Outcome
from tests.limits.people import inference


async def test_what_the_reaper_gives_back_goes_to_the_shared_window(limiter):
    user = await limiter.user()
    old, new = await limiter.token_of(user, per_minute=10), await limiter.token_of(user, per_minute=10)
    new = replace(new, first_id=old.id)
    await limiter.gate.settle(await limiter.gate.admit(old, inference(3)), [Outcome("text", 1, 0, 3)])
    lease = (await limiter.gate.admit(new, inference(5))).lease
    # As if the lease had ended a minute ago.
    running = partitions.running(lease.keys.partition)
    line = await limiter.redis.hget(running, lease.call_id)
    await limiter.redis.hset(running, lease.call_id, b"%d|" % (lease.ends - 60_000) + line.partition(b"|")[2])

    assert await reaper.reap(limiter.store) == 1

    (units, _) = partitions.of_user(user.id, old.id).token_minute
    assert await limiter.redis.hget(units, "t") == b"3"
    assert await limiter.state(user.id) == {"minute": 3, "day": 3, "slots": 0, "open": 0}
