"""Turning two-factor login on and off."""

import asyncio
from base64 import b32encode, urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from starlette.datastructures import Secret

import errors
from access.passwords import Hasher
from db.models.audit_events import ActorKind, AuditEvent
from db.models.second_factors import RecoveryCode, SecondFactor
from db.models.sessions import Session
from db.models.users import User
from limits.gate import Gate
from resolvers import logins, two_factor
from resolvers.instants import written
from tests.hashing import QUICK
from tests.loop_time import LoopTime
from tests.resolvers.conftest import NOW, PASSWORD, is_admitted, mails
from tests.resolvers.programs import *  # noqa: F403 - its fixtures
from tests.resolvers.programs import LATER, STEP, WRONG, state


@pytest.fixture
def disable(tools, ada):
    async def run(password, code, *, by=None, at=LATER):
        return await two_factor.disable(tools, by or ada.caller, password=password, code=code, at=at)

    return run


async def actions():
    return [event.action async for event in AuditEvent.all()]


async def test_from_the_offer_to_the_end(tools, ada, enrol, login, complete, disable, gate):
    program = await enrol(ada)
    assert not await two_factor.is_on(ada.id)
    assert isinstance(await login(at=NOW), logins.LoggedIn)

    assert await two_factor.confirm(tools, ada.caller, program.shows(NOW), at=NOW) == NOW
    assert await two_factor.is_on(ada.id)
    started = await login()
    assert isinstance(started, logins.SecondFactorNeeded)
    assert started.expires_at == LATER + timedelta(minutes=5)
    logged_in = await complete(started.challenge, program.shows(LATER))
    assert await is_admitted(gate, logged_in.caller.credential)
    assert (logged_in.user.id, logged_in.session.created_at) == (ada.id, LATER)

    after = LATER + timedelta(minutes=1)
    assert await disable(PASSWORD, program.shows(after), at=after) == after
    assert not await two_factor.is_on(ada.id)
    assert (await SecondFactor.all().count(), await RecoveryCode.all().count()) == (0, 0)
    assert isinstance(await login(at=after), logins.LoggedIn)


async def test_each_change_has_its_event_and_its_mail(ada, program, disable):
    await disable(PASSWORD, program.shows(LATER))

    *first, last = await AuditEvent.all().order_by("at")
    assert {event.action for event in first} == {"TWO_FACTOR_OFFERED", "TWO_FACTOR_ENABLED"}
    assert (last.action, last.at) == ("TWO_FACTOR_DISABLED", LATER)
    assert {(event.user_id, event.actor_kind) for event in (*first, last)} == {(ada.id, ActorKind.SELF)}
    assert [(mail["template"], mail["to"], mail["context"]) for mail in await mails()] == [
        (f"two_factor_{what}", "ada@example.org", {"at": written(at), "address": ada.caller.address})
        for what, at in (("enabled", NOW), ("disabled", LATER))
    ]


async def test_the_address_names_service_and_user(program):
    assert (program.totp.issuer, program.totp.name) == ("Gatehouse (front.example.org)", "ada@example.org")
    assert len(program.recovery_codes) == 10


async def test_neither_the_secret_nor_recovery_codes_are_stored_in_clear(program):
    secret = program.totp.byte_secret()

    stored = repr([await table.all().values() for table in (SecondFactor, RecoveryCode)])

    base64 = urlsafe_b64encode(secret).decode().rstrip("=")
    for shown in (repr(secret)[2:-1], secret.hex(), b32encode(secret).decode(), base64):
        assert shown not in stored
    for code in program.recovery_codes:
        assert code not in stored
        assert code.replace("-", "") not in stored
    assert await RecoveryCode.all().count() == 10


async def test_a_new_offer_replaces_one_that_was_not_confirmed(tools, ada, enrol, disable):
    first, second = await enrol(ada), await enrol(ada)
    assert await RecoveryCode.all().count() == 10
    with pytest.raises(errors.CodeRefused):
        await two_factor.confirm(tools, ada.caller, first.shows(NOW), at=NOW)
    assert not await two_factor.is_on(ada.id)

    await two_factor.confirm(tools, ada.caller, second.shows(NOW), at=NOW)

    with pytest.raises(errors.CodeRefused):
        await disable(PASSWORD, first.recovery_codes[0])
    await disable(PASSWORD, second.recovery_codes[0])


async def test_of_offers_made_at_once_one_stays_and_of_confirmations_one_counts(tools, ada, enrol):
    programs = await asyncio.gather(*(enrol(ada) for _ in range(5)))
    assert (await SecondFactor.all().count(), await RecoveryCode.all().count()) == (1, 10)

    work = [two_factor.confirm(tools, ada.caller, program.shows(NOW), at=NOW) for program in programs * 2]
    answers = await asyncio.gather(*work, return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["CodeRefused"] * 9 + ["datetime"]
    assert len(await mails()) == 1


async def test_while_it_is_on_it_cannot_be_replaced(tools, ada, program):
    before = await state()

    with pytest.raises(errors.Forbidden) as refusal:
        await two_factor.enrol(tools, ada.caller, PASSWORD, at=LATER)

    assert str(refusal.value) == "Two-factor login is on. Turn it off first."
    assert await state() == before


async def test_an_offer_takes_the_password(tools, ada):
    with pytest.raises(errors.WrongPassword):
        await two_factor.enrol(tools, ada.caller, "wrong", at=NOW)

    assert (await SecondFactor.all().count(), await RecoveryCode.all().count()) == (0, 0)
    assert await actions() == ["PASSWORD_REFUSED"]


async def test_turning_it_on_ends_the_other_sessions(tools, ada, eve, enrol, login, gate, signer):
    program = await enrol(ada)
    other = signer.verify((await login(at=NOW)).token)
    assert await is_admitted(gate, other)

    await two_factor.confirm(tools, ada.caller, program.shows(NOW), at=NOW)

    assert not await is_admitted(gate, other)
    assert await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, eve.caller.credential)


async def test_only_a_right_code_turns_on_what_was_offered(tools, ada, enrol):
    with pytest.raises(errors.CodeRefused):
        await two_factor.confirm(tools, ada.caller, "123456", at=NOW)
    program = await enrol(ada)
    before = await state()

    for code in (program.shows(NOW - 10 * STEP), program.recovery_codes[0], "", "1" * 10_000):
        with pytest.raises(errors.CodeRefused):
            await two_factor.confirm(tools, ada.caller, code, at=NOW)

    assert await state() == before
    assert (await actions()).count("SECOND_FACTOR_REFUSED") == 5


async def test_the_eleventh_code_to_turn_it_on_is_refused_unseen(tools, ada, enrol, unseen):
    program = await enrol(ada)
    for _ in range(10):
        with pytest.raises(errors.CodeRefused):
            await two_factor.confirm(tools, replace(ada.caller, network=str(uuid4())), WRONG, at=NOW)

    with unseen(), pytest.raises(errors.TooManyAttempts):
        await two_factor.confirm(tools, ada.caller, program.shows(NOW), at=NOW)

    assert not await two_factor.is_on(ada.id)


async def test_turning_it_off_takes_password_and_code(program, disable):
    before = await state()

    with pytest.raises(errors.WrongPassword):
        await disable("wrong", program.shows(LATER))
    with pytest.raises(errors.WrongPassword):
        await disable("wrong", WRONG)
    for code in (WRONG, program.shows(NOW), ""):
        with pytest.raises(errors.CodeRefused):
            await disable(PASSWORD, code)

    assert await state() == before
    assert (await actions()).count("PASSWORD_REFUSED") == 2
    assert (await actions()).count("SECOND_FACTOR_REFUSED") == 3


async def test_two_factor_login_that_is_off_cannot_be_turned_off(ada, enrol, disable):
    with pytest.raises(errors.CodeRefused):
        await disable(PASSWORD, WRONG)
    program = await enrol(ada)
    before = await state()

    for code in (program.shows(LATER), program.recovery_codes[0]):
        with pytest.raises(errors.CodeRefused):
            await disable(PASSWORD, code)

    assert await state() == before


async def test_password_and_code_are_one_attempt_of_ten(ada, program, disable, unseen, hasher):
    for number in range(10):
        by = replace(ada.caller, network=str(uuid4()))
        with pytest.raises(errors.CodeRefused if number % 2 else errors.WrongPassword):
            await disable(PASSWORD if number % 2 else "wrong", WRONG, by=by)
    computed = hasher.computed

    with unseen(), pytest.raises(errors.TooManyAttempts):
        await disable(PASSWORD, program.shows(LATER))

    assert hasher.computed == computed
    assert await two_factor.is_on(ada.id)


async def test_a_revoked_session_changes_nothing(tools, ada, enrol, disable):
    program = await enrol(ada)
    await Session.filter(user_id=ada.id).update(revoked_at=NOW)
    before = await state()

    for work in (
        enrol(ada),
        two_factor.confirm(tools, ada.caller, program.shows(NOW), at=NOW),
        disable(PASSWORD, program.shows(NOW), at=NOW),
    ):
        with pytest.raises(errors.Unauthenticated):
            await work

    assert await state() == before


async def test_a_password_that_changes_while_it_is_verified_offers_nothing(tools, ada):
    class Changing(Hasher):
        async def verify(self, password, digest):
            verified = await super().verify(password, digest)
            await User.filter(id=ada.id).update(password_digest="-")  # noqa: S106 - no password
            return verified

    changing = Changing(1, **QUICK)

    with pytest.raises(errors.Unauthenticated):
        await two_factor.enrol(replace(tools, hasher=changing), ada.caller, PASSWORD, at=NOW)

    assert await SecondFactor.all().count() == 0
    changing.close()


MAY_NOT = {
    "enrol": lambda tools, who: two_factor.enrol(tools, who, PASSWORD, at=NOW),
    "confirm": lambda tools, who: two_factor.confirm(tools, who, "123456", at=NOW),
    "disable": lambda tools, who: two_factor.disable(tools, who, password=PASSWORD, code="123456", at=NOW),
}


@pytest.mark.parametrize("act", MAY_NOT.values(), ids=MAY_NOT)
async def test_it_takes_a_session(tools, ada, visitor, act):
    with pytest.raises(errors.Forbidden):
        await act(tools, ada.by_token("INFER", "READ"))
    with pytest.raises(errors.Unauthenticated):
        await act(tools, visitor)

    assert await actions() == []


async def test_without_redis_no_code_is_tried(tools, read, ada, program, unseen):
    away = Gate(replace(read, redis_url=Secret("redis://127.0.0.1:1")))
    cut_off = replace(tools, gate=away, attempts=away.attempts(uuid4().bytes))
    before = await state()

    for work in (
        *(act(cut_off, ada.caller) for act in MAY_NOT.values()),
        two_factor.complete_login(cut_off, ada.caller, challenge="A" * 32, code=program.shows(LATER), at=LATER),
    ):
        async with LoopTime() as passed:
            with unseen(), pytest.raises(errors.ServiceUnavailable):
                await work
        assert passed.seconds < 2

    assert await state() == before
    await away.aclose()
