"""Settings of a service that is well, over servers that each test may spoil, and what the doctor says of them."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from doctor.examination import Check
from local import servers
from settings import Settings
from tests.environ import environ

# What differs from one look to the next.
_NUMBERS = re.compile(r"\d+(?:\.\d+)?(?= (?:s|ms|MiB used|% of)\b)")


@pytest.fixture(scope="package")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Redis]:
    with servers.Redis(tmp_path_factory.mktemp("doctor")) as server:
        yield server


@pytest.fixture
async def redis_client(own_redis: servers.Redis) -> AsyncIterator[Redis]:
    """Of the tests' own Redis, which is as at its start afterwards."""
    before = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory": "0", "maxmemory-policy": "noeviction"}
    async with Redis.from_url(own_redis.url, single_connection_client=True) as client:
        yield client
        for name, value in before.items():
            await client.config_set(name, value)
        await client.config_set("requirepass", own_redis.password)
        await client.flushall()


@pytest.fixture
def new_settings(
    migrated_url: str, own_redis: servers.Redis, catcher: servers.Mail, signing_keys_file: Path
) -> Callable[..., Settings]:
    """Of a service that is well, but for its Triton, with these changes: `new_settings(REDIS_URL=url)`."""

    def make(**changes: str) -> Settings:
        well = {
            "DATABASE_URL": migrated_url,
            "REDIS_URL": own_redis.url,
            "TRITON_URL": "127.0.0.1:1",
            "SMTP_URL": catcher.url,
            "SIGNING_KEYS_FILE": str(signing_keys_file),
            "FRONTEND_URL": "https://front.gatehouse.dev",
            "MAIL_FROM": "Gatehouse <noreply@gatehouse.dev>",
            "TRUSTED_PROXIES": "10.0.0.1",
        }
        return Settings.from_environ(environ(**(well | changes)))

    return make


async def said(check: Check, settings: Settings) -> list[str]:
    """Its lines; N stands for a number that is another each time."""
    return [steady(str(finding)) async for finding in check(settings)]


def steady(text: str) -> str:
    return _NUMBERS.sub("N", text)
