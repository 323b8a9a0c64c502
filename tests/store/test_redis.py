"""Connections to Redis are open before they are needed."""

import asyncio
from datetime import timedelta

import pytest

from store.redis import Store
from tests.limits.people import soon

SLOTS = 16


@pytest.fixture
async def store(limiter):
    """Another store, whose `watch` does not run."""
    made = Store(limiter.settings)
    await made.epoch.read()
    yield made
    await made.aclose()


def is_warm(store):
    async def check():
        return len(store.nodes[0].pool.idle) == SLOTS

    return check


async def began(store):
    """A probe that has opened a connection and is about to open more."""
    looking = asyncio.create_task(store.probe())
    while not store.nodes[0].pool.idle:  # noqa: ASYNC110 - no event shows it, and a moment later all are open
        await asyncio.sleep(0)
    return looking


async def opened(limiter):
    """How many connections Redis has accepted since it started."""
    return int((await limiter.redis.info("stats"))["total_connections_received"])


async def test_a_burst_on_a_process_that_has_just_started_opens_no_connection(limiter):
    # On a busy machine one may take too long. The next probe opens it.
    assert await soon(is_warm(limiter.store))
    attempts, before = limiter.gate.attempts(b"k" * 32), await opened(limiter)

    await asyncio.gather(
        *(attempts.reserve(network=f"203.0.113.{n}", account=f"{n}@example.org") for n in range(SLOTS))
    )

    assert await opened(limiter) == before


async def test_a_burst_after_redis_came_back_opens_no_connection_either(limiter):
    await limiter.kill_redis()

    assert await soon(is_warm(limiter.store))


async def test_missing_connections_are_opened_by_the_next_probe(limiter):
    store = limiter.store
    assert await soon(is_warm(store))

    for _ in range(5):
        store.nodes[0].pool.idle.pop().close()

    assert await soon(is_warm(store))


async def test_no_more_are_kept_than_may_be_in_use_at_once(limiter, store):
    await store.probe()
    assert await soon(is_warm(store))
    waiting = [("BLPOP", "nothing", 0.1)]

    # All are in use while others are opened.
    await asyncio.gather(*(store.batch(waiting, within=timedelta(seconds=30)) for _ in range(SLOTS)), store.probe())

    assert len(store.nodes[0].pool.idle) == SLOTS


async def test_a_store_that_is_closed_while_it_opens_connections_keeps_none(store):
    starting = await began(store)
    await store.aclose()
    await starting

    assert (store.nodes[0].pool.idle, store.up) == ([], False)


async def test_a_start_that_is_cancelled_closes_what_it_has_opened(limiter, store):
    clients = len(await limiter.redis.client_list())
    starting = await began(store)
    starting.cancel()
    await asyncio.wait({starting})
    assert len(store.nodes[0].pool.idle) < SLOTS
    await store.aclose()

    async def are_gone():
        return len(await limiter.redis.client_list()) == clients

    assert await soon(are_gone)
