"""Events of revocations: confirmed once, together, by the worker, and with few keys."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

import errors
from db.models.api_tokens import ApiToken
from db.models.index_state import CredentialEvent
from db.models.sessions import Session
from limits import partitions, revocation
from limits.charges import Charge
from tests.limits.people import inference

REFUSING = """
CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON credential_events FOR EACH ROW WHEN (NEW.id = %d) EXECUTE FUNCTION refuse_event()
"""


async def test_the_worker_confirms_events_of_a_dead_process(limiter):
    ada = await limiter.session()
    await limiter.call(ada)
    event = await limiter.revoke(ada)

    too_early = await revocation.finish(limiter.store)
    finished = await revocation.finish(limiter.store, older_than=timedelta(0))

    assert (too_early, finished) == (0, 1)
    assert (await CredentialEvent.get(id=event.id)).done_at is not None
    with pytest.raises(errors.Unauthenticated):
        await limiter.gate.admit(ada, inference())
    assert await revocation.finish(limiter.store, older_than=timedelta(0)) == 0


async def test_an_api_token_whose_earlier_end_has_come_before_the_event_is_confirmed_is_not_admitted(limiter):
    """As one that was rotated and kept for some seconds, if the process dies and the worker confirms it."""
    token = await limiter.token_of(await limiter.user())
    await limiter.call(token)
    async with in_transaction("default") as transaction:
        await ApiToken.filter(id=token.id).using_db(transaction).update(expires_at=datetime.now(UTC))
        await revocation.note(transaction, token.user_id)

    assert await revocation.finish(limiter.store, older_than=timedelta(0)) == 1

    with pytest.raises(errors.Unauthenticated):
        await limiter.gate.admit(token, inference())


async def test_an_event_that_cannot_be_confirmed_does_not_stop_the_others(limiter):
    ada, bob = await limiter.session(), await limiter.session()
    for credential in (ada, bob):
        await limiter.call(credential)
    stuck, event = await limiter.revoke(ada), await limiter.revoke(bob)
    database = Tortoise.get_connection("default")
    await database.execute_script(REFUSING % stuck.id)

    with pytest.raises(asyncpg.RaiseError, match="not this one"):
        await revocation.finish(limiter.store, older_than=timedelta(0))

    assert (await CredentialEvent.get(id=event.id)).done_at is not None
    await database.execute_script("DROP TRIGGER refuse ON credential_events; DROP FUNCTION refuse_event()")
    assert await revocation.finish(limiter.store, older_than=timedelta(0)) == 1
    assert (await CredentialEvent.get(id=stuck.id)).done_at is not None


async def test_several_events_of_a_user_are_confirmed_together(limiter):
    user = await limiter.user()
    ended, kept = await limiter.session_of(user), await limiter.token_of(user, per_minute=5)
    for credential in (ended, kept):
        await limiter.call(credential)
    one = await limiter.revoke(ended)
    await ApiToken.filter(id=kept.id).update(units_per_minute=4)
    two = await limiter.note(user.id)

    await limiter.gate.confirm_all(user.id, [one])

    assert await CredentialEvent.filter(done_at=None).count() == 0
    with pytest.raises(errors.Unauthenticated):
        await limiter.gate.admit(ended, inference())
    assert [w.limit for w in (await limiter.call(kept)).windows if w.name == "token-minute"] == [4]
    assert await revocation.unconfirmed(user.id) == []
    assert two.credential_id is None


async def test_a_revocation_may_be_repeated(limiter):
    ada = await limiter.session()
    event = await limiter.revoke(ada)

    await limiter.gate.confirm(event)
    await limiter.gate.confirm(event)

    with pytest.raises(errors.Unauthenticated):
        await limiter.gate.admit(ada, Charge("exempt"))


async def test_credentials_revoked_long_ago_are_not_sent_to_redis_again(limiter):
    """A user may have had thousands of sessions."""
    user = await limiter.user()
    live, just_now, long_ago = [await limiter.session_of(user) for _ in range(3)]
    for credential in (live, just_now, long_ago):
        await limiter.call(credential)
    now = datetime.now(UTC)
    await Session.filter(id=just_now.id).update(revoked_at=now)
    await Session.filter(id=long_ago.id).update(revoked_at=now - timedelta(hours=2))

    await limiter.gate.confirm(await limiter.note(user.id))

    entries = [partitions.of_user(user.id, one.id).credential_entry for one in (live, just_now, long_ago)]
    assert [await limiter.redis.exists(entry) for entry in entries] == [0, 0, 1]


async def test_a_change_of_rights_sends_few_keys_though_thousands_of_sessions_have_ended(limiter, monkeypatch):
    """A user logs in again and again. Each login beyond the limit ends another session, with a separate event.

    To look through all events for each session would take longer than a statement may.
    """
    ada = await limiter.session()
    await Tortoise.get_connection("default").execute_query(
        """WITH ended AS (
            INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, revoked_at)
            SELECT gen_random_uuid(), $1, now(), now(), now() + interval '1 day', now() FROM generate_series(1, 10_000)
            RETURNING id
        )
        INSERT INTO credential_events (at, user_id, credential_id, done_at) SELECT now(), $1, id, now() FROM ended""",
        [ada.user_id],
    )
    async with in_transaction() as transaction:
        event = await revocation.note(transaction, ada.user_id)
    keys, run = [], limiter.store.run

    async def noted(script, prepare, *, key):
        def prepared(now):
            call = prepare(now)
            keys.append(len(call[0]))
            return call

        return await run(script, prepared, key=key)

    monkeypatch.setattr(limiter.store, "run", noted)

    await limiter.gate.confirm(event)

    assert keys == [2]
    assert (await CredentialEvent.get(id=event.id)).done_at is not None
