"""The password, asked again of a user who is logged in."""

import asyncio
from dataclasses import replace

import pytest

import errors
from access.passwords import Hasher
from db.models.audit_events import ActorKind, AuditEvent
from db.models.users import User
from db.postgres import transaction
from resolvers import logins, sessions
from resolvers.confirmations import confirm
from tests.resolvers.conftest import NOW, PASSWORD, caller


async def test_a_right_password_is_confirmed_and_its_attempt_given_back(tools, ada):
    for _ in range(11):
        confirmed = await confirm(tools, ada.caller, PASSWORD, at=NOW)
        async with transaction() as tx:
            assert (await confirmed.lock(tx)).id == ada.id

    assert await AuditEvent.all().count() == 0


async def test_of_forty_wrong_passwords_at_once_ten_are_looked_at(tools, ada, hasher):
    before = hasher.computed

    answers = await asyncio.gather(
        *(confirm(tools, ada.caller, "wrong", at=NOW) for _ in range(40)), return_exceptions=True
    )

    kinds = [type(answer) for answer in answers]
    assert (kinds.count(errors.WrongPassword), kinds.count(errors.TooManyAttempts)) == (10, 30)
    assert hasher.computed - before == 10
    with pytest.raises(errors.TooManyAttempts):
        await confirm(tools, ada.caller, PASSWORD, at=NOW)
    events = await AuditEvent.all().values_list("action", "user_id", "actor_kind", "ip_address")
    assert events == [("PASSWORD_REFUSED", ada.id, ActorKind.SELF, ada.caller.address)] * 10


async def test_neither_attackers_nor_another_session_use_up_the_attempts(tools, ada):
    for email in ("ada@example.org", f"session {ada.caller.credential.id}"):
        for _ in range(10):
            with pytest.raises(errors.LoginRefused):
                await logins.login(tools, caller(), email=email, password="wrong", at=NOW)  # noqa: S106 - it is wrong

    await confirm(tools, ada.caller, PASSWORD, at=NOW)


async def test_without_a_hashing_slot_no_attempt_is_spent(tools, ada):
    class Full(Hasher):
        async def verify(self, password, digest):
            raise errors.ServiceUnavailable

    full = Full(1, passes=1, memory_kib=8)

    for _ in range(11):
        with pytest.raises(errors.ServiceUnavailable):
            await confirm(replace(tools, hasher=full), ada.caller, PASSWORD, at=NOW)

    full.close()
    await confirm(tools, ada.caller, PASSWORD, at=NOW)


@pytest.mark.parametrize("what", ["session", "password", "suspended", "deleted"])
async def test_a_session_or_password_that_ends_in_between_ends_the_confirmation(tools, ada, gate, what):
    confirmed = await confirm(tools, ada.caller, PASSWORD, at=NOW)
    match what:
        case "session":
            await sessions.logout(gate, ada.caller, at=NOW)
        case "password":
            await User.filter(id=ada.id).update(password_digest="-")  # noqa: S106 - no digest of anything
        case "suspended":
            await User.filter(id=ada.id).update(suspended_at=NOW)
        case "deleted":
            await User.filter(id=ada.id).delete()

    with pytest.raises(errors.Unauthenticated):
        async with transaction() as tx:
            await confirmed.lock(tx)


async def test_a_deleted_user_is_refused_after_the_same_work(tools, ada, hasher):
    await User.filter(id=ada.id).delete()
    before = hasher.computed

    with pytest.raises(errors.Unauthenticated):
        await confirm(tools, ada.caller, PASSWORD, at=NOW)

    assert hasher.computed == before + 1
    assert await AuditEvent.all().count() == 0


async def test_a_password_is_asked_of_sessions_alone(tools, ada, visitor, hasher):
    before = hasher.computed

    with pytest.raises(errors.Forbidden):
        await confirm(tools, ada.by_token("INFER", "READ"), PASSWORD, at=NOW)
    with pytest.raises(errors.Unauthenticated):
        await confirm(tools, visitor, PASSWORD, at=NOW)

    assert hasher.computed == before
