"""Redis: that it answers, keeps what it has acknowledged, and is closed to others."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, NoPermissionError, RedisError, ResponseError

from doctor import clocks, reach
from doctor.findings import Finding, fail, ok, warn
from store.connections import CLUSTER

_ANSWER_WITHIN = timedelta(seconds=4)
_OLDEST = (6, 2)
_FULL = 0.75
_MEBIBYTE = 1024**2

Info = Mapping[str, Any]


class Unreachable(Exception):
    """The message says why, to follow "It does not answer: "."""


async def examine_server(url: str, *, is_in_cluster: bool = False) -> AsyncGenerator[Finding, None]:
    try:
        async with connected(url) as redis:
            info = await redis.info()
            for finding in (*server(info, is_in_cluster=is_in_cluster), *_memory(info)):
                yield finding
            for finding in persistence(info, await _appendfsync(redis)):
                yield finding
            yield await clocks.compare("Redis clock", lambda: _time(redis))
        yield await _guard(url)
    except Unreachable as error:
        yield fail("Redis", f"it does not answer at GATEHOUSE_REDIS_URL: {error}.")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Redis]:
    """Raises Unreachable, also for what goes wrong while it is used."""
    seconds = _ANSWER_WITHIN.total_seconds()
    once = Retry(NoBackoff(), 0)
    try:
        redis = Redis.from_url(
            url, single_connection_client=True, retry=once, socket_timeout=seconds, socket_connect_timeout=seconds
        )
    # Not the library's message: it may repeat the password.
    except ValueError:
        raise Unreachable("it must be redis://user:password@host:6379/0, or rediss:// with TLS") from None
    try:
        async with redis:
            yield redis
    except RedisError as error:
        raise Unreachable(_refusal(error)) from error


def _refusal(error: RedisError) -> str:
    if isinstance(error, AuthenticationError):
        return "it refuses the user or the password"
    if isinstance(error, BusyLoadingError):
        return "it is still reading its file"
    if isinstance(error, NoPermissionError):
        return "its user may not do what the service does"
    # The library wraps errors of the network, and timeouts, in its own errors.
    below = error.__cause__ or error.__context__
    return reach.why(below) if isinstance(below, OSError) else type(error).__name__


def server(info: Info, *, is_in_cluster: bool = False) -> Iterator[Finding]:
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        yield fail("Redis", f"is version {version}; 6.2 or newer is needed.")
    else:
        # Valkey's own version; the other is that of the Redis it is compatible with.
        valkey = info.get("valkey_version")
        yield ok("Redis", f"answers, version {version}." if valkey is None else f"answers: Valkey, version {valkey}.")
    if info["role"] != "master":
        yield fail("Redis role", f"is {info['role']}, which is read-only: name the master in GATEHOUSE_REDIS_URL.")
    if info.get("cluster_enabled") and not is_in_cluster:
        yield fail("Redis cluster", CLUSTER)


def _memory(info: Info) -> Iterator[Finding]:
    if info["maxmemory_policy"] != "noeviction":
        yield fail(
            "Redis eviction",
            f"is {info['maxmemory_policy']}: limits would forget what was spent. Set maxmemory-policy to noeviction.",
        )
    else:
        yield ok("Redis eviction", "a full Redis drops nothing.")
    used, most = info["used_memory"], info["maxmemory"]
    if most and used > _FULL * most:
        yield warn(
            "Redis memory",
            f"{used * 100 // most} % of maxmemory is used, and a full Redis refuses inference: raise maxmemory, and "
            "check that a worker runs.",
        )
    elif most:
        yield ok("Redis memory", f"{used * 100 // most} % of {most // _MEBIBYTE} MiB used.")
    else:
        yield ok("Redis memory", f"{used // _MEBIBYTE} MiB used, and maxmemory sets no bound.")


async def _appendfsync(redis: Redis) -> str | None:
    """None where the server, as hosted ones often do, does not show it."""
    try:
        return (await redis.config_get("appendfsync")).get("appendfsync")
    except ResponseError:
        return None


def persistence(info: Info, appendfsync: str | None) -> Iterator[Finding]:
    if not info["aof_enabled"]:
        yield fail("Redis file", "appendonly is off: a restart forgets what was spent. Set appendonly to yes.")
        return
    if info["aof_last_write_status"] != "ok":
        yield fail("Redis file", "the last write to it has failed: look at the disk and at Redis' log.")
    elif appendfsync is None:
        yield warn("Redis file", "appendonly is on; appendfsync cannot be read, and should be everysec or always.")
    elif appendfsync == "no":
        yield warn(
            "Redis file",
            "appendfsync is no: a power cut loses up to half a minute of counts and limits. Set it to everysec.",
        )
    else:
        yield ok("Redis file", f"appendonly is on, appendfsync is {appendfsync}.")
    if delayed := info["aof_delayed_fsync"]:
        yield warn(
            "Redis disk",
            f"{delayed} times a write waited for a slow disk. A crash at such a time loses up to 2 s of "
            "acknowledged writes. Put its file on a faster disk, or on one of its own.",
        )


async def _time(redis: Redis) -> datetime:
    seconds, microseconds = await redis.time()
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)


async def _guard(url: str) -> Finding:
    host = parse_url(url).get("host")
    if host is None or reach.is_loopback(host):
        return ok("Redis access", "it is on this machine.")
    if await _lets_anybody_in(url):
        return fail("Redis access", "it needs no password: set requirepass, and put it into GATEHOUSE_REDIS_URL.")
    if not url.startswith("rediss://") and not await reach.is_near(host):
        return warn(
            "Redis access", "it needs a password, which is sent unencrypted: use rediss:// in GATEHOUSE_REDIS_URL."
        )
    return ok("Redis access", "it needs a password.")


async def _lets_anybody_in(url: str) -> bool:
    parts = urlsplit(url)
    try:
        async with connected(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()) as anonymous:
            return bool(await anonymous.ping())
    except Unreachable:
        return False
