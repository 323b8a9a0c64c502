"""A process that gets no processor for a while. It asks Redis again, and nothing is charged twice."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

import errors
from limits import admission
from limits.admission import Admitter
from limits.credential_cache import CredentialCache
from limits.entries import Outcome
from limits.settlement import Settler
from store import node, pipeline
from store.redis import Store, StoreDown
from tests.limits.people import inference, soon
from tests.store.counting import relay as relay
from tests.store.counting import store as store


@pytest.fixture(autouse=True)
def _slow_machine(monkeypatch):
    """A busy one takes longer between two steps of a test than Redis may take in production."""
    monkeypatch.setattr(pipeline, "DEADLINE_SECONDS", 0.5)
    monkeypatch.setattr(node, "DEADLINE", timedelta(seconds=10))


class Process:
    """Over a store whose probes run when a test says so."""

    def __init__(self, store: Store, limiter: Any) -> None:
        self.settler = Settler(store)
        cache = CredentialCache(store, limiter.settings.session_idle)
        self.admitter = Admitter(store, cache, self.settler.abandon)


@pytest.fixture
async def process(store, limiter):
    made = Process(store, limiter)
    yield made
    await made.settler.aclose()


async def opened(store):
    """Until the circuit is open, because a command was not answered."""
    assert await soon(lambda: asyncio.sleep(0, not store.up))


async def scripts_run(limiter):
    return sum(of["calls"] for name, of in (await limiter.redis.info("commandstats")).items() if "eval" in name)


def state(minute, *, slots):
    return {"minute": minute, "day": minute, "slots": slots, "open": slots}


@pytest.mark.parametrize("lost", [False, True], ids=["its answer is late", "it is lost"])
async def test_a_call_that_is_asked_for_twice_is_charged_once(limiter, store, relay, process, lost):
    ada = await limiter.session()
    await limiter.call(ada)
    await store.epoch.read()
    if lost:
        relay.bytes_to_redis = 0
    relay.answers_pass.clear()
    asking = asyncio.create_task(process.admitter.admit(ada, inference(2)))
    await opened(store)
    assert await limiter.state(ada.user_id) == (state(1, slots=0) if lost else state(3, slots=1))

    relay.bytes_to_redis = None
    relay.answers_pass.set()
    await store.probe()
    admission = await asking

    assert await limiter.state(ada.user_id) == state(3, slots=1)
    await process.settler.settle(admission.lease, [Outcome("text", 1, 0, 2, 5.0)])
    assert await limiter.state(ada.user_id) == state(3, slots=0)
    assert await limiter.usage(ada.user_id) == [("text", 2, 0, 3)]


async def test_a_command_that_is_on_its_way_when_its_connection_breaks_does_not_admit_the_settled_call_again(
    limiter, store, relay, process, monkeypatch
):
    # Both are the tenth of a second in production.
    for module in (node, admission):
        monkeypatch.setattr(module, "DEADLINE", timedelta(seconds=2))
    ada = await limiter.session()
    await limiter.call(ada)
    await store.epoch.read()
    relay.holds_back = True
    asking = asyncio.create_task(process.admitter.admit(ada, inference(2)))
    await relay.break_those_that_hold_back()
    await opened(store)
    relay.holds_back = False
    await store.probe()
    admitted = await asking
    await process.settler.settle(admitted.lease, [Outcome("text", 1, 0, 2, 5.0)])
    before = await scripts_run(limiter)

    relay.deliver()

    async def has_run():
        return await scripts_run(limiter) > before

    assert await soon(has_run)
    assert await limiter.state(ada.user_id) == state(3, slots=0)
    assert await limiter.usage(ada.user_id) == [("text", 2, 0, 3)]


async def test_a_call_that_redis_does_not_answer_is_refused_and_given_back(limiter, store, relay, process, monkeypatch):
    ada = await limiter.session()
    await limiter.call(ada)
    relay.answers_pass.clear()
    asking = asyncio.create_task(process.admitter.admit(ada, inference(2)))
    await opened(store)
    relay.break_connections()
    monkeypatch.setattr(node, "DEADLINE", timedelta(seconds=0.2))
    await store.probe()

    with pytest.raises(StoreDown):
        await asking

    assert not store.up
    relay.answers_pass.set()

    async def is_given_back():
        await store.probe()
        return await limiter.state(ada.user_id) == state(1, slots=0)

    assert await soon(is_given_back)


async def test_a_credential_that_ends_between_the_two_leaves_no_slot_taken(limiter, store, relay, process):
    ada = await limiter.session()
    await limiter.call(ada)
    relay.answers_pass.clear()
    asking = asyncio.create_task(process.admitter.admit(ada, inference(2)))
    await opened(store)
    await limiter.gate.confirm(await limiter.revoke(ada))
    relay.answers_pass.set()
    await store.probe()

    with pytest.raises(errors.Unauthenticated):
        await asking

    async def is_given_back():
        return await limiter.state(ada.user_id) == state(1, slots=0)

    assert await soon(is_given_back)


async def test_an_epoch_that_became_old_before_the_command_was_written_is_read_again(limiter, store, process):
    ada = await limiter.session()
    await limiter.call(ada)
    await store.epoch.read()
    asking = asyncio.create_task(process.admitter.admit(ada, inference(2)))
    await asyncio.sleep(0)
    # It has asked, and the command is written in the next turn.
    time.sleep(1.8)  # noqa: ASYNC251 - the loop has to stand still

    admission = await asking

    assert await limiter.state(ada.user_id) == state(3, slots=1)
    await process.settler.settle(admission.lease, [Outcome("text", 1, 0, 2, 5.0)])
