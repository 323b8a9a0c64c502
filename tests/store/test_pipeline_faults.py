"""Scripts that are not answered in time, connections that break, and callers who leave."""

import asyncio
import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from store import node, pipeline
from store.connections import StoreDown, StoreRefused, Unanswered
from store.redis import Answer
from tests.limits.people import soon
from tests.loop_time import rounds
from tests.store.counting import SCRIPT, ask, counted, counting, outcomes, probed

DEADLINE = 0.5


@pytest.fixture(autouse=True)
def _slow_machine(monkeypatch):
    """A busy one takes longer between two steps of a test than Redis may take in production."""
    monkeypatch.setattr(pipeline, "DEADLINE_SECONDS", DEADLINE)


async def written():
    """Until what was asked is on its way to the relay."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_script_that_is_not_answered_in_time_fails_and_a_later_one_gets_its_own_answer(limiter, store, relay):
    await ask(store, 0)
    relay.answers_pass.clear()
    first = asyncio.create_task(ask(store, 1))
    await asyncio.sleep(DEADLINE * 0.6)
    second = asyncio.create_task(ask(store, 2))

    with pytest.raises(StoreDown, match="no answer in time"):
        await first
    is_up, is_waiting = store.up, not second.done()
    relay.answers_pass.set()

    # The circuit is open. What was written before keeps its own deadline.
    assert (is_up, is_waiting, await second) == (False, True, 2)
    assert isinstance((await outcomes(store, [3]))[0], StoreRefused)
    assert await soon(partial(probed, store))
    assert await outcomes(store, range(4, 8)) == [4, 5, 6, 7]
    assert await counted(limiter) == 7


async def test_without_answers_all_that_was_written_fails_and_what_waits_is_not_sent(limiter, store, relay):
    await ask(store, 0)
    relay.answers_pass.clear()

    answers = await outcomes(store, range(100))

    assert [type(answer) for answer in answers] == [Unanswered] * 32 + [StoreRefused] * 68
    assert {str(answer) for answer in answers[:32]} == {"no answer in time"}
    assert {str(answer) for answer in answers[32:]} == {"the circuit is open"}
    assert await counted(limiter) == 33


async def test_what_waits_is_written_once_a_probe_was_answered(limiter, store, relay):
    await ask(store, 0)
    relay.answers_pass.clear()
    asking = asyncio.create_task(outcomes(store, range(100)))
    assert await soon(lambda: asyncio.sleep(0, not store.up))
    relay.answers_pass.set()
    await store.probe()

    answers = await asking

    assert [type(answer) for answer in answers[:32]] == [Unanswered] * 32
    assert answers[32:] == list(range(32, 100))
    assert await counted(limiter) == 101


async def test_a_process_that_stood_still_before_it_wrote_still_asks(limiter, store):
    await ask(store, 0)
    asking = asyncio.create_task(ask(store, 1))
    await asyncio.sleep(0)
    time.sleep(1.1)  # noqa: ASYNC251 - the loop has to stand still

    assert await asking == 1
    assert await counted(limiter) == 2


async def test_connections_that_wait_for_nothing_more_are_closed(limiter, store, relay):
    clients = len(await limiter.redis.client_list())
    relay.answers_pass.clear()
    await outcomes(store, range(3))
    relay.answers_pass.set()

    async def is_closed():
        # The probe's own connection and those for plain commands are still open.
        return len(await limiter.redis.client_list()) == clients - 1

    assert await soon(is_closed)


async def test_scripts_in_flight_on_a_broken_connection_fail_once_and_later_ones_go_on_a_new_one(limiter, store, relay):
    await ask(store, 0)
    relay.answers_pass.clear()
    asking = asyncio.create_task(outcomes(store, range(8)))

    async def have_run():
        return await counted(limiter) == 9

    assert await soon(have_run)
    relay.break_connections()
    answers = await asking
    relay.answers_pass.set()

    # Each one may have run, and these have. None is sent again.
    assert [type(answer) for answer in answers] == [StoreDown] * 8
    assert not store.up
    assert await soon(partial(probed, store))
    assert await outcomes(store, range(8)) == list(range(8))
    assert await counted(limiter) == 17


async def test_the_first_probe_after_every_connection_broke_finds_that_redis_answers(store, relay, monkeypatch):
    monkeypatch.setattr(node, "DEADLINE", timedelta(seconds=10))
    await ask(store, 0)
    relay.answers_pass.clear()
    asking = asyncio.create_task(outcomes(store, [1]))
    await written()
    relay.break_connections()
    answers = await asking
    relay.answers_pass.set()
    assert ([type(answer) for answer in answers], store.up) == ([StoreDown], False)

    await store.probe()

    assert store.up
    assert await outcomes(store, [2]) == [2]


async def test_an_idle_connection_that_was_closed_is_replaced_without_an_error(limiter, store, relay):
    await ask(store, 0)
    before = relay.accepted
    relay.break_connections()
    await rounds()

    assert await outcomes(store, range(3)) == [0, 1, 2]
    assert (store.up, relay.accepted) == (True, before + 1)


async def test_of_two_scripts_in_one_write_the_second_does_not_reach_a_server_that_replaced_the_first(
    limiter, store, relay
):
    """Redis is killed after the first script, and comes back with another identity."""
    await ask(store, 0)
    before = await limiter.redis.get("counted"), store.generation("counted")
    sizes: list[int] = []

    def sized(number):
        def prepare(stamp):
            sizes.append(stamp.generation)
            return ["counted"], [number]

        return prepare

    # The first script's command has 100 to 150 bytes, both together have more than 200.
    relay.bytes_to_redis = 190
    first, second = (
        asyncio.create_task(store.run(SCRIPT, sized(number), key="counted")) for number in ("1" * 20, "2" * 20)
    )
    answer = await first
    await limiter.kill_redis()

    with pytest.raises(StoreDown):
        await second
    assert (answer.values[0], answer.generation) == (b"1" * 20, before[1])
    assert sizes == [before[1]] * 2
    assert int(await limiter.redis.get("counted")) == int(before[0]) + 1
    # This store has not seen the new server: it refuses until a probe has registered it.
    relay.bytes_to_redis = None
    assert isinstance((await outcomes(store, [3]))[0], StoreDown)
    assert await counted(limiter) == int(before[0]) + 1

    assert await soon(partial(probed, store))
    assert (
        (await store.run(SCRIPT, counting(4), key="counted")).generation
        == limiter.store.generation("counted")
        > before[1]
    )


async def test_what_became_of_a_script_whose_caller_left_is_handed_over(limiter, store, relay):
    await ask(store, 0)
    relay.answers_pass.clear()
    left: list[Any] = []
    tasks = [asyncio.create_task(store.run(SCRIPT, counting(n), key="counted", unclaimed=left.append)) for n in (1, 2)]
    staying = asyncio.create_task(ask(store, 3))
    await written()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert left == []
    relay.answers_pass.set()

    assert await staying == 3
    assert [answer._replace(values=answer.values[:1]) for answer in left] == [
        Answer([b"1"], store.generation("counted")),
        Answer([b"2"], store.generation("counted")),
    ]
    assert await counted(limiter) == 4


async def test_a_caller_who_leaves_before_the_script_is_written_does_not_stop_it(limiter, store):
    left: list[Any] = []
    task = asyncio.create_task(store.run(SCRIPT, counting(1), key="counted", unclaimed=left.append))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    await store.drain()

    assert (task.cancelled(), [answer.values[0] for answer in left]) == (True, [b"1"])
    assert await counted(limiter) == 1


async def test_a_caller_who_leaves_gets_an_error_handed_over_too(store, relay):
    await ask(store, 0)
    relay.answers_pass.clear()
    left: list[Any] = []
    task = asyncio.create_task(store.run(SCRIPT, counting(1), key="counted", unclaimed=left.append))
    await written()
    task.cancel()
    await store.drain()

    # The circuit opens although no caller waits for the answer.
    assert ([type(error) for error in left], store.up) == ([Unanswered], False)


async def test_what_is_no_answer_ends_the_connection_and_all_that_wait_on_it(limiter, store, relay):
    await ask(store, 0)
    relay.answers_pass.clear()
    asking = asyncio.create_task(outcomes(store, range(3)))
    await written()
    relay.say(b"no answer at all\r\n")
    answers = await asking
    relay.answers_pass.set()

    assert [type(answer) for answer in answers] == [StoreDown] * 3
    assert {str(answer).partition(",")[0] for answer in answers} == {"Protocol error"}


async def test_an_answer_that_was_not_asked_for_is_given_to_no_caller(store, relay):
    await ask(store, 0)
    before = relay.accepted
    relay.say(b"+OK\r\n")
    await rounds()

    assert await outcomes(store, range(3)) == [0, 1, 2]
    assert relay.accepted == before + 1
