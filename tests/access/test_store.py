"""Connections to Redis are open before they are wanted."""

import asyncio
from datetime import timedelta

import pytest

from access.guesses import Guesses
from access.store import Store
from tests.access.people import soon

PLACES = 16


@pytest.fixture
async def store(home):
    """Another one, which nobody watches."""
    made = Store(home.settings)
    await made.epoch.read()
    yield made
    await made.aclose()


def is_warm(store):
    async def check():
        return len(store._idle) == PLACES

    return check


async def begun(store):
    """A look that has opened a connection and is about to open more."""
    looking = asyncio.create_task(store.probe())
    while not store._idle:  # noqa: ASYNC110 - nothing tells of it, and a moment later it has opened them all
        await asyncio.sleep(0)
    return looking


async def opened(home):
    """How many connections Redis has been asked for, ever."""
    return int((await home.redis.info("stats"))["total_connections_received"])


async def test_a_burst_on_a_process_that_has_just_started_opens_no_connection(home):
    # On a busy machine one may have taken too long: the next look opens it.
    assert await soon(is_warm(home.gate.store))
    guesses, before = Guesses(home.gate.store, b"k" * 32), await opened(home)

    await asyncio.gather(
        *(guesses.reserve(network=f"203.0.113.{n}", account=f"{n}@example.org") for n in range(PLACES))
    )

    assert await opened(home) == before


async def test_a_burst_after_redis_came_back_opens_none_either(home):
    await home.kill_redis()

    assert await soon(is_warm(home.gate.store))


async def test_those_that_are_missing_are_opened_by_the_next_look(home):
    store = home.gate.store
    assert await soon(is_warm(store))

    for _ in range(5):
        await store._idle.pop().aclose()

    assert await soon(is_warm(store))


async def test_no_more_are_kept_than_may_be_in_use_at_once(home, store):
    await store.probe()
    assert await soon(is_warm(store))
    waiting = [("BLPOP", "nothing", 0.1)]

    # All are in use while others are opened.
    await asyncio.gather(*(store.batch(waiting, within=timedelta(seconds=5)) for _ in range(PLACES)), store.probe())

    assert len(store._idle) == PLACES


async def test_a_store_that_is_closed_while_it_opens_connections_keeps_none(store):
    starting = await begun(store)
    await store.aclose()
    await starting

    assert (store._idle, store.up) == ([], False)


async def test_a_start_that_is_cancelled_closes_what_it_has_opened(home, store):
    clients = len(await home.redis.client_list())
    starting = await begun(store)
    starting.cancel()
    await asyncio.wait({starting})
    assert len(store._idle) < PLACES
    await store.aclose()

    async def are_gone():
        return len(await home.redis.client_list()) == clients

    assert await soon(are_gone)
