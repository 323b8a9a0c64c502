"""A script that counts, and a store that reaches Redis through a relay."""

import asyncio
from functools import partial
from hashlib import sha1

import pytest

from settings import Settings
from store.lua import Script
from store.redis import Store
from tests import redis_servers
from tests.limits.people import soon
from tests.store.relays import relayed

# Adds 1 to a key and answers its argument.
TEXT = b"""local t = redis.call('TIME')
redis.call('INCR', KEYS[1])
return {ARGV[1], t[1] * 1000 + math.floor(t[2] / 1000)}"""
SCRIPT = Script("count", TEXT, sha1(TEXT, usedforsecurity=False).hexdigest().encode())


@pytest.fixture
async def relay(limiter):
    redis_servers.is_about_one_server(limiter.server)
    async with relayed(limiter.server.port) as opened:
        yield opened


@pytest.fixture
async def store(limiter, relay):
    """A store whose `watch` does not run, so it opens connections only when a test says so."""
    url = limiter.server.url.replace(f":{limiter.server.port}/", f":{relay.port}/")
    made = Store(Settings.from_environ({**limiter.environ, "GATEHOUSE_REDIS_URL": url}))
    await made.epoch.read()
    assert await soon(partial(probed, made))
    yield made
    await made.aclose()


async def probed(store):
    """Whether Redis answers a probe: on a busy machine not always in time."""
    await store.probe()
    return store.up


def counting(number):
    return lambda stamp: (["counted"], [number])


async def ask(store, number):
    return int((await store.run(SCRIPT, counting(number), key="counted")).values[0])


async def outcomes(store, numbers):
    return await asyncio.gather(*(ask(store, number) for number in numbers), return_exceptions=True)


async def counted(limiter):
    return int(await limiter.redis.get("counted") or 0)
