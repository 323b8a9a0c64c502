"""A session that is not used for three days ends, whatever Redis knows of it."""

from datetime import UTC, datetime, timedelta

import pytest

import errors
from access.credentials import Kind
from db.models.api_tokens import ApiToken
from db.models.sessions import Session
from limits import partitions
from limits.charges import Charge, ModelCall
from resolvers import sessions
from tests.limits.people import inference, last_uses_of, soon
from tests.resolvers.conftest import caller

ACCOUNT = Charge("account", (ModelCall(None, 1),))
IDLE = timedelta(hours=72)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


async def long_session(limiter):
    return await limiter.session_of(await limiter.user(), lifetime=14 * DAY)


async def left_idle(credential, since):
    """As if it had been used last so long ago."""
    table = Session if credential.kind is Kind.SESSION else ApiToken
    await table.filter(id=credential.id).update(last_used_at=datetime.now(UTC) - since)


async def is_admitted(limiter, credential, charge=ACCOUNT):
    try:
        await limiter.gate.admit(credential, charge)
    except errors.Unauthenticated:
        return False
    return True


def entry(credential):
    return partitions.of_user(credential.user_id, credential.id).credential_entry


async def forgotten_in(limiter, credential):
    """How long until Redis has forgotten it, and Postgres is asked again."""
    return timedelta(milliseconds=await limiter.redis.pttl(entry(credential)))


@pytest.mark.parametrize("charge", [inference(), ACCOUNT, Charge("exempt")], ids=lambda charge: charge.kind)
async def test_an_idle_session_is_admitted_to_nothing(limiter, charge):
    ada = await long_session(limiter)
    await left_idle(ada, IDLE + MINUTE + SECOND)

    assert not await is_admitted(limiter, ada, charge)

    assert not await is_admitted(limiter, ada, charge)
    assert await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}


async def test_a_session_is_not_idle_for_the_minute_that_its_last_use_may_be_older(limiter):
    ada = await long_session(limiter)
    await left_idle(ada, IDLE + MINUTE - 5 * SECOND)

    assert await is_admitted(limiter, ada)


async def test_redis_forgets_a_session_at_the_moment_it_would_be_idle(limiter):
    ada = await long_session(limiter)
    await left_idle(ada, IDLE - DAY)

    assert await is_admitted(limiter, ada)

    assert DAY + MINUTE - 5 * SECOND < await forgotten_in(limiter, ada) <= DAY + MINUTE


async def test_a_session_that_ends_sooner_than_it_is_idle_stays_known_as_long_as_before(limiter):
    ada = await limiter.session()

    assert await is_admitted(limiter, ada)

    assert DAY + 59 * MINUTE < await forgotten_in(limiter, ada) <= DAY + 60 * MINUTE


async def test_an_entry_of_before_that_has_expired_keeps_no_idle_session_alive(limiter):
    ada = await long_session(limiter)
    assert await is_admitted(limiter, ada)
    await last_uses_of(limiter.gate).write()
    await left_idle(ada, IDLE + 2 * MINUTE)
    await limiter.redis.pexpire(entry(ada), 1)

    assert await soon(lambda: _is_gone(limiter, ada))
    assert not await is_admitted(limiter, ada)


async def _is_gone(limiter, credential):
    return not await limiter.redis.exists(entry(credential))


async def test_a_session_that_was_used_in_between_lives_on(limiter):
    ada = await long_session(limiter)
    await left_idle(ada, IDLE - MINUTE)
    assert await is_admitted(limiter, ada)
    assert await forgotten_in(limiter, ada) <= 2 * MINUTE

    await last_uses_of(limiter.gate).write()
    await limiter.redis.delete(entry(ada))

    assert await is_admitted(limiter, ada)
    assert IDLE < await forgotten_in(limiter, ada) <= IDLE + MINUTE


async def test_a_use_that_is_written_late_wakes_an_idle_session_within_a_minute(limiter):
    ada = await long_session(limiter)
    await left_idle(ada, IDLE + 2 * MINUTE)
    assert not await is_admitted(limiter, ada)

    await left_idle(ada, MINUTE)

    assert timedelta(0) < await forgotten_in(limiter, ada) <= MINUTE
    await limiter.redis.delete(entry(ada))
    assert await is_admitted(limiter, ada)


async def test_a_revoked_session_is_not_woken_by_a_use(limiter):
    ada = await long_session(limiter)
    assert await is_admitted(limiter, ada)
    await limiter.gate.confirm(await limiter.revoke(ada))

    await last_uses_of(limiter.gate).write()
    await limiter.redis.delete(entry(ada))

    assert not await is_admitted(limiter, ada)
    assert await forgotten_in(limiter, ada) > 14 * DAY


async def test_an_api_token_is_never_idle(limiter):
    ada = await limiter.token_of(await limiter.user())
    await left_idle(ada, timedelta(days=300))

    assert await is_admitted(limiter, ada, inference())

    assert 2 * DAY - MINUTE < await forgotten_in(limiter, ada) <= 2 * DAY


async def test_without_redis_an_idle_session_is_refused_and_a_use_is_noted(limiter):
    ada, idle = await long_session(limiter), await long_session(limiter)
    await left_idle(ada, IDLE - MINUTE)
    await left_idle(idle, IDLE + 2 * MINUTE)
    limiter.server.pause()
    try:
        admission = await limiter.gate.admit(ada, ACCOUNT)
        was_admitted = await is_admitted(limiter, idle)
    finally:
        limiter.server.resume()

    await last_uses_of(limiter.gate).write()
    assert not was_admitted
    assert admission.windows == ()
    assert (await Session.get(id=ada.id)).last_used_at == admission.at


async def test_without_postgres_a_session_that_redis_has_forgotten_is_not_called_idle(limiter, postgres):
    ada = await long_session(limiter)
    assert await is_admitted(limiter, ada)
    await limiter.redis.delete(entry(ada))
    postgres.pause()
    try:
        with pytest.raises(errors.ServiceUnavailable):
            await limiter.gate.admit(ada, ACCOUNT)
    finally:
        postgres.resume()


async def test_idle_sessions_are_not_listed(limiter):
    user = await limiter.user()
    ada, idle = [await limiter.session_of(user, lifetime=14 * DAY) for _ in range(2)]
    await left_idle(ada, IDLE)
    await left_idle(idle, IDLE + MINUTE + SECOND)

    listed = await sessions.listed(caller(ada), at=datetime.now(UTC), idle_lifetime=IDLE)

    assert [session.id for session in listed] == [ada.id]
