"""Limits and counts over several processes, some of them killed."""

import asyncio

import pytest

from limits import partitions, reaper
from tests.limits.people import soon
from tests.limits.processes import processes

_AGE = """
for _, call in ipairs(redis.call('HKEYS', KEYS[1])) do
  local ends, rest = string.match(redis.call('HGET', KEYS[1], call), '^(%d+)|(.*)$')
  redis.call('HSET', KEYS[1], call, string.format('%d', tonumber(ends) - 60000) .. '|' .. rest)
end
"""


@pytest.mark.parametrize("limit", [7, 75])
async def test_two_processes_admit_exactly_the_limit(limiter, limit):
    ada = await limiter.session(per_minute=limit, at_once=1000)
    async with processes(limiter.environ) as both:
        answers = await asyncio.gather(*(process.ask("burst", ada, clients=32, times=5) for process in both))

    results = [answer["results"] for answer in answers]
    assert sum(result.get("ADMITTED", 0) for result in results) == limit
    assert sum(result.get("RATE_LIMITED:minute", 0) for result in results) == 320 - limit
    # Each admission was answered another number: no two answers contain the same units.
    assert sorted(answers[0]["used"] + answers[1]["used"]) == list(range(1, limit + 1))
    # Each refusal has the time until the first unit is free, which is at most 60.1 s after it was spent.
    waits = answers[0]["waits"] + answers[1]["waits"]
    assert 50 < min(waits) <= max(waits) <= 60.1
    assert await limiter.state(ada.user_id) == {"minute": limit, "day": limit, "slots": 0, "open": 0}
    assert await limiter.usage(ada.user_id) == [("text", limit, 0, limit)]


async def test_two_processes_use_no_more_than_the_slots(limiter):
    ada = await limiter.session(per_minute=1000, at_once=5)
    async with processes(limiter.environ) as both:
        answers = await asyncio.gather(*(process.ask("burst", ada, clients=32, settle=False) for process in both))

        results = [answer["results"] for answer in answers]
        assert sum(result.get("ADMITTED", 0) for result in results) == 5
        assert sum(result.get("RATE_LIMITED:concurrency", 0) for result in results) == 59
        assert await limiter.state(ada.user_id) == {"minute": 5, "day": 5, "slots": 5, "open": 5}


async def test_calls_that_a_killed_process_acknowledged_are_counted_exactly_once(limiter):
    ada = await limiter.session(per_minute=1_000_000, per_day=1_000_000, at_once=1000)
    async with processes(limiter.environ) as (killed, other):
        await killed.tell("load", ada, clients=16)
        await other.tell("load", ada, clients=16)
        heard = await killed.acknowledge(50) + await other.acknowledge(50)
        heard += await killed.kill()
        heard += await other.acknowledge(50)
        heard += await _killed_with_calls_running(limiter, ada, other)

    running = await _running(limiter, ada)
    assert running > 0
    await _age(limiter, ada)
    assert await reaper.reap(limiter.store) == running
    ((model, calls, failed, units),) = await limiter.usage(ada.user_id)
    acknowledged, sent = heard.count(b"a"), heard.count(b"s")
    assert acknowledged > 100
    assert acknowledged <= calls <= sent
    assert (model, failed, units) == ("text", running, calls - running)
    assert await limiter.state(ada.user_id) == {"minute": units, "day": units, "slots": 0, "open": 0}
    assert await limiter.usage(ada.user_id) == [(model, calls, failed, units)]


async def _killed_with_calls_running(limiter, ada, process):
    heard = b""
    await process.stop()
    while not await _running(limiter, ada):
        process.resume()
        heard += await process.acknowledge(1)
        await process.stop()
    return heard + await process.kill()


async def _running(limiter, ada):
    await limiter.redis.ping()  # after it, Redis has done all that a process which stands still had sent
    return await limiter.redis.hlen(partitions.running(partitions.of(ada.user_id)))


async def _age(limiter, ada):
    """Changes Redis as if the leases of all running calls had ended. At once: a settlement may still be on its way."""
    await limiter.redis.eval(_AGE, 1, partitions.running(partitions.of(ada.user_id)))


async def test_redis_killed_under_load_loses_no_acknowledged_call(limiter):
    ada = await limiter.session(per_minute=1_000_000, per_day=1_000_000, at_once=1000)
    partition, generation = partitions.of(ada.user_id), limiter.store.generation(partitions.of(ada.user_id))

    async def has_gone_on():
        return await limiter.redis.xlen(partitions.log(partition, limiter.store.generation(partition))) > 100

    async def have_repeated():
        """Whether the settlements that the killed Redis did not answer have been repeated: only their process can."""
        lines = await limiter.redis.hvals(partitions.running(partition))
        return all(int(line.split(b"|")[3]) != generation for line in lines)

    async with processes(limiter.environ) as (one, two):
        await one.tell("load", ada, clients=8)
        await two.tell("load", ada, clients=8)
        heard = await one.acknowledge(50) + await two.acknowledge(50)
        await limiter.kill_redis()
        assert await soon(has_gone_on)
        assert await soon(have_repeated)
        heard += await one.kill() + await two.kill()

    await _age(limiter, ada)
    # This process has just lost its connections to the Redis that was killed.
    assert await soon(lambda: asyncio.sleep(0, limiter.store.up))
    await reaper.reap(limiter.store)
    ((_, calls, _, _),) = await limiter.usage(ada.user_id)
    acknowledged, sent = heard.count(b"a"), heard.count(b"s")
    assert acknowledged > 100
    assert acknowledged <= calls <= sent
    # The calls went to the logs of two servers.
    assert await limiter.redis.scard(partitions.logs(partition)) == 2
