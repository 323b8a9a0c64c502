"""What a login hands out between its two steps."""

import asyncio
from datetime import timedelta

import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

import errors
from access import mail_codes
from db.models.audit_events import AuditEvent
from db.models.mail_codes import MailCode, Purpose
from db.models.users import User
from resolvers import two_factor
from tests.mails import until
from tests.resolvers.conftest import PASSWORD, caller
from tests.resolvers.programs import *  # noqa: F403 - its fixtures
from tests.resolvers.programs import LATER, STEP, state

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def other_purpose(user_id):
    await MailCode.filter(purpose=Purpose.SECOND_FACTOR).update(purpose=Purpose.RESET_PASSWORD)


async def ended(user_id):
    # As a reset of the password ends them.
    async with in_transaction() as tx:
        await mail_codes.end(tx, user_id, at=LATER)


async def expired(user_id):
    await MailCode.all().update(expires_at=LATER)


async def suspended(user_id):
    await User.filter(id=user_id).update(suspended_at=LATER)


async def unverified(user_id):
    await User.filter(id=user_id).update(email_verified_at=None)


async def deleted(user_id):
    await User.filter(id=user_id).delete()


@pytest.mark.parametrize("change", [other_purpose, ended, expired, suspended, unverified, deleted])
async def test_a_challenge_is_worth_nothing_after(change, ada, program, challenge, complete):
    one = await challenge()
    await change(ada.id)
    before = await state()

    with pytest.raises(errors.CodeRefused) as refusal:
        await complete(one, program.shows(LATER))

    assert str(refusal.value) == "This code is unknown, used, expired or made for something else. Try a new one."
    assert await state() == before


async def test_a_password_reset_while_the_code_is_looked_at_ends_the_login(ada, program, challenge, complete):
    one, locked, go_on = await challenge(), asyncio.Event(), asyncio.Event()

    # In a task of its own: a task that is made within a transaction is part of it.
    async def reset():
        async with in_transaction() as tx:
            await User.filter(id=ada.id).using_db(tx).select_for_update().first()
            locked.set()
            await go_on.wait()
            await mail_codes.end(tx, ada.id, at=LATER)

    resetting = asyncio.create_task(reset())
    await locked.wait()
    completing = asyncio.create_task(complete(one, program.shows(LATER)))
    await until(waiting_for_the_row)
    go_on.set()
    await resetting

    with pytest.raises(errors.CodeRefused):
        await completing


async def waiting_for_the_row():
    return await Tortoise.get_connection("default").execute_query_dict(WAITING)


async def test_a_challenge_works_for_five_minutes(program, challenge, complete):
    one, other = await challenge(), await challenge()
    end = LATER + timedelta(minutes=5)

    await complete(one, program.shows(end), at=end - timedelta(microseconds=1))
    with pytest.raises(errors.CodeRefused):
        await complete(other, program.recovery_codes[0], at=end)


async def test_a_challenge_works_once(program, challenge, complete):
    one = await challenge()
    await complete(one, program.shows(LATER))
    before = await state()

    with pytest.raises(errors.CodeRefused):
        await complete(one, program.recovery_codes[0])

    assert await state() == before


async def test_an_invalid_challenge_is_refused_and_counted(program, challenge, complete, unseen):
    by = caller()
    # One that is right is given back.
    await complete(await challenge(), program.recovery_codes[1], by=by)

    for text in ["", "A" * 32, "\0" * 32, "é" * 32, "A" * 1_000_000, program.recovery_codes[0]] + ["B" * 32] * 94:
        with unseen(), pytest.raises(errors.CodeRefused):
            await complete(text, program.shows(LATER), by=by)

    with pytest.raises(errors.TooManyAttempts):
        await complete("A" * 32, program.shows(LATER), by=by)
    assert await AuditEvent.filter(action="SECOND_FACTOR_REFUSED").count() == 0


async def test_turning_it_off_ends_logins_that_wait_for_a_code(tools, ada, program, challenge, complete):
    one = await challenge()
    await two_factor.disable(tools, ada.caller, password=PASSWORD, code=program.shows(LATER), at=LATER)
    assert await MailCode.filter(ended_at=None).count() == 0

    for code in (program.shows(LATER + STEP), program.recovery_codes[0]):
        with pytest.raises(errors.CodeRefused):
            await complete(one, code, at=LATER + STEP)
