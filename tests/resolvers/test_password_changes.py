import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

import errors
from db.models.mail_codes import MailCode, Purpose
from db.models.sessions import Session
from db.models.users import User
from resolvers import instants, logins, password_changes, recovery, sessions
from tests.resolvers.accounts import ADDRESS, NEW_PASSWORD, actions, issue, stored, token_of
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted, mails
from tests.resolvers.interference import FullHasher, MeddlingHasher


@pytest.fixture
def change(tools, ada):
    async def run(new_password=NEW_PASSWORD, *, current_password=PASSWORD, by=ada.caller, using=tools):
        return await password_changes.change(
            using, by, current_password=current_password, new_password=new_password, at=NOW
        )

    return run


@pytest.fixture
def log_in(tools, signer):
    async def run(password=PASSWORD):
        started = await logins.login(tools, caller(), email=ADDRESS, password=password, at=NOW)
        assert isinstance(started, logins.LoggedIn)
        return signer.verify(started.token)

    return run


async def test_a_change_ends_all_but_this_session_and_api_tokens(change, log_in, ada, eve, gate, hasher):
    other, token = await log_in(), await token_of(ada)
    for credential in (other, token, ada.caller.credential):
        assert await is_admitted(gate, credential)
    for purpose in Purpose:
        await issue(ada.id, purpose)
    before = len(await mails())

    assert await change(by=replace(ada.caller, address="192.0.2.7")) == NOW

    assert (await hasher.verify(NEW_PASSWORD, (await User.get(id=ada.id)).password_digest)).ok
    assert not await is_admitted(gate, other)
    for credential in (token, ada.caller.credential, eve.caller.credential):
        assert await is_admitted(gate, credential)
    assert await MailCode.filter(user_id=ada.id, ended_at=None).count() == 0
    (mail,) = (await mails())[before:]
    assert (mail["template"], mail["to"], mail["locale"]) == ("password_changed", ADDRESS, "en")
    assert mail["context"] == {"at": instants.written(NOW), "address": "192.0.2.7"}
    assert await actions(ada.id) == ["LOGGED_IN", "PASSWORD_CHANGED"]


@pytest.mark.parametrize(
    ("new_password", "problems"),
    [
        ("a river", ["TOO_SHORT"]),
        ("a" * 1_000_000, ["TOO_LONG"]),
        ("passwordpassword", ["COMMON_PASSWORD"]),
        ("seven bridges of gatehouse", ["HOLDS_PRODUCT_NAME"]),
        (PASSWORD, ["UNCHANGED"]),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_password_that_is_refused_is_not_hashed_and_changes_nothing(change, hasher, new_password, problems):
    before, computed = await stored(), hasher.computed

    with pytest.raises(errors.InvalidInput) as refusal:
        await change(new_password)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [
        (("newPassword",), code) for code in problems
    ]
    assert (await stored(), hasher.computed) == (before, computed + 1)


async def test_the_same_password_from_another_keyboard_is_unchanged(change, hasher, ada):
    composed, apart = "sept ponts et un caf\u00e9", "sept ponts et un cafe\u0301"
    await change(composed)

    with pytest.raises(errors.InvalidInput) as refusal:
        await change(apart, current_password=composed)

    assert [problem.code for problem in refusal.value.problems] == ["UNCHANGED"]


async def test_a_wrong_password_is_refused_before_the_new_one_is_checked_and_is_recorded(change, ada, hasher):
    before, computed = await stored(but=["audit_events"]), hasher.computed

    with pytest.raises(errors.WrongPassword):
        await change("a river", current_password=PASSWORD[1:])

    assert (await stored(but=["audit_events"]), hasher.computed) == (before, computed + 1)
    assert await actions(ada.id) == ["PASSWORD_REFUSED"]


async def test_after_ten_wrong_passwords_the_right_one_is_refused_and_nothing_hashed(change, hasher):
    for _ in range(10):
        with pytest.raises(errors.WrongPassword):
            await change(current_password="wrong")  # noqa: S106 - a wrong one
    before, computed = await stored(), hasher.computed

    with pytest.raises(errors.TooManyAttempts):
        await change()

    assert (await stored(), hasher.computed) == (before, computed)


async def test_right_passwords_are_given_back(change, ada):
    known = [PASSWORD, *(f"{NEW_PASSWORD} {number}" for number in range(11))]

    for current, new in pairwise(known):
        assert await change(new, current_password=current) == NOW


async def test_without_a_hashing_slot_no_attempt_is_spent(change, tools):
    full = FullHasher(1, passes=1, memory_kib=8)
    before = await stored()

    for _ in range(11):
        with pytest.raises(errors.ServiceUnavailable):
            await change(using=replace(tools, hasher=full))

    assert await stored() == before
    assert await change() == NOW
    full.close()


@pytest.mark.parametrize("event", ["logout", "another change", "suspension"])
async def test_what_happens_while_the_password_is_verified_stops_the_change(change, tools, gate, ada, log_in, event):
    other = caller(await log_in())
    after: list[Any] = []

    async def meanwhile():
        if after:
            return
        match event:
            case "logout":
                await sessions.logout(gate, ada.caller, at=NOW)
            case "another change":
                await change(f"{NEW_PASSWORD} again", by=other)
            case "suspension":
                await User.filter(id=ada.id).update(suspended_at=NOW)
        after.append(await stored())

    slow = MeddlingHasher(meanwhile)

    with pytest.raises(errors.Unauthenticated):
        await change(using=replace(tools, hasher=slow))

    assert [await stored()] == after
    slow.close()


async def test_of_two_changes_at_once_one_is_made(change, tools):
    # Both have verified the current password before one of them writes: else the later one has a wrong password.
    together = MeddlingHasher(asyncio.Barrier(2).wait, threads=2)
    both = [change(new, using=replace(tools, hasher=together)) for new in (NEW_PASSWORD, f"{NEW_PASSWORD} again")]

    answers = await asyncio.gather(*both, return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["Unauthenticated", "datetime"]
    assert [mail["template"] for mail in await mails()] == ["password_changed"]
    together.close()


async def test_a_login_that_hashes_while_the_password_is_changed_leaves_no_session(change, tools, ada):
    slow = MeddlingHasher(change)

    with pytest.raises(errors.LoginRefused):
        await logins.login(replace(tools, hasher=slow), caller(), email=ADDRESS, password=PASSWORD, at=NOW)

    assert await Session.filter(revoked_at=None).values_list("id", flat=True) == [ada.caller.credential.id]
    slow.close()


async def test_a_code_from_before_the_change_resets_nothing(change, tools, ada):
    code = await issue(ada.id, Purpose.RESET_PASSWORD)
    await change()

    with pytest.raises(errors.CodeRefused):
        await recovery.reset(tools, caller(), code=code, new_password=PASSWORD, at=NOW)


async def test_it_takes_a_session(change, ada, visitor):
    before = await stored()

    with pytest.raises(errors.Forbidden):
        await change(by=ada.by_token("INFER", "READ"))
    with pytest.raises(errors.Unauthenticated):
        await change(by=visitor)

    assert await stored() == before
