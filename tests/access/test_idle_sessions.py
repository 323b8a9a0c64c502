"""A session that is not used for three days ends, whatever Redis knows of it."""

from datetime import UTC, datetime, timedelta

import pytest

import errors
from access import partitions
from access.charges import Call, Charge
from access.credentials import Kind
from db.models.api_tokens import ApiToken
from db.models.sessions import Session
from resolvers import sessions
from tests.access.people import inference, soon
from tests.resolvers.conftest import caller

ACCOUNT = Charge("account", (Call(None, 1),))
IDLE = timedelta(hours=72)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


async def long_session(home):
    return await home.session_of(await home.user(), lifetime=14 * DAY)


async def left_idle(credential, since):
    """As if it had been used last so long ago."""
    table = Session if credential.kind is Kind.SESSION else ApiToken
    await table.filter(id=credential.id).update(last_used_at=datetime.now(UTC) - since)


async def is_admitted(home, credential, charge=ACCOUNT):
    try:
        await home.gate.admit(credential, charge)
    except errors.Unauthenticated:
        return False
    return True


def entry(credential):
    return partitions.of_user(credential.user_id, credential.id).credential_entry


async def forgotten_in(home, credential):
    """How long until Redis has forgotten it, and Postgres is asked again."""
    return timedelta(milliseconds=await home.redis.pttl(entry(credential)))


@pytest.mark.parametrize("charge", [inference(), ACCOUNT, Charge("exempt")], ids=lambda charge: charge.kind)
async def test_an_idle_session_is_admitted_to_nothing(home, charge):
    ada = await long_session(home)
    await left_idle(ada, IDLE + MINUTE + SECOND)

    assert not await is_admitted(home, ada, charge)

    assert not await is_admitted(home, ada, charge)
    assert await home.state(ada.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}


async def test_a_session_is_not_idle_for_the_minute_that_its_last_use_may_be_older(home):
    ada = await long_session(home)
    await left_idle(ada, IDLE + MINUTE - 5 * SECOND)

    assert await is_admitted(home, ada)


async def test_redis_forgets_a_session_at_the_moment_it_would_be_idle(home):
    ada = await long_session(home)
    await left_idle(ada, IDLE - DAY)

    assert await is_admitted(home, ada)

    assert DAY + MINUTE - 5 * SECOND < await forgotten_in(home, ada) <= DAY + MINUTE


async def test_a_session_that_ends_sooner_than_it_is_idle_stays_known_as_long_as_before(home):
    ada = await home.session()

    assert await is_admitted(home, ada)

    assert DAY + 59 * MINUTE < await forgotten_in(home, ada) <= DAY + 60 * MINUTE


async def test_an_entry_of_before_that_has_expired_keeps_no_idle_session_alive(home):
    ada = await long_session(home)
    assert await is_admitted(home, ada)
    await home.gate._last_uses.write()
    await left_idle(ada, IDLE + 2 * MINUTE)
    await home.redis.pexpire(entry(ada), 1)

    assert await soon(lambda: _is_gone(home, ada))
    assert not await is_admitted(home, ada)


async def _is_gone(home, credential):
    return not await home.redis.exists(entry(credential))


async def test_a_session_that_was_used_in_between_lives_on(home):
    ada = await long_session(home)
    await left_idle(ada, IDLE - MINUTE)
    assert await is_admitted(home, ada)
    assert await forgotten_in(home, ada) <= 2 * MINUTE

    await home.gate._last_uses.write()
    await home.redis.delete(entry(ada))

    assert await is_admitted(home, ada)
    assert IDLE < await forgotten_in(home, ada) <= IDLE + MINUTE


async def test_a_use_that_is_written_late_wakes_an_idle_session_within_a_minute(home):
    ada = await long_session(home)
    await left_idle(ada, IDLE + 2 * MINUTE)
    assert not await is_admitted(home, ada)

    await left_idle(ada, MINUTE)

    assert timedelta(0) < await forgotten_in(home, ada) <= MINUTE
    await home.redis.delete(entry(ada))
    assert await is_admitted(home, ada)


async def test_a_revoked_session_is_not_woken_by_a_use(home):
    ada = await long_session(home)
    assert await is_admitted(home, ada)
    await home.gate.confirm(await home.revoke(ada))

    await home.gate._last_uses.write()
    await home.redis.delete(entry(ada))

    assert not await is_admitted(home, ada)
    assert await forgotten_in(home, ada) > 14 * DAY


async def test_an_api_token_is_never_idle(home):
    ada = await home.token_of(await home.user())
    await left_idle(ada, timedelta(days=300))

    assert await is_admitted(home, ada, inference())

    assert 2 * DAY - MINUTE < await forgotten_in(home, ada) <= 2 * DAY


async def test_without_redis_an_idle_session_is_refused_and_a_use_is_noted(home):
    ada, idle = await long_session(home), await long_session(home)
    await left_idle(ada, IDLE - MINUTE)
    await left_idle(idle, IDLE + 2 * MINUTE)
    home.server.pause()
    try:
        admission = await home.gate.admit(ada, ACCOUNT)
        was_admitted = await is_admitted(home, idle)
    finally:
        home.server.resume()

    await home.gate._last_uses.write()
    assert not was_admitted
    assert admission.windows == ()
    assert (await Session.get(id=ada.id)).last_used_at == admission.at


async def test_without_postgres_a_session_that_redis_has_forgotten_is_not_called_idle(home, postgres):
    ada = await long_session(home)
    assert await is_admitted(home, ada)
    await home.redis.delete(entry(ada))
    postgres.pause()
    try:
        with pytest.raises(errors.ServiceUnavailable):
            await home.gate.admit(ada, ACCOUNT)
    finally:
        postgres.resume()


async def test_idle_sessions_are_not_listed(home):
    user = await home.user()
    ada, idle = [await home.session_of(user, lifetime=14 * DAY) for _ in range(2)]
    await left_idle(ada, IDLE)
    await left_idle(idle, IDLE + MINUTE + SECOND)

    listed = await sessions.listed(caller(ada), at=datetime.now(UTC), idle_lifetime=IDLE)

    assert [session.id for session in listed] == [ada.id]
