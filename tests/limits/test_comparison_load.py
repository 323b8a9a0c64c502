"""The comparison makes up no drift while calls run and the rollup works, and finds one unit among them."""

import asyncio
import random

import pytest

import errors
from db.models.usage import UsageDifference
from limits import partitions, rollup
from limits.entries import Outcome
from store.redis import StoreDown
from tests.limits.comparing import compared, figures, of_one_partition
from tests.limits.comparing import comparison as comparison
from tests.limits.people import inference
from tests.limits.processes import processes

ROUNDS = 10


@pytest.fixture
async def crowd(limiter):
    """Three users, two of them of one partition. The first one calls from two other processes."""
    return await of_one_partition(limiter, per_minute=1_000_000, per_day=1_000_000, at_once=1000)


async def call_for_ever(limiter, credential, seed):
    """Calls that run together, of which some are kept, some given back, and some in part."""
    random_ = random.Random(seed)  # noqa: S311 - no secret
    while True:
        units = random_.randint(1, 9)
        try:
            admission = await limiter.gate.admit(credential, inference(units))
        except errors.ServiceUnavailable:
            continue  # a busy machine
        await asyncio.sleep(random_.random() / 50)
        await limiter.gate.settle(admission, [Outcome("text", 1, 0, random_.choice([0, 1, units]))])


async def roll_up_for_ever(limiter):
    while True:
        try:
            await rollup.roll_up_all(limiter.store)
        except StoreDown:
            pass  # a busy machine
        await asyncio.sleep(0.01)


async def test_under_load_no_difference_is_made_up_and_one_unit_is_found(limiter, comparison, crowd):
    ada, eve, bob = crowd
    loads = [call_for_ever(limiter, credential, seed) for seed, credential in enumerate([eve, eve, eve, bob, bob])]
    working = [asyncio.create_task(work) for work in (*loads, roll_up_for_ever(limiter), roll_up_for_ever(limiter))]
    async with processes(limiter.environ) as (one, two):
        for process in (one, two):
            await process.tell("load", ada, clients=8)
            await process.acknowledge(20)

        found = []
        for _ in range(ROUNDS):
            found.append(figures(await compared(comparison)))
            assert (await one.acknowledge(5)).count(b"a") >= 5

        assert found == [(3, 0, 0, 0)] * ROUNDS
        await limiter.redis.hincrby(partitions.of_user(ada.user_id).day, "u", 1)
        assert figures(await compared(comparison)) == (2, 1, 0, 1)
        await one.kill()
        await two.kill()

    assert not any(task.done() for task in working)
    for task in working:
        task.cancel()
    await asyncio.wait(working)
    (row,) = await UsageDifference.all()
    assert row.user_id == ada.user_id
    assert row.spent == row.counted + 1
