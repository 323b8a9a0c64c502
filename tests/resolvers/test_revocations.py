"""What takes something away: it is in force once it is answered, and what changes nothing writes nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import errors
from db.models.api_tokens import ApiToken
from db.models.audit_events import AuditEvent
from db.models.index_state import CredentialEvent
from db.models.sessions import Session
from limits import revocation
from limits.charges import Charge, ModelCall
from limits.gate import Gate
from limits.revocation import Event
from resolvers import administrators, api_tokens, leaks, logins, password_changes, sessions, suspensions
from resolvers.token_input import NewToken
from tests.limits.people import store_of
from tests.resolvers.accounts import NEW_PASSWORD
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted
from tests.resolvers.interference import DyingGate, Killed

CHARGE = Charge("plan", (ModelCall("a", 1),), timedelta(seconds=1))


class SilentGate(Gate):
    """Of a process whose Redis and Postgres fall silent after the commit."""

    def __init__(self):
        pass

    async def confirm(self, *events: Event) -> None:
        if events:
            raise errors.ServiceUnavailable


@pytest.fixture
async def token(signer, ada):
    token_input = NewToken(name="ci", expires_in=timedelta(days=7), scopes=["INFER"], models=["a", "b"])
    return signer.verify((await api_tokens.create(signer, ada.caller, token_input, at=NOW)).secret)


@pytest.fixture
async def two_administrators(gate, ada, eve):
    for person in (ada, eve):
        await administrators.appoint(gate, person.user.email, at=NOW)


async def another_session(person):
    session = await Session.create(
        user=person.user, created_at=NOW, last_used_at=NOW, expires_at=NOW + timedelta(days=1)
    )
    return replace(person.caller.credential, id=session.id)


async def written():
    """All that a revocation could write."""
    tables = (ApiToken, Session, CredentialEvent, AuditEvent)
    return [sorted(map(repr, await table.all().values())) for table in tables]


async def narrow(gate, who, token, **given):
    return await api_tokens.update(gate, who.caller, token.id, given or {"models": ["a"]}, at=NOW)


async def models_of(gate, token):
    """As every process that asks now is told."""
    return (await gate.admit(token, CHARGE)).rights.token_models


async def revoke_token(gate, ada, token, session):
    await api_tokens.revoke(gate, ada.caller, token.id, at=NOW)


async def delete_token(gate, ada, token, session):
    await api_tokens.delete(gate, ada.caller, token.id, at=NOW)


async def revoke_session(gate, ada, token, session):
    await sessions.revoke(gate, ada.caller, session.id, at=NOW)


async def revoke_others(gate, ada, token, session):
    await sessions.revoke_others(gate, ada.caller, at=NOW)


async def log_out(gate, ada, token, session):
    await sessions.logout(gate, replace(ada.caller, credential=session), at=NOW)


async def end_leaked(gate, ada, token, session):
    await leaks.revoke(gate, token, at=NOW)


async def dismiss(gate, ada, token, session):
    await administrators.dismiss(gate, "ada@example.org", at=NOW)


async def suspend(gate, ada, token, session):
    await suspensions.suspend(gate, None, ada.id, "A test.", at=NOW)


async def narrow_token(gate, ada, token, session):
    await narrow(gate, ada, token, models=["a"], unitsPerMinute=7)


TAKING = [
    revoke_token,
    delete_token,
    revoke_session,
    revoke_others,
    log_out,
    end_leaked,
    dismiss,
    suspend,
    narrow_token,
]


@pytest.mark.parametrize("take", TAKING)
async def test_a_repeated_change_is_confirmed_again_without_a_row(gate, ada, token, two_administrators, take):
    session = await another_session(ada)
    await take(gate, ada, token, session)
    before = await written()
    assert await CredentialEvent.filter(done_at=None).count() == 0

    for _ in range(3):
        await take(gate, ada, token, session)
    await asyncio.gather(*(take(gate, ada, token, session) for _ in range(5)))

    assert await written() == before


@pytest.mark.parametrize("take", TAKING)
async def test_after_a_failure_the_repetition_answers_once_it_holds_everywhere(
    gate, ada, token, two_administrators, take
):
    session = await another_session(ada)
    for credential in (token, session):
        assert await is_admitted(gate, credential)
    for _ in range(2):
        with pytest.raises(errors.ServiceUnavailable):
            await take(SilentGate(), ada, token, session)
    assert await CredentialEvent.filter(done_at=None).count() == 1
    before = await CredentialEvent.all().count()

    await take(gate, ada, token, session)

    assert await CredentialEvent.filter(done_at=None).count() == 0
    assert await CredentialEvent.all().count() == before
    found = [await is_admitted(gate, token), await is_admitted(gate, session)]
    assert found == [
        take not in (revoke_token, delete_token, end_leaked, suspend),
        take not in (revoke_session, revoke_others, log_out, suspend),
    ]
    if take is narrow_token:
        assert await models_of(gate, token) == {"a"}
    if take is dismiss:
        assert (await gate.admit(ada.caller.credential, Charge("account", (ModelCall(None, 1),)))).rights.role == "USER"


async def test_what_a_dead_process_left_is_confirmed_before_anything_is_claimed_of_it(gate, ada, token):
    """An earlier attempt ended some of the sessions and was not confirmed: ending all others confirms those too."""
    first, second = await another_session(ada), await another_session(ada)
    for credential in (first, second):
        assert await is_admitted(gate, credential)
    dying: Any = DyingGate()
    with pytest.raises(Killed):
        await sessions.revoke(dying, ada.caller, first.id, at=NOW)
    assert await is_admitted(gate, first)

    assert await sessions.revoke_others(gate, ada.caller, at=NOW) == 1

    assert [await is_admitted(gate, first), await is_admitted(gate, second)] == [False, False]


async def test_a_new_password_confirms_what_an_earlier_attempt_left(gate, tools, ada):
    other = await another_session(ada)
    assert await is_admitted(gate, other)
    dying: Any = DyingGate()
    with pytest.raises(Killed):
        await sessions.revoke_others(dying, ada.caller, at=NOW)

    await password_changes.change(tools, ada.caller, current_password=PASSWORD, new_password=NEW_PASSWORD, at=NOW)

    assert not await is_admitted(gate, other)
    assert await is_admitted(gate, ada.caller.credential)
    assert await CredentialEvent.filter(done_at=None).count() == 0


async def test_a_new_password_where_nothing_is_live_notes_no_end(gate, tools, ada):
    await password_changes.change(tools, ada.caller, current_password=PASSWORD, new_password=NEW_PASSWORD, at=NOW)

    assert await CredentialEvent.all().count() == 0


async def test_a_token_that_is_revoked_is_taken_from_the_lists_without_another_event(gate, ada, token):
    await api_tokens.revoke(gate, ada.caller, token.id, at=NOW)

    await api_tokens.delete(gate, ada.caller, token.id, at=NOW + timedelta(seconds=1))

    stored = await ApiToken.get(id=token.id)
    assert (stored.revoked_at, stored.deleted_at) == (NOW, NOW + timedelta(seconds=1))
    assert await CredentialEvent.all().count() == 1


@pytest.mark.parametrize("which", [uuid4, lambda: None], ids=["nobody's", "another's"])
async def test_a_change_of_anothers_token_writes_nothing(gate, ada, eve, token, which):
    session = await another_session(ada)
    before = await written()

    for end, mine in ((api_tokens.revoke, token), (api_tokens.delete, token), (sessions.revoke, session)):
        with pytest.raises(errors.NotFound):
            await end(gate, eve.caller, which() or mine.id, at=NOW)

    assert await written() == before


async def test_a_narrowing_whose_process_was_killed_is_finished_by_the_worker(gate, ada, token):
    assert await models_of(gate, token) == {"a", "b"}
    dying: Any = DyingGate()
    with pytest.raises(Killed):
        await narrow(dying, ada, token)
    # Nothing was claimed yet.
    assert await models_of(gate, token) == {"a", "b"}

    assert await revocation.finish(store_of(gate), older_than=timedelta(0)) == 1

    assert await models_of(gate, token) == {"a"}
    assert (await CredentialEvent.get()).done_at is not None


async def test_a_process_of_the_version_before_takes_no_narrowing_for_the_end_of_the_token(gate, ada, token):
    """It knows two kinds of events, by whether a credential is named: such a one ends."""
    dying: Any = DyingGate()
    with pytest.raises(Killed):
        await narrow(dying, ada, token)

    (event,) = await CredentialEvent.all()

    assert (event.user_id, event.credential_id) == (ada.id, None)


async def test_a_widening_whose_process_was_killed_comes_into_force(gate, ada, token):
    assert await models_of(gate, token) == {"a", "b"}
    dying: Any = DyingGate()
    with pytest.raises(Killed):
        await narrow(dying, ada, token, models=None)

    await revocation.finish(store_of(gate), older_than=timedelta(0))

    assert await models_of(gate, token) is None


async def test_another_name_needs_no_event_and_the_same_again_writes_nothing(gate, ada, token):
    await narrow(gate, ada, token, name="new")
    assert await CredentialEvent.all().count() == 0
    before = await written()

    await narrow(gate, ada, token, name="new", models=["a", "b"], unitsPerMinute=None)

    assert await written() == before


async def test_a_login_that_makes_room_notes_only_what_it_ends(tools, ada):
    await logins.login(tools, caller(), email="ada@example.org", password=PASSWORD, at=NOW)

    assert await CredentialEvent.all().count() == 0
