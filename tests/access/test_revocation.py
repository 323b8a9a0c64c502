"""Once a revocation is confirmed nothing is admitted, whatever has happened to Redis."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

import errors
from access import lua, partitions, revocation
from access.attempts import Attempt, moment
from access.charges import Charge
from access.index import Index, Miss
from db.models.api_tokens import ApiToken
from db.models.index_state import CredentialEvent, IndexState
from db.models.sessions import Session
from tests.access.people import inference, soon
from tests.access.processes import processes

DEAD = {"UNAUTHENTICATED:": 150}
REFUSING = """
CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON credential_events FOR EACH ROW WHEN (NEW.id = %d) EXECUTE FUNCTION refuse_event()
"""


async def attempts(both, ada):
    """300 admissions begun in two processes: how they ended."""
    answers = await asyncio.gather(*(process.ask("burst", ada, clients=15, times=10) for process in both))
    return [answer["results"] for answer in answers]


async def known(both, ada):
    """Both processes have seen the credential admitted."""
    for process in both:
        assert (await process.ask("burst", ada, clients=1))["results"] == {"ADMITTED": 1}


async def epoch(home):
    return (await IndexState.get(id=1)).epoch


async def test_nothing_is_admitted_after_the_answer(home):
    ada = await home.session()
    async with processes(home.environ) as both:
        await known(both, ada)
        before = await epoch(home)

        event = await home.revoke(ada)
        await home.gate.confirm(event)

        assert await attempts(both, ada) == [DEAD, DEAD]
        assert await epoch(home) == before
        await home.redis.flushall()
        assert await attempts(both, ada) == [DEAD, DEAD]
    assert (await CredentialEvent.get(id=event.id)).done_at is not None


async def test_old_data_of_a_redis_that_comes_back_admit_nothing(home):
    ada, bob = await home.session(), await home.session()
    async with processes(home.environ) as both:
        await known(both, ada)
        entry = partitions.of_user(ada.user_id, ada.id).credential_entry
        old = await home.redis.dump(entry)
        await home.gate.confirm(await home.revoke(ada))
        # The tail of the file is lost: the entry is as it was before.
        await home.redis.restore(entry, 0, old, replace=True)
        assert (await attempts(both, ada))[0].get("ADMITTED")

        before = await epoch(home)
        await home.kill_redis()
        await asyncio.gather(*(_served(process, bob) for process in both))

        assert await attempts(both, ada) == [DEAD, DEAD]
        assert await epoch(home) == before + 1


async def _served(process, bob):
    async def serves():
        return "ADMITTED" in (await process.ask("burst", bob, clients=1))["results"]

    assert await soon(serves)


async def test_a_revocation_that_redis_does_not_hear_raises_the_epoch(home):
    ada, bob = await home.session(), await home.session()
    async with processes(home.environ) as both:
        await known(both, ada)
        event = await home.revoke(ada)
        before = await epoch(home)

        home.server.pause()
        try:
            begun = time.monotonic()
            await home.gate.confirm(event)
            assert 2 <= time.monotonic() - begun < 3
        finally:
            home.server.resume()
        await asyncio.gather(*(_served(process, bob) for process in both))

        assert await attempts(both, ada) == [DEAD, DEAD]
        assert await epoch(home) == before + 1
    assert (await CredentialEvent.get(id=event.id)).done_at is not None


async def test_a_process_that_stood_still_has_not_missed_it(home):
    ada = await home.session()
    async with processes(home.environ) as both:
        await known(both, ada)
        stopped = both[0]
        stopped.stop()
        event = await home.revoke(ada)
        home.server.pause()
        try:
            await home.gate.confirm(event)
        finally:
            home.server.resume()

        stopped.resume()
        results = (await stopped.ask("burst", ada, clients=50, times=3))["results"]

    assert "ADMITTED" not in results


async def test_all_credentials_of_a_user_are_ended_at_once(home):
    user = await home.user()
    session, token = await home.session_of(user), await home.token_of(user)
    for credential in (session, token):
        await home.call(credential)

    user.suspended_at = user.created_at
    await user.save()
    await home.gate.confirm(await _note(user.id))

    for credential in (session, token):
        with pytest.raises(errors.Unauthenticated):
            await home.gate.admit(credential, inference())


async def _note(user_id):
    async with in_transaction("default") as transaction:
        return await revocation.note(transaction, user_id)


async def missed(home, ada):
    """What Redis answers to somebody who asks for the first time."""
    attempt = Attempt(partitions.of_user(ada.user_id, ada.id), inference(), credential=ada)
    answer = await home.gate.store.run(lua.ADMIT, attempt.prepare)
    assert answer.values[0] == b"MISS"
    return Miss(moment(answer.values[1]), answer.values[2], answer.values[3])


@pytest.mark.parametrize("trouble", ["none", "flush", "epoch"])
async def test_a_fill_that_read_before_the_commit_writes_nothing_after_the_revocation(home, trouble):
    ada = await home.session()
    index = Index(home.gate.store, home.settings.session_idle_lifetime)
    miss = await missed(home, ada)
    read = await index.read(ada)
    assert read.is_live

    event = await home.revoke(ada)
    if trouble == "flush":
        await home.redis.flushall()
    if trouble == "epoch":
        await revocation._raise_epoch(home.gate.store)
    else:
        await home.gate.confirm(event)
    await index.write(ada, miss, read, day=miss.at.replace(hour=0, minute=0, second=0, microsecond=0), spent=0)

    with pytest.raises(errors.Unauthenticated):
        await home.gate.admit(ada, inference())
    assert (await home.state(ada.user_id))["minute"] == 0


async def test_a_revoked_credential_stays_dead_though_its_entry_is_lost(home):
    ada = await home.session()
    await home.call(ada)
    await home.gate.confirm(await home.revoke(ada))
    await home.redis.delete(partitions.of_user(ada.user_id, ada.id).credential_entry)

    with pytest.raises(errors.Unauthenticated):
        await home.gate.admit(ada, inference())


async def test_the_worker_finishes_what_a_dead_process_had_noted(home):
    ada = await home.session()
    await home.call(ada)
    event = await home.revoke(ada)

    too_early = await revocation.finish(home.gate.store)
    finished = await revocation.finish(home.gate.store, older_than=timedelta(0))

    assert (too_early, finished) == (0, 1)
    assert (await CredentialEvent.get(id=event.id)).done_at is not None
    with pytest.raises(errors.Unauthenticated):
        await home.gate.admit(ada, inference())
    assert await revocation.finish(home.gate.store, older_than=timedelta(0)) == 0


async def test_an_event_that_cannot_be_confirmed_keeps_no_other_from_it(home):
    ada, bob = await home.session(), await home.session()
    for credential in (ada, bob):
        await home.call(credential)
    stuck, event = await home.revoke(ada), await home.revoke(bob)
    database = Tortoise.get_connection("default")
    await database.execute_script(REFUSING % stuck.id)

    with pytest.raises(asyncpg.RaiseError, match="not this one"):
        await revocation.finish(home.gate.store, older_than=timedelta(0))

    assert (await CredentialEvent.get(id=event.id)).done_at is not None
    await database.execute_script("DROP TRIGGER refuse ON credential_events; DROP FUNCTION refuse_event()")
    assert await revocation.finish(home.gate.store, older_than=timedelta(0)) == 1
    assert (await CredentialEvent.get(id=stuck.id)).done_at is not None


async def test_a_revocation_may_be_repeated(home):
    ada = await home.session()
    event = await home.revoke(ada)

    await home.gate.confirm(event)
    await home.gate.confirm(event)

    with pytest.raises(errors.Unauthenticated):
        await home.gate.admit(ada, Charge("exempt"))


async def test_what_was_narrowed_ends_nothing_and_is_read_again_by_every_process(home):
    user = await home.user()
    token = await home.token_of(user, per_minute=2)
    async with processes(home.environ) as both:
        await known(both, token)
        async with in_transaction("default") as tx:
            await ApiToken.filter(id=token.id).using_db(tx).update(units_per_minute=1)
            event = await revocation.note(tx, user.id)

        await home.gate.confirm(event)

        refused = {"RATE_LIMITED:token-minute": 5}
        assert [(await process.ask("burst", token, clients=5))["results"] for process in both] == [refused] * 2
    assert (await CredentialEvent.get(id=event.id)).done_at is not None


async def test_several_events_of_a_user_are_confirmed_together(home):
    user = await home.user()
    ended, kept = await home.session_of(user), await home.token_of(user, per_minute=5)
    for credential in (ended, kept):
        await home.call(credential)
    one = await home.revoke(ended)
    await ApiToken.filter(id=kept.id).update(units_per_minute=4)
    two = await _note(user.id)

    await home.gate.confirm_all(user.id, [one])

    assert await CredentialEvent.filter(done_at=None).count() == 0
    with pytest.raises(errors.Unauthenticated):
        await home.gate.admit(ended, inference())
    assert [w.limit for w in (await home.call(kept)).windows if w.name == "token-minute"] == [4]
    assert await revocation.unconfirmed(user.id) == []
    assert two.credential_id is None


async def test_what_was_revoked_long_ago_is_not_named_to_redis_again(home):
    """A user may have had thousands of sessions."""
    user = await home.user()
    live, just_now, long_ago = [await home.session_of(user) for _ in range(3)]
    for credential in (live, just_now, long_ago):
        await home.call(credential)
    now = datetime.now(UTC)
    await Session.filter(id=just_now.id).update(revoked_at=now)
    await Session.filter(id=long_ago.id).update(revoked_at=now - timedelta(hours=2))

    await home.gate.confirm(await _note(user.id))

    entries = [partitions.of_user(user.id, one.id).credential_entry for one in (live, just_now, long_ago)]
    assert [await home.redis.exists(entry) for entry in entries] == [0, 0, 1]


async def test_nothing_is_claimed_where_postgres_and_redis_are_both_silent(home, postgres):
    ada = await home.session()
    await home.call(ada)
    event = await home.revoke(ada)
    home.server.pause()
    postgres.pause()
    try:
        with pytest.raises(errors.ServiceUnavailable):
            await asyncio.wait_for(home.gate.confirm(event), 6)
    finally:
        postgres.resume()
        home.server.resume()


async def test_a_server_that_others_have_left_is_not_used_by_whoever_has_not_heard(home):
    """As in a split network: whoever still holds an older server drops it, and trusts nothing that it holds."""
    ada = await home.session()
    await home.call(ada)
    before = home.gate.store.generation
    await Tortoise.get_connection("default").execute_query(
        "INSERT INTO redis_identities (identity, seen_at) VALUES ('another', clock_timestamp())"
    )

    async def has_taken_over():
        return home.gate.store.generation > before + 1 and home.gate.store.up

    assert await soon(has_taken_over)
    assert await epoch(home) == home.gate.store.epoch.number
    begun = time.monotonic()
    await home.gate.confirm(await home.revoke(ada))
    # Two seconds from the first sight of the newest server, whoever used another has dropped it.
    assert time.monotonic() - begun > 0.5


async def test_however_many_credentials_ended_by_themselves_a_change_of_rights_forgets_few(home, monkeypatch):
    """One user logs in again and again; each login beyond the most ends another session, with an event of its own."""
    ada = await home.session()
    await Tortoise.get_connection("default").execute_query(
        """WITH ended AS (
            INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, revoked_at)
            SELECT gen_random_uuid(), $1, now(), now(), now() + interval '1 day', now() FROM generate_series(1, 5000)
            RETURNING id
        )
        INSERT INTO credential_events (at, user_id, credential_id, done_at) SELECT now(), $1, id, now() FROM ended""",
        [ada.user_id],
    )
    async with in_transaction() as transaction:
        event = await revocation.note(transaction, ada.user_id)
    keys, run = [], home.gate.store.run

    async def noted(script, prepare):
        def prepared(now):
            call = prepare(now)
            keys.append(len(call[0]))
            return call

        return await run(script, prepared)

    monkeypatch.setattr(home.gate.store, "run", noted)

    await home.gate.confirm(event)

    assert keys == [2]
    assert (await CredentialEvent.get(id=event.id)).done_at is not None
