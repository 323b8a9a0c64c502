"""A Redis Cluster: that each key has a master, each master a replica, and each master is as a single Redis must be."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio.cluster import RedisCluster
from redis.exceptions import RedisError, ResponseError

from doctor import redis
from doctor.findings import Finding, Verdict, fail, ok, warn
from doctor.redis import Unreachable
from settings import Settings
from store import address
from store.address import HostAndPort
from store.connections import NO_CLUSTER

_SLOTS = 16384


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    """Of a single Redis, too. Of each master of a cluster it says what is wrong; one that is well has one line."""
    url = str(settings.redis_url)
    try:
        cluster = _cluster(url)
        if cluster is None:
            async for finding in redis.examine_server(url):
                yield finding
            return
        seed = await _first_that_answers(cluster)
        async with redis.connected(cluster.url(seed)) as node:
            if not (await node.info("cluster"))["cluster_enabled"]:
                yield fail("Redis cluster", NO_CLUSTER)
                return
            slots: Any = await node.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
            masters = _masters(slots, seed)
            for finding in (*cover(masters), await _coverage(node)):
                yield finding
    except Unreachable as error:
        yield fail("Redis", f"it does not answer at GATEHOUSE_REDIS_URL: {error}.")
        return
    for server in sorted(masters):
        async for finding in _master(cluster.url(server), f"{server.host}:{server.port}"):
            yield finding


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A client of redis-py, for one server or for a cluster. Raises Unreachable, also for what goes wrong later."""
    cluster = _cluster(url)
    if cluster is None:
        async with redis.connected(url) as client:
            yield client
        return
    seed = await _first_that_answers(cluster)
    try:
        async with RedisCluster.from_url(cluster.url(seed)) as client:
            yield client
    except RedisError as error:
        raise Unreachable(type(error).__name__) from error


def _cluster(url: str) -> address.Cluster | None:
    """None for a single server. Raises Unreachable."""
    if "+cluster:" not in url:
        return None
    try:
        return address.cluster(url)
    except ValueError:
        raise Unreachable(
            "it must be redis+cluster://user:password@host:6379,host:6379, or rediss+cluster:// with TLS"
        ) from None


async def _first_that_answers(cluster: address.Cluster) -> HostAndPort:
    failed = Unreachable("no node is named")
    for seed in cluster.seeds:
        try:
            async with redis.connected(cluster.url(seed)) as node:
                await node.ping()
            return seed
        except Unreachable as error:
            failed = error
    raise failed


def _masters(slots: Sequence[Any], asked: HostAndPort) -> dict[HostAndPort, tuple[int, int]]:
    """By server: how many slots each has, and how many replicas."""
    found: dict[HostAndPort, tuple[int, int]] = {}
    for first, last, master, *replicas in slots:
        host = (master[0] or b"").decode()
        server = HostAndPort(asked.host if host in ("", "?") else host, int(master[1]))
        found[server] = found.get(server, (0, 0))[0] + last - first + 1, len(replicas)
    return found


def cover(masters: dict[HostAndPort, tuple[int, int]]) -> list[Finding]:
    missing = _SLOTS - sum(slots for slots, _ in masters.values())
    alone = sorted(f"{server.host}:{server.port}" for server, (_, replicas) in masters.items() if not replicas)
    return [
        fail("Redis cluster", f"{missing} of {_SLOTS} slots have no master: their callers are refused.")
        if missing
        else ok("Redis cluster", f"{len(masters)} masters have all slots."),
        warn("Redis replicas", f"{', '.join(alone)} has none: if it is lost, its callers are refused until it is back.")
        if alone
        else ok("Redis replicas", "each master has one."),
    ]


async def _coverage(node: Any) -> Finding:
    try:
        found = await node.config_get("cluster-require-full-coverage")
    except ResponseError:
        return warn("Redis coverage", "cluster-require-full-coverage cannot be read, and should be no.")
    if found.get("cluster-require-full-coverage") == "yes":
        return warn(
            "Redis coverage",
            "while one master is down, all callers are refused: set cluster-require-full-coverage to no.",
        )
    return ok("Redis coverage", "while a master is down, only its callers are refused.")


async def _master(url: str, server: str) -> AsyncGenerator[Finding, None]:
    is_well = True
    async for finding in redis.examine_server(url, is_in_cluster=True):
        if finding.verdict is not Verdict.OK:
            is_well = False
            yield Finding(finding.verdict, f"{finding.subject} of {server}", finding.sentence)
    if is_well:
        yield ok(f"Redis of {server}", "is well.")
