import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor import redis, redis_cluster
from local import servers
from settings import Settings
from store.redis import Store
from tests import forked
from tests.doctor.conftest import said

WELL = [
    "ok   Redis: answers: Valkey, version 9.1.2.",
    "ok   Redis eviction: a full Redis drops nothing.",
    "ok   Redis memory: N MiB used, and maxmemory sets no bound.",
    "ok   Redis file: appendonly is on, appendfsync is everysec.",
    "ok   Redis clock: agrees with this machine's within N s.",
    "ok   Redis access: it is on this machine.",
]
OPEN = "FAIL Redis access: it needs no password: set requirepass, and put it into GATEHOUSE_REDIS_URL."
INFO = {"aof_enabled": 1, "aof_last_write_status": "ok", "aof_delayed_fsync": 0}


class Cluster(servers.Redis):
    """One node that holds no slots yet: as an operator would first meet it."""

    def write_config(self) -> Path:
        config = super().write_config()
        config.write_text(config.read_text() + "cluster-enabled yes\n")
        return config


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as server:
        yield server


async def test_a_redis_that_is_well(new_settings):
    assert await said(redis_cluster.examine, new_settings()) == WELL


@pytest.mark.parametrize(
    ("name", "value", "number", "line"),
    [
        (
            "maxmemory-policy",
            "allkeys-lru",
            1,
            "FAIL Redis eviction: is allkeys-lru: limits would forget what was spent. Set maxmemory-policy to "
            "noeviction.",
        ),
        (
            "maxmemory",
            "1mb",
            2,
            "warn Redis memory: N % of maxmemory is used, and a full Redis refuses inference: raise maxmemory, and "
            "check that a worker runs.",
        ),
        ("maxmemory", "1gb", 2, "ok   Redis memory: N % of N MiB used."),
        (
            "appendonly",
            "no",
            3,
            "FAIL Redis file: appendonly is off: a restart forgets what was spent. Set appendonly to yes.",
        ),
        (
            "appendfsync",
            "no",
            3,
            "warn Redis file: appendfsync is no: a power cut loses up to half a minute of counts and limits. Set it to "
            "everysec.",
        ),
        ("appendfsync", "always", 3, "ok   Redis file: appendonly is on, appendfsync is always."),
    ],
)
async def test_a_setting_of_redis_is_judged(new_settings, redis_client, name, value, number, line):
    await redis_client.config_set(name, value)

    lines = await said(redis_cluster.examine, new_settings())

    assert lines == [*WELL[:number], line, *WELL[number + 1 :]]


async def test_a_replica_is_reported(new_settings, redis_client):
    await redis_client.replicaof("127.0.0.1", "1")
    try:
        lines = await said(redis_cluster.examine, new_settings())
    finally:
        await redis_client.replicaof("NO", "ONE")

    assert lines[1] == "FAIL Redis role: is slave, which is read-only: name the master in GATEHOUSE_REDIS_URL."


async def test_a_redis_without_a_password_is_reported_unless_it_is_local(new_settings, own_redis, redis_client):
    await redis_client.config_set("requirepass", "")
    # An address that is not the loopback's and leads to it all the same.
    far, near = f"redis://0.0.0.0:{own_redis.port}/0", f"redis://127.0.0.1:{own_redis.port}/0"

    assert await said(redis_cluster.examine, new_settings(REDIS_URL=far)) == [*WELL[:-1], OPEN]
    assert await said(redis_cluster.examine, new_settings(REDIS_URL=near)) == WELL


async def test_a_redis_that_asks_for_a_password_is_closed(new_settings, own_redis):
    lines = await said(redis_cluster.examine, new_settings(REDIS_URL=own_redis.url.replace("127.0.0.1", "0.0.0.0")))  # noqa: S104 - it is connected to

    assert lines == [*WELL[:-1], "ok   Redis access: it needs a password."]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://:pass-word@127.0.0.1:1/0", "nothing listens there"),
        ("redis://:wrong@127.0.0.1:{port}/0", "it refuses the user or the password"),
        ("redis://127.0.0.1:{port}/0", "it refuses the user or the password"),
        ("127.0.0.1:{port}", "it must be redis://user:password@host:6379/0, or rediss:// with TLS"),
        (
            "redis://:pass/word@127.0.0.1:{port}/0",
            "it must be redis://user:password@host:6379/0, or rediss:// with TLS",
        ),
    ],
)
async def test_an_unreachable_redis_is_reported_without_its_address(new_settings, own_redis, url, why):
    lines = await said(redis_cluster.examine, new_settings(REDIS_URL=url.format(port=own_redis.port)))

    assert lines == [f"FAIL Redis: it does not answer at GATEHOUSE_REDIS_URL: {why}."]


def test_an_old_server_and_valkey_are_reported():
    old = {"redis_version": "6.0.16", "role": "master", "cluster_enabled": 0}
    valkey = {"redis_version": "7.2.4", "valkey_version": "8.1.8", "server_name": "valkey", "role": "master"}

    assert [str(finding) for finding in (*redis.server(old), *redis.server(valkey))] == [
        "FAIL Redis: is version 6.0.16; 6.2 or newer is needed.",
        "ok   Redis: answers: Valkey, version 8.1.8.",
    ]


async def test_a_cluster_node_is_reported(new_settings, cluster):
    lines = await said(redis_cluster.examine, new_settings(REDIS_URL=cluster.url))

    assert lines[:2] == [
        "ok   Redis: answers: Valkey, version 9.1.2.",
        "FAIL Redis cluster: is on: begin GATEHOUSE_REDIS_URL with redis+cluster:// or rediss+cluster://.",
    ]


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_no_process_starts_against_a_cluster(settings, cluster, command):
    ended = await asyncio.to_thread(forked.run, command, environ=settings | {"GATEHOUSE_REDIS_URL": cluster.url})

    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        "gatehouse: GATEHOUSE_REDIS_URL names one server. Redis cluster is on: begin GATEHOUSE_REDIS_URL with "
        "redis+cluster:// or rediss+cluster://."
    )


async def test_a_server_that_is_named_as_a_cluster_is_reported(new_settings, own_redis):
    url = own_redis.url.replace("redis://", "redis+cluster://")

    assert await said(redis_cluster.examine, new_settings(REDIS_URL=url)) == [
        "FAIL Redis cluster: is off: begin GATEHOUSE_REDIS_URL with redis:// or rediss://."
    ]


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_no_process_starts_against_a_server_that_is_named_as_a_cluster(settings, own_redis, command):
    url = own_redis.url.replace("redis://", "redis+cluster://")
    ended = await asyncio.to_thread(forked.run, command, environ=settings | {"GATEHOUSE_REDIS_URL": url})

    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        "gatehouse: GATEHOUSE_REDIS_URL names a cluster. Redis cluster is off: begin GATEHOUSE_REDIS_URL with "
        "redis:// or rediss://."
    )


async def test_a_process_that_finds_a_cluster_later_admits_no_call(settings, own_redis, cluster):
    """A name that leads elsewhere after a failover, say: the circuit stays open."""
    store = Store(Settings.from_environ(settings | {"GATEHOUSE_REDIS_URL": own_redis.url}))
    store.nodes[0]._url = cluster.url
    try:
        await store.probe()
        assert (store.up, store.is_unexpected_cluster) == (False, True)
    finally:
        await store.aclose()


@pytest.mark.parametrize(
    ("info", "appendfsync", "line"),
    [
        (
            {"aof_last_write_status": "err"},
            "always",
            "FAIL Redis file: the last write to it has failed: look at the disk and at Redis' log.",
        ),
        (
            {},
            None,
            "warn Redis file: appendonly is on; appendfsync cannot be read, and should be everysec or always.",
        ),
        (
            {"aof_delayed_fsync": 7},
            "everysec",
            "warn Redis disk: 7 times a write waited for a slow disk. A crash at such a time loses up to 2 s of "
            "acknowledged writes. Put its file on a faster disk, or on one of its own.",
        ),
    ],
)
def test_a_full_or_slow_disk_is_reported(info, appendfsync, line):
    assert line in [str(finding) for finding in redis.persistence(INFO | info, appendfsync)]
