"""Once a revocation is confirmed nothing is admitted, whatever happens to Redis."""

import asyncio
from collections import Counter

import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

import errors
from db.models.api_tokens import ApiToken
from db.models.index_state import CredentialEvent, IndexState
from limits import partitions, revocation, scripts
from limits.admission_request import AdmissionRequest
from limits.credential_cache import CacheMiss, CredentialCache
from store import identities
from store.clock import datetime_from_ms
from tests.limits.people import inference, soon
from tests.limits.processes import processes
from tests.loop_time import LoopTime

DEAD = {"UNAUTHENTICATED:": 150}


async def attempts(both, ada):
    """How 300 admissions in two processes ended."""
    answers = await asyncio.gather(*(process.ask("burst", ada, clients=15, times=10) for process in both))
    return [answer["results"] for answer in answers]


async def known(both, ada):
    """Both processes have seen the credential admitted."""
    for process in both:
        assert (await process.ask("burst", ada, clients=1))["results"] == {"ADMITTED": 1}


async def epoch(limiter):
    return (await IndexState.get(id=1)).epoch


async def test_nothing_is_admitted_after_the_answer(limiter):
    ada = await limiter.session()
    async with processes(limiter.environ) as both:
        await known(both, ada)
        before = await epoch(limiter)

        event = await limiter.revoke(ada)
        await limiter.gate.confirm(event)

        assert await attempts(both, ada) == [DEAD, DEAD]
        assert await epoch(limiter) == before
        await limiter.redis.flushall()
        assert await attempts(both, ada) == [DEAD, DEAD]
    assert (await CredentialEvent.get(id=event.id)).done_at is not None


async def test_old_data_in_a_redis_that_comes_back_admit_nothing(limiter):
    ada, bob = await limiter.session(), await limiter.session()
    async with processes(limiter.environ) as both:
        await known(both, ada)
        entry = partitions.of_user(ada.user_id, ada.id).credential_entry
        old = await limiter.redis.dump(entry)
        await limiter.gate.confirm(await limiter.revoke(ada))
        # The end of Redis' file is lost: the entry is as it was before.
        await limiter.redis.restore(entry, 0, old, replace=True)
        assert (await attempts(both, ada))[0].get("ADMITTED")

        before = await epoch(limiter)
        await limiter.kill_redis()
        await asyncio.gather(*(_served(process, bob) for process in both))

        await _refused(both, ada)
        assert await epoch(limiter) == before + limiter.masters


async def _refused(both, ada):
    """In a cluster, her master may come back after that of another user. Until then, nothing is admitted either."""

    async def is_dead():
        found = await attempts(both, ada)
        assert not any(one.get("ADMITTED") for one in found)
        return found == [DEAD, DEAD]

    assert await soon(is_dead)


async def _served(process, bob):
    async def serves():
        return "ADMITTED" in (await process.ask("burst", bob, clients=1))["results"]

    assert await soon(serves)


async def test_a_revocation_that_redis_does_not_answer_raises_the_epoch(limiter):
    ada, bob = await limiter.session(), await limiter.session()
    async with processes(limiter.environ) as both:
        await known(both, ada)
        event = await limiter.revoke(ada)
        before = await epoch(limiter)

        limiter.server.pause()
        try:
            async with LoopTime() as passed:
                await limiter.gate.confirm(event)
        finally:
            limiter.server.resume()
        assert passed.on_the_clock >= 2
        assert passed.seconds < 3
        await asyncio.gather(*(_served(process, bob) for process in both))

        await _refused(both, ada)
        # A cluster that stood still has replaced masters meanwhile, each of which raises it, too.
        assert await epoch(limiter) in range(before + 1, before + 1 + (4 if limiter.masters > 1 else 1))
    assert (await CredentialEvent.get(id=event.id)).done_at is not None


async def test_a_process_that_was_stopped_does_not_miss_a_revocation(limiter):
    ada = await limiter.session()
    async with processes(limiter.environ) as both:
        await known(both, ada)
        stopped = both[0]
        await stopped.stop()
        event = await limiter.revoke(ada)
        limiter.server.pause()
        try:
            await limiter.gate.confirm(event)
        finally:
            limiter.server.resume()

        stopped.resume()
        results = (await stopped.ask("burst", ada, clients=50, times=3))["results"]

    assert results.keys() - {"ADMITTED"}
    assert "ADMITTED" not in results


async def test_all_credentials_of_a_user_are_ended_at_once(limiter):
    user = await limiter.user()
    session, token = await limiter.session_of(user), await limiter.token_of(user)
    for credential in (session, token):
        await limiter.call(credential)

    user.suspended_at = user.created_at
    await user.save()
    await limiter.gate.confirm(await limiter.note(user.id))

    for credential in (session, token):
        with pytest.raises(errors.Unauthenticated):
            await limiter.gate.admit(credential, inference())


async def missed(limiter, ada):
    """The cache miss that Redis answers for a credential that it does not know."""
    request = AdmissionRequest(partitions.of_user(ada.user_id, ada.id), inference(), credential=ada)
    answer = await limiter.store.run(scripts.ADMIT, request.prepare, key=request.partition)
    assert answer.values[0] == b"MISS"
    return CacheMiss(datetime_from_ms(answer.values[1]), answer.values[2], answer.values[3])


@pytest.mark.parametrize("trouble", ["none", "flush", "epoch"])
async def test_a_cache_load_that_read_before_the_commit_writes_nothing_after_the_revocation(limiter, trouble):
    ada = await limiter.session()
    cache = CredentialCache(limiter.store, limiter.settings.session_idle)
    miss = await missed(limiter, ada)
    read = await cache.read(ada)
    assert read.is_live

    event = await limiter.revoke(ada)
    if trouble == "flush":
        await limiter.redis.flushall()
    if trouble == "epoch":
        await revocation.raise_epoch(limiter.store)
    else:
        await limiter.gate.confirm(event)
    await cache.write(ada, miss, read, day=miss.at.replace(hour=0, minute=0, second=0, microsecond=0), spent=Counter())

    with pytest.raises(errors.Unauthenticated):
        await limiter.gate.admit(ada, inference())
    assert (await limiter.state(ada.user_id))["minute"] == 0


async def test_a_revoked_credential_stays_dead_though_its_entry_is_lost(limiter):
    ada = await limiter.session()
    await limiter.call(ada)
    await limiter.gate.confirm(await limiter.revoke(ada))
    await limiter.redis.delete(partitions.of_user(ada.user_id, ada.id).credential_entry)

    with pytest.raises(errors.Unauthenticated):
        await limiter.gate.admit(ada, inference())


async def test_a_narrowed_token_does_not_end_and_every_process_loads_it_again(limiter):
    user = await limiter.user()
    token = await limiter.token_of(user, per_minute=2)
    async with processes(limiter.environ) as both:
        await known(both, token)
        async with in_transaction("default") as tx:
            await ApiToken.filter(id=token.id).using_db(tx).update(units_per_minute=1)
            event = await revocation.note(tx, user.id)

        await limiter.gate.confirm(event)

        refused = {"RATE_LIMITED:token-minute": 5}
        assert [(await process.ask("burst", token, clients=5))["results"] for process in both] == [refused] * 2
    assert (await CredentialEvent.get(id=event.id)).done_at is not None


async def test_a_revocation_is_not_confirmed_while_postgres_and_redis_are_both_paused(limiter, postgres):
    ada = await limiter.session()
    await limiter.call(ada)
    event = await limiter.revoke(ada)
    limiter.server.pause()
    postgres.pause()
    try:
        with pytest.raises(errors.ServiceUnavailable):
            await limiter.gate.confirm(event)
    finally:
        postgres.resume()
        limiter.server.resume()


async def test_a_server_that_others_have_replaced_is_dropped_by_every_process(limiter):
    """As in a split network: a process that still uses an older server drops it, and trusts none of its data."""
    ada = await limiter.session()
    await limiter.call(ada)
    partition = partitions.of(ada.user_id)
    before = limiter.store.generation(partition)
    await identities.register("another")

    async def has_taken_over():
        return limiter.store.generation(partition) > before + 1 and await limiter.is_served()

    async def has_read_the_epoch():
        # Each server that takes over raises it, and of a cluster the others may do so later.
        return await epoch(limiter) == limiter.store.epoch.number

    assert await soon(has_taken_over)
    assert await soon(has_read_the_epoch)
    await limiter.gate.confirm(await limiter.revoke(ada))
    # Two seconds after this server was first seen, every process has dropped the older one.
    assert await Tortoise.get_connection("default").execute_query_dict(
        "SELECT clock_timestamp() - seen_at >= interval '2 s' AS is_over FROM redis_identities WHERE generation = $1",
        [limiter.store.generation(partition)],
    ) == [{"is_over": True}]
