"""What is done while Redis settles a call."""

import asyncio

import pytest

from limits.entries import Outcome
from store.connections import RedisConnection
from telemetry import requests
from tests.limits.people import inference, soon

KEPT = [Outcome("text", 1, 0, 2, 5.0)]


async def test_what_is_done_meanwhile_is_done_before_redis_answers(limiter, monkeypatch):
    ada = await limiter.session()
    await limiter.gate.settle(await limiter.gate.admit(ada, inference(2)), KEPT)  # now the server knows the script
    admission = await limiter.gate.admit(ada, inference(2))
    seen: list[str] = []
    write, receive = RedisConnection.write, RedisConnection.data_received

    def noting_write(self, commands, takers):
        if b"first" in commands:
            seen.append("written")
        write(self, commands, takers)

    def noting_receive(self, data):
        if b"DONE" in data:
            seen.append("answered")
        receive(self, data)

    def meanwhile():
        seen.append("meanwhile")
        return 7

    monkeypatch.setattr(RedisConnection, "write", noting_write)
    monkeypatch.setattr(RedisConnection, "data_received", noting_receive)

    with requests.answering():
        made = await limiter.gate.settle(admission, KEPT, meanwhile)

    assert (made, seen) == (7, ["written", "meanwhile", "answered"])
    assert await limiter.state(ada.user_id) == {"minute": 4, "day": 4, "slots": 0, "open": 0}


async def test_a_settlement_is_repeated_though_what_was_done_meanwhile_failed(limiter):
    ada = await limiter.session()
    admission = await limiter.gate.admit(ada, inference(2))

    def fail():
        raise ValueError("no room")

    limiter.server.pause()
    try:
        with requests.answering(), pytest.raises(ValueError, match="no room"):
            await limiter.gate.settle(admission, KEPT, fail)
        # After this time the first command does nothing any more.
        await asyncio.sleep(0.3)
    finally:
        limiter.server.resume()

    async def is_counted():
        return limiter.store.up and await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]

    assert await soon(is_counted)
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 0, "open": 0}
