"""Which Redis servers are in use, as Postgres has it."""

import asyncio

import pytest
from tortoise import Tortoise

from settings import Settings
from store import identities
from store.epoch import Epoch

pytestmark = pytest.mark.usefixtures("migrated")

MASTERS = ["a", "b"]


@pytest.fixture
async def epoch(worker_settings):
    made = Epoch(Settings.from_environ(worker_settings))
    await made.read()
    yield made
    await made.aclose()


async def read(epoch):
    """The number, and the generations in use, as a process reads them."""
    await epoch.read()
    return epoch.number, sorted(epoch.live)


async def test_the_masters_of_a_cluster_are_in_use_side_by_side(epoch):
    first = await identities.register("1/1", "a", MASTERS)
    second = await identities.register("2/2", "b", MASTERS)
    again = await identities.register("1/1", "a", MASTERS)

    assert second.epoch == first.epoch + 1
    assert again == identities.Registered(first.generation, second.epoch, again.live, [])
    assert sorted(again.live) == [first.generation, second.generation]
    assert await read(epoch) == (second.epoch, [first.generation, second.generation])


async def test_a_promoted_master_replaces_the_one_that_has_no_keys_any_more(epoch):
    old = await identities.register("1/1", "a", MASTERS)
    other = await identities.register("2/2", "b", MASTERS)

    promoted = await identities.register("3/3", "c", ["c", "b"])

    assert await read(epoch) == (other.epoch + 1, [other.generation, promoted.generation])
    # It comes back, and some process believes it.
    returned = await identities.register("1/1", "a", MASTERS)
    assert returned.generation > promoted.generation > old.generation
    assert await read(epoch) == (promoted.epoch + 1, [other.generation, returned.generation])


async def test_a_master_that_was_restarted_replaces_itself(epoch):
    old = await identities.register("1/1", "a", MASTERS)
    other = await identities.register("2/2", "b", MASTERS)

    restarted = await identities.register("4/4", "a", MASTERS)

    assert old.generation not in restarted.live
    assert await read(epoch) == (other.epoch + 1, [other.generation, restarted.generation])


async def test_processes_that_see_a_new_master_at_once_raise_the_epoch_once(epoch):
    before, _ = await read(epoch)

    found = await asyncio.gather(*(identities.register("1/1", "a", MASTERS) for _ in range(8)))

    assert {one.generation for one in found} == {found[0].generation}
    assert await read(epoch) == (before + 1, [found[0].generation])


async def test_one_server_replaces_every_other(epoch):
    await identities.register("1/1", "a", MASTERS)
    await identities.register("2/2")
    last = await identities.register("3/3")

    assert await read(epoch) == (last.epoch, [last.generation])


async def test_a_server_that_a_previous_version_has_added_replaces_the_one_before(epoch):
    ours = await identities.register("1/1")
    await Tortoise.get_connection("default").execute_query(
        "INSERT INTO redis_identities (identity, seen_at) VALUES ('2/2', now())"
    )
    await Tortoise.get_connection("default").execute_query("UPDATE index_state SET epoch = epoch + 1")

    assert await read(epoch) == (ours.epoch + 1, [ours.generation + 1])


async def test_a_reading_that_began_before_a_registration_does_not_undo_it(epoch):
    before = await identities.register("1/1", "a", MASTERS)
    after = await identities.register("2/2", "b", MASTERS)

    epoch.observe(after.epoch, after.live)
    epoch.observe(before.epoch, before.live)

    assert (epoch.number, sorted(epoch.live)) == (after.epoch, [before.generation, after.generation])
