"""What is done to Redis by its own commands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.faults.fault import Fault, Trouble
from tests.journey.installation import Installation
from tests.mails import until


def _by_commands(*commands: tuple[object, ...], undo: tuple[tuple[object, ...], ...] = ()) -> Trouble:
    @asynccontextmanager
    async def trouble(installation: Installation) -> AsyncIterator[None]:
        async with installation.in_redis() as redis, redis.client() as one:
            for command in commands:
                await one.execute_command(*command)
            try:
                yield
            finally:
                for command in undo:
                    await one.execute_command(*command)

    return trouble


@asynccontextmanager
async def _password_of_redis_changed(installation: Installation) -> AsyncIterator[None]:
    # Those who are connected keep their rights until they are cut off.
    back = ("CONFIG", "SET", "requirepass", installation.redis.password)
    change, cut = ("CONFIG", "SET", "requirepass", "another"), ("CLIENT", "KILL", "SKIPME", "yes")
    async with _by_commands(change, cut, undo=(back,))(installation):
        yield


@asynccontextmanager
async def _asleep(installation: Installation) -> AsyncIterator[None]:
    async def sleep() -> None:
        redis = Redis.from_url(installation.redis.url, socket_timeout=10)
        with suppress(RedisError):
            await redis.execute_command("DEBUG", "SLEEP", "3")
        await redis.aclose()

    sleeping = asyncio.create_task(sleep())
    yield
    await sleeping


@asynccontextmanager
async def _cannot_save(installation: Installation) -> AsyncIterator[None]:
    """It refuses writes, since its last snapshot could not be written."""
    async with installation.in_redis() as redis:
        folder = str((await redis.config_get("dir"))["dir"])
        await redis.config_set("save", "900 1000000")
        await redis.config_set("dir", "/proc")
        await redis.bgsave()
        await until(lambda: _saved(redis, "err"))
        try:
            yield
        finally:
            await redis.config_set("dir", folder)
            await redis.bgsave()
            await until(lambda: _saved(redis, "ok"))
            await redis.config_set("save", "")


async def _saved(redis: Redis, status: str) -> bool:
    told = await redis.info("persistence")
    return bool(told["rdb_last_bgsave_status"] == status and not told["rdb_bgsave_in_progress"])


_NOWHERE = ("REPLICAOF", "127.0.0.1", "1")
ALL = [
    Fault(
        "redis",
        "memory full",
        _by_commands(("CONFIG", "SET", "maxmemory", "1"), undo=(("CONFIG", "SET", "maxmemory", "0"),)),
        3,
        "full",
    ),
    Fault("redis", "connections cut", _by_commands(("CLIENT", "KILL", "SKIPME", "yes")), 0, "cut"),
    Fault("redis", "DEBUG SLEEP 3", _asleep, 0, "asleep"),
    Fault("redis", "FLUSHALL", _by_commands(("FLUSHALL",)), 0, "flushed"),
    Fault("redis", "password changed, connections cut", _password_of_redis_changed, 3, "password"),
    Fault("redis", "a replica", _by_commands(_NOWHERE, undo=(("REPLICAOF", "NO", "ONE"),)), 3, "replica"),
    Fault("redis", "snapshot failed, writes refused", _cannot_save, 3, "misconf"),
]
