"""The doctor on a real cluster of three masters."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio.cluster import RedisCluster as ClusterClient

from doctor import queue, redis_cluster
from limits import partitions
from store.address import HostAndPort
from tests import redis_servers
from tests.doctor.conftest import said
from tests.redis_cluster import RedisCluster

WELL = [
    "ok   Redis cluster: 3 masters have all slots.",
    "ok   Redis replicas: each master has one.",
    "ok   Redis coverage: while a master is down, only its callers are refused.",
]
FORM = "it must be redis+cluster://user:password@host:6379,host:6379, or rediss+cluster:// with TLS"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    with RedisCluster(Path(tmp_path_factory.mktemp("cluster"))) as server:
        server.configure("appendfsync", "everysec")
        yield server


@pytest.fixture
def ports(cluster: RedisCluster) -> list[int]:
    """Of the masters, in the order of the lines."""
    return sorted(node.port for node in cluster.nodes if node.info()["role"] == "master")


async def test_a_cluster_that_is_well(new_settings, cluster, ports):
    lines = await said(redis_cluster.examine, new_settings(REDIS_URL=cluster.url))

    assert lines == [*WELL, *(f"ok   Redis of 127.0.0.1:{port}: is well." for port in ports)]


async def test_what_is_wrong_with_a_master_names_it(new_settings, cluster, ports):
    node = next(node for node in cluster.nodes if node.port == ports[0])
    node.asks("CONFIG SET", "maxmemory-policy", "allkeys-lru")
    node.asks("CONFIG SET", "cluster-require-full-coverage", "yes")
    url = f"redis+cluster://:{node.password}@127.0.0.1:1,127.0.0.1:{node.port}"
    try:
        # The first node that is named does not run.
        lines = await said(redis_cluster.examine, new_settings(REDIS_URL=url))
    finally:
        node.asks("CONFIG SET", "maxmemory-policy", "noeviction")
        node.asks("CONFIG SET", "cluster-require-full-coverage", "no")

    assert lines == [
        *WELL[:2],
        "warn Redis coverage: while one master is down, all callers are refused: set cluster-require-full-coverage to "
        "no.",
        f"FAIL Redis eviction of 127.0.0.1:{ports[0]}: is allkeys-lru: limits would forget what was spent. Set "
        "maxmemory-policy to noeviction.",
        *(f"ok   Redis of 127.0.0.1:{port}: is well." for port in ports[1:]),
    ]


async def test_slots_without_a_master_are_told(new_settings, cluster):
    master = cluster.master_of(0)
    master.asks("CLUSTER DELSLOTS", 0)
    try:
        # The others hear of it from the master.
        lines = await said(
            redis_cluster.examine, new_settings(REDIS_URL=master.url.replace("redis:", "redis+cluster:"))
        )
    finally:
        master.asks("CLUSTER ADDSLOTS", 0)
        cluster.start()

    assert lines[0] == "FAIL Redis cluster: 1 of 16384 slots have no master: their callers are refused."


def test_masters_without_a_replica_are_told():
    masters = {HostAndPort("10.0.0.1", 7001): (8192, 1), HostAndPort("10.0.0.2", 7002): (8192, 0)}

    assert [str(finding) for finding in redis_cluster.cover(masters)] == [
        "ok   Redis cluster: 2 masters have all slots.",
        "warn Redis replicas: 10.0.0.2:7002 has none: if it is lost, its callers are refused until it is back.",
    ]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis+cluster://:pass-word@127.0.0.1:1", "nothing listens there"),
        ("redis+cluster://:pass-word@127.0.0.1", FORM),
        ("redis+cluster://:pass-word@127.0.0.1:1/3", FORM),
    ],
)
async def test_an_unreachable_cluster_is_reported_without_its_address(new_settings, url, why):
    lines = await said(redis_cluster.examine, new_settings(REDIS_URL=url))

    assert lines == [f"FAIL Redis: it does not answer at GATEHOUSE_REDIS_URL: {why}."]


async def test_calls_that_wait_on_any_master_are_found(new_settings, cluster):
    async with redis_servers.client(cluster.url) as client:
        assert isinstance(client, ClusterClient)
        for name in ("7", "8", "9"):
            await client.sadd(partitions.logs(name), 3)
        # Of the 22nd of November.
        await client.xadd(partitions.log("8", 3), {"e": b""}, id="1795316400000-5")
        settings = new_settings(REDIS_URL=cluster.url)
        lines = [line for line in await said(queue.examine, settings) if " calls: " in line]
        await client.flushall()

    assert lines == [
        "warn calls: the oldest call that is not counted ended at 2026-11-22 03:00:00 UTC: no worker runs, or "
        "Postgres is too slow."
    ]
