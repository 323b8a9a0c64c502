"""The second step of a login: the codes, and how often one may try."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from joserfc.jwk import OctKey

import errors
from access.sealing import Sealer
from db.models.audit_events import ActorKind, AuditEvent
from db.models.second_factors import RecoveryCode, SecondFactor
from db.models.sessions import Session
from resolvers import logins, two_factor
from tests.resolvers.conftest import NOW, PASSWORD, caller
from tests.resolvers.programs import *  # noqa: F403 - its fixtures
from tests.resolvers.programs import LATER, STEP, WRONG, state


async def refusals():
    return await AuditEvent.filter(action="SECOND_FACTOR_REFUSED").count()


async def counted(work):
    answers = await asyncio.gather(*work, return_exceptions=True)
    return sorted(type(answer).__name__ for answer in answers)


async def test_a_code_works_once(program, challenge, complete):
    one, other = await challenge(), await challenge()
    await complete(one, program.shows(LATER))
    before = await state()

    with pytest.raises(errors.CodeRefused):
        await complete(other, program.shows(LATER))

    assert await state() == before
    await complete(other, program.shows(LATER + STEP), at=LATER + STEP)


async def test_the_code_that_turned_it_on_does_not_log_in(program, challenge, complete):
    with pytest.raises(errors.CodeRefused):
        await complete(await challenge(at=NOW), program.shows(NOW), at=NOW)


async def test_after_a_later_code_an_earlier_one_is_refused(program, challenge, complete):
    one, other = await challenge(), await challenge()
    await complete(one, program.shows(LATER + STEP))

    with pytest.raises(errors.CodeRefused):
        await complete(other, program.shows(LATER))


async def test_of_twenty_logins_at_once_with_one_code_one_begins_a_session(program, challenge, complete, known):
    challenges = [await challenge() for _ in range(20)]
    live = await Session.all().count()

    answers = await counted(complete(one, program.shows(LATER), by=known()) for one in challenges)

    assert answers.count("LoggedIn") == 1
    assert set(answers) == {"LoggedIn", "CodeRefused", "TooManyAttempts"}
    assert await Session.all().count() == live + 1
    assert await refusals() == answers.count("CodeRefused")


async def test_of_twenty_logins_at_once_with_one_recovery_code_one_begins_a_session(
    program, challenge, complete, known
):
    challenges = [await challenge() for _ in range(20)]
    live = await Session.all().count()

    answers = await counted(complete(one, program.recovery_codes[3], by=known()) for one in challenges)

    assert answers.count("LoggedIn") == 1
    assert set(answers) <= {"LoggedIn", "CodeRefused", "TooManyAttempts"}
    assert await Session.all().count() == live + 1
    assert await RecoveryCode.filter(used_at=None).count() == 9


async def test_a_challenge_used_at_once_with_different_codes_begins_one_session(program, challenge, complete, known):
    one, live = await challenge(), await Session.all().count()

    answers = await counted(complete(one, code, by=known()) for code in program.recovery_codes)

    assert answers == ["CodeRefused"] * 9 + ["LoggedIn"]
    assert await Session.all().count() == live + 1
    # Those that came too late have spent nothing.
    assert await RecoveryCode.filter(used_at=None).count() == 9


async def test_a_recovery_code_works_once_and_the_event_has_the_number_left(ada, program, challenge, complete):
    code = program.recovery_codes[0].lower().replace("-", " ")
    await complete(await challenge(), code)
    other = await challenge()
    before = await state()

    with pytest.raises(errors.CodeRefused):
        await complete(other, program.recovery_codes[0])

    assert await state() == before
    used = await AuditEvent.get(action="RECOVERY_CODE_USED")
    assert (used.user_id, used.actor_kind, used.detail) == (ada.id, ActorKind.VISITOR, "9 left")
    assert await RecoveryCode.filter(used_at=LATER).count() == 1
    await complete(other, program.recovery_codes[1])


async def test_recovery_codes_are_their_owners_alone(tools, eve, program, challenge, complete, enrol):
    hers = await enrol(eve)
    await two_factor.confirm(tools, eve.caller, hers.shows(NOW), at=NOW)

    for code in (hers.recovery_codes[0], hers.shows(LATER)):
        with pytest.raises(errors.CodeRefused):
            await complete(await challenge(), code)

    assert await RecoveryCode.filter(used_at=None).count() == 20


async def test_after_a_wrong_code_the_challenge_works_still(ada, program, challenge, complete):
    one = await challenge()
    before = await state()

    for code in (WRONG, "000000 1", "", "x" * 10_000):
        with pytest.raises(errors.CodeRefused):
            await complete(one, code, by=caller(address="192.0.2.7"))

    assert await state() == before
    noted = await AuditEvent.filter(action="SECOND_FACTOR_REFUSED")
    assert [(event.user_id, event.actor_kind, event.ip_address) for event in noted] == [
        (ada.id, ActorKind.VISITOR, "192.0.2.7")
    ] * 4
    await complete(one, program.shows(LATER))


async def test_the_eleventh_code_is_refused_unseen_though_it_is_right(program, challenge, complete, unseen):
    one = await challenge()
    for _ in range(10):
        with pytest.raises(errors.CodeRefused):
            await complete(one, WRONG)
    before = await state()

    for code in (program.shows(LATER), program.recovery_codes[0], WRONG):
        with unseen(), pytest.raises(errors.TooManyAttempts) as refusal:
            await complete(one, code)
        assert timedelta(minutes=14) < refusal.value.retry_after <= timedelta(minutes=15, seconds=2)

    assert await state() == before
    assert await refusals() == 10


async def test_right_codes_are_given_back(program, challenge, complete):
    one = await challenge()
    for _ in range(9):
        with pytest.raises(errors.CodeRefused):
            await complete(one, WRONG)

    for code in program.recovery_codes:
        await complete(await challenge(), code)

    with pytest.raises(errors.CodeRefused):
        await complete(one, WRONG)
    with pytest.raises(errors.TooManyAttempts):
        await complete(one, program.shows(LATER))


async def test_a_network_has_thirty_passwords_and_codes_together(tools, program, challenge, complete, known):
    one, network = await challenge(), str(uuid4())
    for by in [known() for _ in range(10)] + [caller() for _ in range(10)]:
        with pytest.raises(errors.CodeRefused):
            await complete(one, WRONG, by=replace(by, network=network))
    for number in range(10):
        by, address = replace(caller(), network=network), f"{number}@example.org"
        with pytest.raises(errors.LoginRefused):
            await logins.login(tools, by, email=address, password=PASSWORD, at=LATER)

    with pytest.raises(errors.TooManyAttempts):
        await complete(one, program.shows(LATER), by=replace(caller(), network=network))


async def test_however_many_cookies_of_known_browsers_there_are_they_have_ten_codes(
    program, challenge, complete, known
):
    one = await challenge()
    for _ in range(10):
        with pytest.raises(errors.CodeRefused):
            await complete(one, WRONG, by=known())

    with pytest.raises(errors.TooManyAttempts):
        await complete(one, program.shows(LATER), by=known())


async def test_attackers_with_the_password_do_not_lock_out_a_known_browser(program, challenge, complete, known):
    one = await challenge()
    for _ in range(10):
        with pytest.raises(errors.CodeRefused):
            await complete(one, WRONG)
    with pytest.raises(errors.TooManyAttempts):
        await complete(one, program.shows(LATER))

    assert isinstance(await complete(one, program.shows(LATER), by=known()), logins.LoggedIn)


async def test_what_could_not_be_looked_at_is_given_back(program, challenge, complete, monkeypatch):
    one = await challenge()

    async def fail(*_, **__):
        raise errors.ServiceUnavailable

    with monkeypatch.context() as patch:
        patch.setattr("resolvers.logins.open_session", fail)
        for _ in range(11):
            with pytest.raises(errors.ServiceUnavailable):
                await complete(one, program.shows(LATER))

    await complete(one, program.shows(LATER))


async def test_a_secret_whose_key_is_gone_lets_in_by_recovery_codes_alone(tools, ada, program, challenge, caplog):
    other_key = replace(tools, sealer=Sealer([OctKey.import_key(uuid4().bytes * 2, {"kid": "two"})]))
    one = await challenge()

    with caplog.at_level(logging.ERROR), pytest.raises(errors.CodeRefused):
        await two_factor.complete_login(other_key, caller(), challenge=one, code=program.shows(LATER), at=LATER)
    assert [record.getMessage() for record in caplog.records] == [
        f"The second factor of user {ada.id} cannot be opened: docs/decisions/0014-two-factor.md."
    ]

    recovery = program.recovery_codes
    started = await two_factor.complete_login(other_key, caller(), challenge=one, code=recovery[0], at=LATER)
    assert started.user.id == ada.id
    await two_factor.disable(other_key, started.caller, password=PASSWORD, code=recovery[1], at=LATER)
    assert not await two_factor.is_on(ada.id)


async def test_a_secret_is_worth_nothing_to_another_user(tools, ada, eve, program, enrol, challenge, complete):
    hers = await enrol(eve)
    (sealed,) = await SecondFactor.filter(user_id=eve.id).values_list("sealed_secret", flat=True)
    await SecondFactor.filter(user_id=ada.id).update(sealed_secret=sealed)

    with pytest.raises(errors.CodeRefused):
        await complete(await challenge(), hers.shows(LATER))
