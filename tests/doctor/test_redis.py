import pytest

from doctor import redis
from tests.doctor.conftest import said

WELL = [
    "ok   Redis: answers, version 6.2.14.",
    "ok   Redis eviction: nothing is dropped when it is full.",
    "ok   Redis memory: N MiB used, and maxmemory sets no bound.",
    "ok   Redis file: appendonly is on, appendfsync is everysec.",
    "ok   Redis clock: goes with this machine's to N s.",
    "ok   Redis access: it is on this machine.",
]
OPEN = "FAIL Redis access: it asks for no password: set requirepass, and put it into GATEHOUSE_REDIS_URL."
INFO = {"aof_enabled": 1, "aof_last_write_status": "ok", "aof_delayed_fsync": 0}


async def test_a_redis_that_is_well(new_settings):
    assert await said(redis.examine, new_settings()) == WELL


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
            "warn Redis memory: N % of maxmemory is used, and a full Redis refuses inference: raise maxmemory, and see "
            "that a worker folds the calls.",
        ),
        ("maxmemory", "1gb", 2, "ok   Redis memory: N % of N MiB used."),
        (
            "appendonly",
            "no",
            3,
            "FAIL Redis file: there is none: a restart forgets what was spent. Set appendonly to yes.",
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

    lines = await said(redis.examine, new_settings())

    assert lines == [*WELL[:number], line, *WELL[number + 1 :]]


async def test_a_replica_is_told(new_settings, redis_client):
    await redis_client.replicaof("127.0.0.1", "1")
    try:
        lines = await said(redis.examine, new_settings())
    finally:
        await redis_client.replicaof("NO", "ONE")

    assert lines[1] == "FAIL Redis role: is slave, which takes no changes: name the master in GATEHOUSE_REDIS_URL."


async def test_a_redis_that_anybody_may_use_is_told_unless_it_is_the_machines_own(
    new_settings, own_redis, redis_client
):
    await redis_client.config_set("requirepass", "")
    # An address that is not the loopback's and leads to it all the same.
    far, near = f"redis://0.0.0.0:{own_redis.port}/0", f"redis://127.0.0.1:{own_redis.port}/0"

    assert await said(redis.examine, new_settings(REDIS_URL=far)) == [*WELL[:-1], OPEN]
    assert await said(redis.examine, new_settings(REDIS_URL=near)) == WELL


async def test_a_redis_that_asks_for_a_password_is_closed(new_settings, own_redis):
    lines = await said(redis.examine, new_settings(REDIS_URL=own_redis.url.replace("127.0.0.1", "0.0.0.0")))  # noqa: S104 - it is connected to

    assert lines == [*WELL[:-1], "ok   Redis access: it asks for a password."]


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
async def test_a_redis_that_cannot_be_reached_is_told_without_its_address(new_settings, own_redis, url, why):
    lines = await said(redis.examine, new_settings(REDIS_URL=url.format(port=own_redis.port)))

    assert lines == [f"FAIL Redis: it does not answer at GATEHOUSE_REDIS_URL: {why}."]


def test_an_old_server_and_a_cluster_are_told():
    info = {"redis_version": "6.0.16", "role": "master", "cluster_enabled": 1}

    assert [str(finding) for finding in redis._server(info)] == [
        "FAIL Redis: is version 6.0.16; 6.2 or newer is needed.",
        "FAIL Redis cluster: is on, and the service speaks to one server: turn cluster-enabled off.",
    ]


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
            "warn Redis file: appendonly is on; appendfsync is not told, and should be everysec or always.",
        ),
        (
            {"aof_delayed_fsync": 7},
            "everysec",
            "warn Redis disk: 7 times a write waited for a slow disk; killed just then, Redis has lost up to 2 s of "
            "what it acknowledged. Give its file a faster disk, or one of its own.",
        ),
    ],
)
def test_a_disk_that_is_full_or_slow_is_told(info, appendfsync, line):
    assert line in [str(finding) for finding in redis._persistence(INFO | info, appendfsync)]
