"""Callers who leave while their call is settled: it is settled all the same."""

import asyncio

from limits import settlement
from limits.entries import Outcome
from tests.limits.people import inference, running, soon

KEPT = [Outcome("text", 1, 0, 2, 5.0)]


async def test_a_caller_who_leaves_during_settlement_does_not_stop_it(limiter):
    ada = await limiter.session()

    for hops in range(6):
        admission = await limiter.gate.admit(ada, inference(2))
        settling = asyncio.create_task(limiter.gate.settle(admission, KEPT))
        for _ in range(hops):
            await asyncio.sleep(0)
        settling.cancel()
        await asyncio.wait({settling})
        if hops == 0:  # it was cancelled before it began
            await limiter.gate.settle(admission, KEPT)

    async def are_counted():
        return await limiter.usage(ada.user_id) == [("text", 6, 0, 12)]

    assert await soon(are_counted)
    assert await limiter.state(ada.user_id) == {"minute": 12, "day": 12, "slots": 0, "open": 0}


async def test_a_settlement_that_redis_does_not_confirm_is_repeated_though_its_caller_left(limiter):
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference(2))
    limiter.server.pause()
    try:
        settling = asyncio.create_task(limiter.gate.settle(admission, KEPT))
        await asyncio.sleep(0.02)
        settling.cancel()
        await asyncio.wait({settling})
        # After this time the first command does nothing any more.
        await asyncio.sleep(0.3)
    finally:
        limiter.server.resume()

    async def is_counted():
        return limiter.store.up and await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]

    assert settling.cancelled()
    assert await soon(is_counted)
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 0, "open": 0}


async def test_a_process_that_ends_waits_for_the_settlements_of_callers_who_left(limiter, monkeypatch):
    # A busy machine may need more than its second.
    monkeypatch.setattr(settlement, "CLOSES_WITHIN", 30.0)
    ada = await limiter.session()
    async with running(limiter.settings) as gate:
        admission = await gate.admit(ada, inference(2))
        limiter.server.pause()
        settling = asyncio.create_task(gate.settle(admission, KEPT))
        await asyncio.sleep(0.02)
        settling.cancel()
        # After the command's deadline, so that it does nothing and must be repeated.
        asyncio.get_running_loop().call_later(0.15, limiter.server.resume)

    async def is_counted():
        # This store has noticed the pause, too.
        return limiter.store.up and await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]

    assert settling.cancelled()
    assert await soon(is_counted)
