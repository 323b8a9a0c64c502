"""Limits and counts over several processes, some of them killed."""

import asyncio

import pytest

from access import partitions, reaper
from tests.access.processes import processes


@pytest.mark.parametrize("limit", [7, 75])
async def test_two_processes_admit_exactly_the_limit(home, limit):
    ada = await home.session(per_minute=limit, at_once=1000)
    async with processes(home.environ) as both:
        answers = await asyncio.gather(*(process.ask("burst", ada, clients=32, times=5) for process in both))

    results = [answer["results"] for answer in answers]
    assert sum(result.get("ADMITTED", 0) for result in results) == limit
    assert sum(result.get("RATE_LIMITED:minute", 0) for result in results) == 320 - limit
    # Each admission was told another number: what it spent stood in nobody else's answer.
    assert sorted(answers[0]["used"] + answers[1]["used"]) == list(range(1, limit + 1))
    # Each refusal was told when the first of them comes back, and that is never later than 60.1 s after it was spent.
    waits = answers[0]["waits"] + answers[1]["waits"]
    assert 50 < min(waits) <= max(waits) <= 60.1
    assert await home.state(ada.user_id) == {"minute": limit, "day": limit, "places": 0, "open": 0}
    assert await home.usage(ada.user_id) == [("text", limit, 0, limit)]


async def test_two_processes_hold_no_more_than_the_places(home):
    ada = await home.session(per_minute=1000, at_once=5)
    async with processes(home.environ) as both:
        answers = await asyncio.gather(*(process.ask("burst", ada, clients=32, settle=False) for process in both))

        results = [answer["results"] for answer in answers]
        assert sum(result.get("ADMITTED", 0) for result in results) == 5
        assert sum(result.get("RATE_LIMITED:concurrency", 0) for result in results) == 59
        assert await home.state(ada.user_id) == {"minute": 5, "day": 5, "places": 5, "open": 5}


async def test_what_a_killed_process_had_acknowledged_is_counted_and_nothing_twice(home):
    ada = await home.session(per_minute=1_000_000, per_day=1_000_000, at_once=1000)
    async with processes(home.environ) as (killed, other):
        await killed.tell("load", ada, clients=16)
        await other.tell("load", ada, clients=16)
        await asyncio.sleep(1.5)
        heard = await killed.kill()
        await asyncio.sleep(0.2)
        heard += await other.kill()

    running = await home.redis.hlen(partitions.running(partitions.of(ada.user_id)))
    assert running > 0
    await _age(home, ada)
    assert await reaper.reap(home.gate.store) == running
    ((model, calls, failed, units),) = await home.usage(ada.user_id)
    acknowledged, sent = heard.count(b"a"), heard.count(b"s")
    assert acknowledged > 100
    assert acknowledged <= calls <= sent
    assert (model, failed, units) == ("text", running, calls - running)
    assert await home.state(ada.user_id) == {"minute": units, "day": units, "places": 0, "open": 0}
    assert await home.usage(ada.user_id) == [(model, calls, failed, units)]


async def _age(home, ada):
    """As if the leases of all that runs had ended."""
    running = partitions.running(partitions.of(ada.user_id))
    for call, line in (await home.redis.hgetall(running)).items():
        ends, _, rest = line.partition(b"|")
        await home.redis.hset(running, call, b"%d|" % (int(ends) - 60_000) + rest)


async def test_redis_killed_under_load_loses_no_acknowledged_call(home):
    ada = await home.session(per_minute=1_000_000, per_day=1_000_000, at_once=1000)
    async with processes(home.environ) as (one, two):
        await one.tell("load", ada, clients=8)
        await two.tell("load", ada, clients=8)
        await asyncio.sleep(1)
        await home.kill_redis()
        await asyncio.sleep(2)
        heard = await one.kill() + await two.kill()

    await _age(home, ada)
    await reaper.reap(home.gate.store)
    ((_, calls, _, _),) = await home.usage(ada.user_id)
    acknowledged, sent = heard.count(b"a"), heard.count(b"s")
    assert acknowledged > 100
    assert acknowledged <= calls <= sent
    # The calls went to the logs of two servers.
    assert await home.redis.scard(partitions.logs(partitions.of(ada.user_id))) == 2
