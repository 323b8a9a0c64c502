"""The gate over real servers, and people with credentials."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tortoise import Tortoise

from db import connection
from settings import Settings
from tests import redis_servers
from tests.databases import DELETIONS, FORGET_REDIS
from tests.environ import environ
from tests.limits import processes
from tests.limits.people import Limiter, opened
from tests.redis_cluster import RedisCluster

# What a killed process left running would go on writing.
_END_STATEMENTS = """SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""


@pytest.fixture(scope="session")
def gate_redis(request: pytest.FixtureRequest, gate_servers: redis_servers.Servers) -> redis_servers.AnyRedis:
    """A separate Redis: these tests flush, pause and kill it. Its file has all it acknowledged (see `opened`)."""
    return gate_servers(getattr(request, "param", request.config.getoption("redis")))


@pytest.fixture(scope="module")
async def gate_environ(gates_database_url: str, gate_redis: redis_servers.AnyRedis) -> AsyncIterator[dict[str, str]]:
    """For all gates of a module. This process is connected to their database: to connect takes longer than a test."""
    settings = environ(DATABASE_URL=gates_database_url, REDIS_URL=gate_redis.url)
    await connection.connect(Settings.from_environ(settings))
    yield settings
    await connection.close()


@pytest.fixture
async def limiter(gate_environ: dict[str, str], gate_redis: redis_servers.AnyRedis) -> AsyncIterator[Limiter]:
    """One process's gate over an empty Redis and an empty Postgres."""
    async with opened(gate_environ, gate_redis) as found:
        yield found
    await Tortoise.get_connection("default").execute_script(_END_STATEMENTS)
    await Tortoise.get_connection("default").execute_script(f"{DELETIONS}; {FORGET_REDIS}")


@pytest.fixture
async def cluster(limiter: Limiter) -> AsyncIterator[RedisCluster]:
    """It is whole again for the next test."""
    server = limiter.server
    assert isinstance(server, RedisCluster)
    yield server
    server.resume()
    await asyncio.to_thread(server.start)


@pytest.fixture(scope="session", autouse=True)
async def ended_processes() -> AsyncIterator[None]:
    yield
    await processes.end_all()
