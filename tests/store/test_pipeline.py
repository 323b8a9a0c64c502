"""All scripts of a process on one connection: written as one and answered in order."""

import asyncio
import gc
from datetime import timedelta
from typing import Any

import pytest

from store.connections import RedisConnection, StoreRefused, packed
from store.redis import Stamp
from store.script_requests import Packed, ScriptRequest
from telemetry import requests
from tests import patience
from tests.store.counting import SCRIPT, ask, counted, outcomes


@pytest.fixture
def writes(store, monkeypatch):
    """How many commands each write of these scripts had, from now on. Another store here writes commands too."""
    found: list[int] = []
    write = RedisConnection.write

    def noted(self, commands, takers):
        if b"counted" in commands:
            found.append(len(takers))
        write(self, commands, takers)

    monkeypatch.setattr(RedisConnection, "write", noted)
    return found


async def test_scripts_of_one_turn_are_written_as_one_and_each_caller_gets_its_own_answer(limiter, store, writes):
    await ask(store, 0)
    writes.clear()

    answers = await outcomes(store, range(16))

    assert (answers, writes) == (list(range(16)), [16])
    assert await counted(limiter) == 17


async def test_a_script_of_the_only_request_is_written_at_once(limiter, store, writes):
    await ask(store, 0)
    writes.clear()

    with requests.answering():
        first = asyncio.create_task(ask(store, 1))
        await asyncio.sleep(0)
        assert writes == [1]
        with requests.answering():  # the second one
            second = asyncio.create_task(ask(store, 2))
            third = asyncio.create_task(ask(store, 3))
            await asyncio.sleep(0)
            assert writes == [1]
            answers: Any = await asyncio.gather(first, second, third)

    assert (answers, writes) == ([1, 2, 3], [1, 2])
    assert await counted(limiter) == 4


async def test_answers_that_come_byte_by_byte_reach_their_callers(store, relay):
    relay.piece = 1

    assert await outcomes(store, range(16)) == list(range(16))


async def test_of_more_scripts_than_redis_is_asked_at_once_the_others_wait(limiter, store, writes):
    await ask(store, 0)
    writes.clear()

    answers = await outcomes(store, range(200))

    assert answers == list(range(200))
    assert max(writes) == 32
    assert await counted(limiter) == 201


async def test_a_server_that_has_forgotten_the_script_runs_each_one_once(limiter, store, writes):
    await ask(store, 0)
    await limiter.redis.script_flush()
    writes.clear()

    answers = await outcomes(store, range(16))

    assert (answers, writes) == (list(range(16)), [16, *[1] * 16])
    assert await counted(limiter) == 17


async def test_an_error_in_preparing_a_script_reaches_only_its_caller(limiter, store):
    def fail(stamp):
        raise ValueError("its own")

    answers: Any = await asyncio.gather(ask(store, 1), store.run(SCRIPT, fail, key="counted"), return_exceptions=True)

    assert [repr(answer) for answer in answers] == ["1", "ValueError('its own')"]
    assert await counted(limiter) == 1


async def test_a_script_that_fails_in_redis_fails_alone_and_keeps_the_circuit_closed(limiter, store):
    await limiter.redis.set("text", "a")

    answers: Any = await asyncio.gather(
        store.run(SCRIPT, lambda stamp: (["text"], [1]), key="counted"), ask(store, 2), return_exceptions=True
    )

    assert type(answers[0]) is StoreRefused
    assert (answers[1], store.up) == (2, True)


async def test_the_stamp_is_made_when_the_script_is_written(store):
    stamps: list[Stamp] = []

    def prepare(stamp):
        stamps.append(stamp)
        return ["counted"], [1]

    asking = [store.run(SCRIPT, prepare, key="counted") for _ in range(2)]
    before = store.epoch.number
    store.epoch.observe(before + 1)
    await asyncio.gather(*asking)

    assert [stamp.epoch for stamp in stamps] == [before + 1] * 2
    assert stamps[0] is stamps[1]
    assert stamps[0].not_after == stamps[0].now + patience.DEADLINE // timedelta(milliseconds=1)


def kept(keys):
    """How many packed heads of these keys are in memory."""
    return sum(type(one) is Packed and one.keys == tuple(keys) for one in gc.get_objects())


async def test_a_long_list_of_keys_is_not_kept_in_memory():
    """As that of a partition's users, which is another one each hour."""
    keys = [f"{{1}}:d:{number}" for number in range(250)]
    request = ScriptRequest(SCRIPT, lambda stamp: (keys, [1]), None, asyncio.get_running_loop().create_future(), 0.0)

    written = request.pack(Stamp(1, 1, 0, 0))

    assert written == packed(("EVALSHA", SCRIPT.digest, 250, *keys, 1))
    assert kept(keys) == 0
    # Those of a caller are few, and are kept.
    request.prepare = lambda stamp: (keys[:10], [1])
    request.pack(Stamp(1, 1, 0, 0))
    assert kept(keys[:10]) == 1
