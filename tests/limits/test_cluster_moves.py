"""A Redis Cluster whose master dies while keys of one of its slots are on their way to another master."""

import asyncio

import pytest
from redis.crc import key_slot

import errors
from limits import partitions
from tests.limits.people import soon
from tests.redis_cluster import servers_ready
from tests.redis_servers import CLUSTER, REDIS_CLUSTER


@pytest.mark.parametrize("gate_redis", [CLUSTER], indirect=True, scope="session")
async def test_a_failover_while_a_slot_moves_keeps_limits_counts_and_revocations(limiter, cluster):
    ada, revoked = await two_sessions(limiter)
    slot, source = place_of(ada, cluster)
    target, promoted = await lost_while_it_moves(cluster, slot, source, keys=4)
    # The successor knows that the slot moves, and some of its keys are gone.
    meanwhile = [await outcome(limiter, one) for one in (ada, revoked) for _ in range(5)]
    await asyncio.to_thread(cluster.move_keys, slot, promoted, target)
    await asyncio.to_thread(cluster.end_move, slot, promoted, target)

    async def is_served():
        return await outcome(limiter, ada) == "OK"

    assert await soon(is_served)
    assert set(meanwhile) == {"SERVICE_UNAVAILABLE"}
    assert [await outcome(limiter, ada) for _ in range(2)] == ["OK", "RATE_LIMITED"]
    assert await outcome(limiter, revoked) == "UNAUTHENTICATED"
    assert await limiter.state(ada.user_id) == {"minute": 22, "day": 22, "slots": 0, "open": 0}
    await asyncio.to_thread(come_back, source, promoted)
    await limiter.reconnect()
    assert await limiter.usage(ada.user_id) == [("text", 22, 0, 22)]


@pytest.mark.parametrize("gate_redis", [REDIS_CLUSTER], indirect=True, scope="session")
async def test_on_redis_the_successor_knows_nothing_of_the_move_and_what_was_revoked_stays_so(limiter, cluster):
    ada, revoked = await two_sessions(limiter)
    slot, source = place_of(ada, cluster)
    # All of its keys: of what was spent in the minute the successor has nothing.
    target, promoted = await lost_while_it_moves(cluster, slot, source, keys=1000)
    meanwhile = [await outcome(limiter, revoked) for _ in range(5)]
    # The node that was to get the slot goes on to name the lost master, until it is told that the move is over.
    await asyncio.to_thread(target.deletes, slot)
    target.asks("CLUSTER SETSLOT", slot, "STABLE")

    async def agree():
        return await asyncio.to_thread(cluster.master_of, slot) is promoted

    async def is_served():
        return await outcome(limiter, ada) == "OK"

    assert await soon(agree)
    assert await soon(is_served)
    assert [await outcome(limiter, ada) for _ in range(22)] == ["OK"] * 21 + ["RATE_LIMITED"]
    assert set(meanwhile) <= {"UNAUTHENTICATED", "SERVICE_UNAVAILABLE"}
    assert [await outcome(limiter, revoked) for _ in range(5)] == ["UNAUTHENTICATED"] * 5
    assert target.asks("CLUSTER GETKEYSINSLOT", slot, 10) == []
    await asyncio.to_thread(come_back, source, promoted)


async def lost_while_it_moves(cluster, slot, source, *, keys):
    """The master is killed when so many keys of the slot are on another node. Returns that node and the successor."""
    target, replica = cluster.another(source), cluster.replica_of(source)
    cluster.begin_move(slot, source, target)
    for key in source.asks("CLUSTER GETKEYSINSLOT", slot, keys):
        source.asks("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "AUTH", target.password, "KEYS", key)
    assert source.asks("WAIT", 1, 10_000) == 1
    source.kill()

    async def is_promoted():
        return (await asyncio.to_thread(replica.info))["role"] == "master"

    assert await soon(is_promoted)
    return target, replica


async def two_sessions(limiter):
    """Of two users in one partition: the first has spent 20 of 22 units, the second one was revoked."""
    ada = await limiter.session(per_minute=22)
    revoked = await session_in(limiter, partitions.of(ada.user_id))
    for _ in range(20):
        await limiter.call(ada)
    await limiter.call(revoked)
    await limiter.gate.confirm(await limiter.revoke(revoked))
    return ada, revoked


def place_of(credential, cluster):
    """The slot of its user's keys, and their master."""
    partition = partitions.of(credential.user_id)
    return key_slot(partition.encode()), cluster.owner(partition)


async def session_in(limiter, partition):
    while True:
        found = await limiter.session()
        if partitions.of(found.user_id) == partition:
            return found


async def outcome(limiter, credential):
    try:
        await limiter.call(credential)
    except errors.GatehouseError as error:
        return error.code
    return "OK"


def come_back(old, successor):
    """Two masters have its slots now, so it may not find out by itself whose replica it is."""
    old.begin()
    servers_ready([old])
    old.asks("CLUSTER REPLICATE", successor.node_id)
