"""A Redis Cluster: masters that die, are cut off and come back, and keys that move, while calls go on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
from redis.crc import key_slot

import errors
from access.credentials import Credential
from db.models.index_state import IndexState
from db.models.usage import Usage
from limits import partitions
from store.redis import Store, StoreDown
from tests.limits.people import Limiter, inference, soon
from tests.limits.processes import processes
from tests.redis_cluster import ClusterNode, RedisCluster
from tests.redis_servers import CLUSTER
from tests.store.counting import SCRIPT

pytestmark = pytest.mark.parametrize("gate_redis", [CLUSTER], indirect=True, scope="session")


@asynccontextmanager
async def unwatched(limiter: Limiter) -> AsyncIterator[Store]:
    """A store that knows the nodes as they are now, and does not look again."""
    made = Store(limiter.settings)
    await made.epoch.read()

    async def knows_all() -> bool:
        await made.probe()
        return len(made.nodes) == 3 and all(node.up for node in made.nodes)

    assert await soon(knows_all)
    yield made
    await made.aclose()


async def session_at(limiter: Limiter, cluster: RedisCluster, master: ClusterNode, **limits: int) -> Credential:
    while True:
        found = await limiter.session(**limits)
        if cluster.owner(partitions.of(found.user_id)) is master:
            return found


async def epoch() -> int:
    return int((await IndexState.get(id=1)).epoch)


def replaced(limiter: Limiter, partition: str, generation: int):
    async def is_replaced() -> bool:
        return limiter.store.generation(partition) > generation and limiter.store.is_up(partition)

    return is_replaced


async def results(both, ada: Credential, **of: int) -> Counter[str]:
    answers = await asyncio.gather(*(process.ask("burst", ada, **of) for process in both))
    return sum((Counter(answer["results"]) for answer in answers), Counter())


async def test_a_master_that_is_down_stops_only_its_own_callers(limiter, cluster):
    ada = await limiter.session(per_minute=1000)
    partition = partitions.of(ada.user_id)
    master = cluster.owner(partition)
    bob = await session_at(limiter, cluster, cluster.another(master), per_minute=1000)
    await limiter.call(ada)
    await limiter.call(bob)
    # Nobody can take its place.
    cluster.replica_of(master).kill()
    master.kill()

    for _ in range(50):
        await limiter.call(bob)
        with pytest.raises(errors.ServiceUnavailable):
            await limiter.call(ada)
    assert (limiter.store.up, limiter.store.is_up(partition), await limiter.gate.redis_answers()) == (True, False, True)
    # What the worker does goes on for the others, and says what it could not do.
    upkeep = limiter.gate.upkeep
    assert len(await upkeep.redis_info()) == 2
    assert await upkeep.rollup_lag() >= timedelta(0)
    for work in (upkeep.roll_up, upkeep.reap):
        with pytest.raises(StoreDown):
            await work()
    assert await Usage.filter(user_id=bob.user_id).values_list("calls", "units") == [(51, 51)]
    assert await Usage.filter(user_id=ada.user_id).count() == 0

    await asyncio.to_thread(cluster.start)
    await limiter.reconnect()
    assert await soon(replaced(limiter, partition, 0))
    await limiter.call(ada)
    assert await limiter.usage(ada.user_id) == [("text", 2, 0, 2)]
    assert await limiter.usage(bob.user_id) == [("text", 51, 0, 51)]


async def test_a_master_killed_under_load_loses_no_call_of_another_and_counts_none_twice(limiter, cluster):
    ada = await limiter.session(per_minute=1_000_000, per_day=1_000_000, at_once=1000)
    partition = partitions.of(ada.user_id)
    master = cluster.owner(partition)
    other = cluster.another(master)
    bob = await session_at(limiter, cluster, other, per_minute=1_000_000, per_day=1_000_000, at_once=1000)
    of_bob = partitions.of(bob.user_id)
    assert await soon(replaced(limiter, partition, 0))
    assert await soon(replaced(limiter, of_bob, 0))
    before, generation, of_other = await epoch(), limiter.store.generation(partition), limiter.store.generation(of_bob)

    async with processes(limiter.environ) as (one, two):
        await one.tell("load", ada, clients=4)
        await two.tell("load", bob, clients=4)
        of_ada, heard = await one.acknowledge(50), await two.acknowledge(50)
        master.kill()
        assert await soon(replaced(limiter, partition, generation))
        heard += await two.acknowledge(50)
        of_ada += await one.acknowledge(50)
        # So that no call of theirs is open.
        of_ada, heard = of_ada + await one.kill(), heard + await two.kill()

    assert (await epoch(), limiter.store.generation(of_bob)) == (before + 1, of_other)
    await limiter.reconnect()
    ((_, calls, _, _),) = await limiter.usage(ada.user_id)
    # What the replica had not heard of is lost, and nothing is there twice.
    assert 50 <= calls <= of_ada.count(b"s")
    ((_, calls, _, _),) = await limiter.usage(bob.user_id)
    open_now = (await limiter.state(bob.user_id))["open"]
    assert heard.count(b"a") <= calls + open_now <= heard.count(b"s")


async def test_what_was_revoked_is_not_admitted_by_a_master_that_comes_back(limiter, cluster):
    ada, bob = await limiter.session(), await limiter.session()
    partition = partitions.of(ada.user_id)
    master = cluster.owner(partition)
    async with processes(limiter.environ) as both:
        assert await results(both, ada, clients=1) == {"ADMITTED": 2}
        generation = limiter.store.generation(partition)
        master.pause()
        assert await soon(replaced(limiter, partition, generation))
        await limiter.gate.confirm(await limiter.revoke(ada))

        meanwhile = asyncio.create_task(results(both, ada, clients=15, times=10))
        # It goes on where it stood, with the credential as it was and what was sent to it meanwhile.
        master.resume()
        found = await meanwhile
        assert (found.total(), found["ADMITTED"]) == (300, 0)

        async def is_served() -> bool:
            return (await results(both, bob, clients=1))["ADMITTED"] == 2

        assert await soon(is_served)
        assert await results(both, ada, clients=15, times=10) == {"UNAUTHENTICATED:": 300}


async def test_keys_that_move_under_load_admit_the_limit_exactly_and_count_each_call_once(limiter, cluster):
    ada = await limiter.session(per_minute=300, at_once=1000)
    partition = partitions.of(ada.user_id)
    slot, first = key_slot(partition.encode()), cluster.owner(partition)
    there = cluster.another(first)
    await limiter.call(ada)

    async with processes(limiter.environ) as both:
        calling = asyncio.create_task(results(both, ada, clients=8, times=150))
        moves = 0
        while not calling.done():
            await asyncio.to_thread(cluster.move, slot, *((first, there), (there, first))[moves % 2])
            moves += 1
        found = await calling

    assert moves >= 2
    # One call was before.
    assert found["ADMITTED"] == 299
    assert found.total() == 2 * 8 * 150
    assert await soon(replaced(limiter, partition, 0))
    assert await limiter.usage(ada.user_id) == [("text", 300, 0, 300)]
    assert await limiter.state(ada.user_id) == {"minute": 300, "day": 300, "slots": 0, "open": 0}


async def test_a_call_finds_its_keys_where_they_have_moved(limiter, cluster):
    ada = await limiter.session()
    partition = partitions.of(ada.user_id)
    first = cluster.owner(partition)
    there = cluster.another(first)
    await limiter.call(ada)
    assert await soon(replaced(limiter, partition, 0))

    for source, target in ((first, there), (there, first)):
        cluster.move(key_slot(partition.encode()), source, target)
        # This process cannot have heard of it.
        await limiter.call(ada)

    assert (await limiter.state(ada.user_id))["day"] == 3


async def test_a_script_whose_keys_are_on_their_way_spends_nothing_until_they_have_arrived(limiter, cluster):
    ada = await limiter.session()
    partition = partitions.of(ada.user_id)
    slot, first = key_slot(partition.encode()), cluster.owner(partition)
    there = cluster.another(first)
    await limiter.call(ada)
    before = await limiter.state(ada.user_id)
    assert await soon(replaced(limiter, partition, 0))

    cluster.begin_move(slot, first, there)
    with pytest.raises(errors.ServiceUnavailable):
        await limiter.call(ada)
    waiting = asyncio.create_task(limiter.call(ada))
    await asyncio.sleep(0)
    cluster.move_keys(slot, first, there)
    cluster.end_move(slot, first, there)

    await waiting
    assert before == {"minute": 1, "day": 1, "slots": 0, "open": 0}
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 0, "open": 0}


async def test_a_single_key_is_found_while_its_slot_is_on_its_way(limiter, cluster):
    assert await soon(replaced(limiter, "0", 0))
    code = await limiter.gate.addresses.make({"for": "ada"})
    key = partitions.address(sha256(code.encode()).hexdigest())
    slot, first = key_slot(key.encode()), cluster.master_of(key_slot(key.encode()))
    there = cluster.another(first)

    cluster.begin_move(slot, first, there)
    assert await limiter.gate.addresses.look(code) == {"for": "ada"}
    cluster.move_keys(slot, first, there)
    # Its owner says that it is on the other node, and that one gives it out to those who ask for it so.
    assert await limiter.gate.addresses.look(code) == {"for": "ada"}
    assert await limiter.gate.addresses.use(code) == {"for": "ada"}
    assert await limiter.gate.addresses.use(code) is None
    cluster.end_move(slot, first, there)
    assert await limiter.gate.addresses.look(code) is None


async def test_counts_and_revocations_stay_right_through_a_failover_and_a_move_to_an_older_server(limiter, cluster):
    ada, bob = await limiter.session(), await limiter.session()
    partition = partitions.of(ada.user_id)
    master = cluster.owner(partition)
    for _ in range(3):
        await limiter.call(ada)
    await limiter.call(bob)
    old = limiter.store.generation(partition)
    assert await limiter.usage(ada.user_id) == [("text", 3, 0, 3)]
    running = await limiter.gate.admit(ada, inference(5))

    promoted = await asyncio.to_thread(cluster.fail_over, master)
    assert await soon(replaced(limiter, partition, old))
    newer = limiter.store.generation(partition)
    for _ in range(2):
        await limiter.call(ada)

    older = cluster.another(promoted)
    await asyncio.to_thread(cluster.move, key_slot(partition.encode()), promoted, older)
    for _ in range(4):
        await limiter.call(ada)
    await limiter.gate.settle(running, [])

    assert limiter.store.generation(partition) < newer
    # The call that ran gives all of its units back.
    assert await limiter.state(ada.user_id) == {"minute": 9, "day": 9, "slots": 0, "open": 0}
    ((_, calls, _, units),) = [row for row in await limiter.usage(ada.user_id) if row[0] == "text"]
    assert (calls, units) == (9, 9)
    await limiter.gate.confirm(await limiter.revoke(ada))
    with pytest.raises(errors.Unauthenticated):
        await limiter.call(ada)


async def test_a_process_that_ends_waits_for_a_script_that_another_node_has_to_run(limiter, cluster):
    ada = await limiter.session()
    partition = partitions.of(ada.user_id)
    slot, first = key_slot(partition.encode()), cluster.owner(partition)
    there = cluster.another(first)
    async with unwatched(limiter) as store:
        cluster.move(slot, first, there)
        # The other node has never seen this script, so it asks for it whole.
        await limiter.redis.script_flush()
        running = asyncio.create_task(store.run(SCRIPT, lambda _: ([f"{{{partition}}}:counted"], [1]), key=partition))
        await asyncio.sleep(0)

        await store.drain()
        await asyncio.sleep(0)

        assert running.done()
        assert (await running).values[0] == b"1"
    assert await limiter.redis.get(f"{{{partition}}}:counted") == b"1"
    cluster.move(slot, there, first)
