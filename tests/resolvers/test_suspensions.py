import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import errors
from access.callers import Caller
from db.models.audit_events import AuditEvent
from db.models.index_state import CredentialEvent
from db.models.second_factors import SecondFactor
from db.models.sessions import Session
from db.models.users import Role, User
from limits import revocation
from resolvers import logins, suspensions
from tests.limits.people import store_of
from tests.resolvers.administering import SEALED, acts, administrator, having
from tests.resolvers.conftest import NOW, PASSWORD, Person, caller, is_admitted, mails
from tests.resolvers.interference import DyingGate, Killed

LATER = NOW + timedelta(hours=1)
DYING: Any = DyingGate()
REASON = "Spam.\nSeen on 3 days."


@pytest.fixture
async def root(new_person):
    return await administrator(await new_person("root@example.org"))


@pytest.fixture
async def token(tools, ada, create):
    return tools.signer.verify((await create(ada)).secret)


async def test_no_credential_of_a_suspended_user_is_admitted_after_the_answer(gate, root, ada, token):
    assert await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, token)

    suspended = await suspensions.suspend(gate, root, ada.id, f" {REASON} ", at=LATER)

    assert (suspended.suspended_at, suspended.plan.name) == (LATER, "free")
    assert not await is_admitted(gate, ada.caller.credential)
    assert not await is_admitted(gate, token)
    assert (await Session.get(id=ada.caller.credential.id)).revoked_at == LATER
    assert [(mail["template"], mail["to"], mail["context"]) for mail in await mails()] == [
        ("account_suspended", "ada@example.org", {"reason": REASON})
    ]
    assert await acts() == [
        (
            "USER_SUSPENDED", "ADMIN", root.credential.user_id, ada.id, None, REASON,
            {"suspendedAt": None}, {"suspendedAt": LATER.isoformat()},
        )
    ]  # fmt: skip


async def test_a_suspended_user_cannot_log_in(tools, gate, root, ada):
    await suspensions.suspend(gate, root, ada.id, REASON, at=NOW)

    with pytest.raises(errors.LoginRefused):
        await logins.login(tools, caller(), email="ada@example.org", password=PASSWORD, at=NOW)


async def test_a_second_suspension_changes_nothing_and_is_confirmed_again(gate, root, ada):
    with pytest.raises(Killed):
        await suspensions.suspend(DYING, root, ada.id, REASON, at=NOW)
    assert await CredentialEvent.filter(done_at=None).count() == 1

    again = await suspensions.suspend(gate, root, ada.id, "Another reason.", at=LATER)

    assert again.suspended_at == NOW
    assert not await is_admitted(gate, ada.caller.credential)
    assert await CredentialEvent.filter(done_at=None).count() == 0
    assert len(await mails()) == len(await acts()) == await CredentialEvent.all().count() == 1


async def test_a_worker_finishes_what_a_killed_process_has_begun(gate, root, ada, token):
    assert await is_admitted(gate, token)
    with pytest.raises(Killed):
        await suspensions.suspend(DYING, root, ada.id, REASON, at=NOW)

    assert await revocation.finish(store_of(gate), older_than=timedelta(0)) == 1

    assert not await is_admitted(gate, token)


async def test_a_reinstated_users_tokens_work_again_and_the_sessions_do_not(gate, root, ada, token):
    await suspensions.suspend(gate, root, ada.id, REASON, at=NOW)
    assert not await is_admitted(gate, token)

    reinstated = await suspensions.reinstate(gate, root, ada.id, at=LATER)

    assert reinstated.suspended_at is None
    assert await is_admitted(gate, token)
    assert not await is_admitted(gate, ada.caller.credential)
    assert (await acts())[1:] == [
        (
            "USER_REINSTATED", "ADMIN", root.credential.user_id, ada.id, None, None,
            {"suspendedAt": NOW.isoformat()}, {"suspendedAt": None},
        )
    ]  # fmt: skip


async def test_reinstating_a_user_who_is_not_suspended_writes_nothing(gate, root, ada):
    assert (await suspensions.reinstate(gate, root, ada.id, at=NOW)).suspended_at is None

    assert await is_admitted(gate, ada.caller.credential)
    assert (await acts(), await CredentialEvent.all().count()) == ([], 0)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "TOO_SHORT"),
        (" \n ", "TOO_SHORT"),
        ("x" * 1001, "TOO_LONG"),
        *((f"a{character}b", "INVALID_CHARACTER") for character in "\u202e\x0b\x1c\x85\u2028\r"),
    ],
)
async def test_a_bad_reason_is_refused_and_nothing_changes(gate, root, ada, reason, code):
    with pytest.raises(errors.InvalidInput) as refusal:
        await suspensions.suspend(gate, root, ada.id, reason, at=NOW)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(("reason",), code)]
    await _nothing_changed(gate, ada)


@pytest.mark.parametrize("user_id", [None, uuid4()])
@pytest.mark.parametrize("by_operator", [True, False])
async def test_an_unknown_user_is_not_found(gate, root, user_id, by_operator):
    by = None if by_operator else root
    with pytest.raises(errors.UserNotFound):
        await suspensions.suspend(gate, by, user_id, REASON, at=NOW)
    with pytest.raises(errors.UserNotFound):
        await suspensions.reinstate(gate, by, user_id, at=NOW)

    assert (await acts(), await mails()) == ([], [])


async def test_the_operator_suspends_without_a_session(gate, ada):
    await suspensions.suspend(gate, None, ada.id, REASON, at=NOW)

    assert not await is_admitted(gate, ada.caller.credential)
    assert [act[:4] for act in await acts()] == [("USER_SUSPENDED", "SYSTEM", None, ada.id)]


NOBODY: dict[str, type[Exception]] = {
    "anonymous": errors.CredentialMissing,
    "another user": errors.Forbidden,
    "API token": errors.Forbidden,
    "no second factor": errors.Forbidden,
    "second factor only offered": errors.Forbidden,
    "dismissed a moment ago": errors.Forbidden,
    "suspended a moment ago": errors.Unauthenticated,
    "logged out a moment ago": errors.Unauthenticated,
}


@pytest.mark.parametrize("who", NOBODY)
async def test_who_may_not_suspend_changes_nothing(gate, root, ada, eve, who):
    by = await _caller(who, root, eve)

    with pytest.raises(NOBODY[who]):
        await suspensions.suspend(gate, by, ada.id, REASON, at=NOW)

    await _nothing_changed(gate, ada)


async def test_two_administrators_who_suspend_each_other_leave_one(gate, new_person):
    people = [await new_person(f"{name}@example.org") for name in ("one", "two")]
    by = [await administrator(person) for person in people]

    for _ in range(5):
        ended = await asyncio.gather(
            suspensions.suspend(gate, by[0], people[1].id, REASON, at=NOW),
            suspensions.suspend(gate, by[1], people[0].id, REASON, at=NOW),
            return_exceptions=True,
        )

        assert sorted(type(one).__name__ for one in ended) == ["Unauthenticated", "User"]
        assert await User.filter(suspended_at=None).count() == 1
        await User.all().update(suspended_at=None)
        await Session.all().update(revoked_at=None)


async def _caller(who: str, root: Caller, eve: Person) -> Caller:
    credential = root.credential
    assert credential is not None
    match who:
        case "anonymous":
            return caller()
        case "another user":
            return having(eve, "USER")
        case "API token":
            return eve.by_token("INFER", "READ")
        case "no second factor":
            return await administrator(eve, second_factor=False)
        case "second factor only offered":
            await SecondFactor.create(user=eve.user, sealed_secret=SEALED)
            return await administrator(eve, second_factor=False)
    await administrator(eve)
    match who:
        case "dismissed a moment ago":
            await User.filter(id=credential.user_id).update(role=Role.USER)
        case "suspended a moment ago":
            await User.filter(id=credential.user_id).update(suspended_at=NOW)
        case "logged out a moment ago":
            await Session.filter(id=credential.id).update(revoked_at=NOW)
    return root


async def _nothing_changed(gate, ada):
    assert (await User.get(id=ada.id)).suspended_at is None
    assert await is_admitted(gate, ada.caller.credential)
    assert (await mails(), await AuditEvent.all().count(), await CredentialEvent.all().count()) == ([], 0, 0)
