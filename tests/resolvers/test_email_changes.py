import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import errors
from db.models.audit_events import AuditEvent
from db.models.mail_codes import MailCode, Purpose
from db.models.users import User
from resolvers import email_changes, instants, recovery, registration, sessions
from tests.loop_time import LoopTime
from tests.mails import until
from tests.resolvers.accounts import ADDRESS, actions, issue, stored, token_of
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted, mails
from tests.resolvers.interference import MeddlingHasher

NEW = "lovelace@example.org"
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def request_change(tools, ada):
    async def run(new_email=NEW, *, password=PASSWORD, by=ada.caller, at=NOW, using=tools):
        return await email_changes.request(using, by, new_email=new_email, password=password, at=at)

    return run


@pytest.fixture
def confirm(tools):
    async def run(code, *, by=None, at=NOW):
        return await email_changes.confirm(tools, by or caller(), code, at=at)

    return run


@pytest.fixture
async def code(ada):
    return await issue(ada.id, Purpose.CHANGE_EMAIL, email=NEW)


def sent(mail):
    return mail["template"], mail["to"], mail["locale"], mail["context"]


async def test_a_change_sends_a_code_to_the_new_address_and_a_notice_to_the_current_one(request_change, ada):
    await User.filter(id=ada.id).update(locale="ja")

    assert await request_change(" Lovelace@EXAMPLE.org", by=replace(ada.caller, address="192.0.2.7")) == NEW

    asked, told = await mails()
    code = asked["context"].pop("code")
    assert sent(asked) == ("confirm_email_change", NEW, "ja", {"hours": "24"})
    context = {"new_email": NEW, "at": instants.written(NOW), "address": "192.0.2.7"}
    assert sent(told) == ("email_change_requested", ADDRESS, "ja", context)
    assert len(code) == 39
    made = await MailCode.get()
    assert (made.user_id, made.purpose, made.email) == (ada.id, "CHANGE_EMAIL", NEW)
    assert made.expires_at == NOW + timedelta(hours=24)
    assert (await User.get(id=ada.id)).email == ADDRESS
    event = await AuditEvent.get()
    assert (event.action, event.actor_kind, event.subject) == ("EMAIL_CHANGE_REQUESTED", "SELF", NEW)


@pytest.mark.usefixtures("steady")
async def test_an_address_that_is_taken_gets_another_mail_after_the_same_answer_and_time(request_change, ada, eve):
    await User.filter(id=eve.id).update(locale="ja")
    took = []
    for address in ("eve@example.org", NEW):
        async with LoopTime() as passed:
            assert await request_change(address) == address
        took.append(passed)

    assert [(mail["template"], mail["to"], mail["locale"]) for mail in await mails()] == [
        ("already_registered", "eve@example.org", "ja"),
        ("email_change_requested", ADDRESS, "en"),
        ("confirm_email_change", NEW, "en"),
        ("email_change_requested", ADDRESS, "en"),
    ]
    assert min(passed.on_the_clock for passed in took) >= 0.25
    assert max(passed.seconds for passed in took) < 1
    assert await actions(ada.id) == ["EMAIL_CHANGE_REQUESTED"] * 2


async def test_the_new_address_gets_six_mails_an_hour(request_change):
    answers = await asyncio.gather(*(request_change() for _ in range(9)), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["TooManyAttempts"] * 3 + ["str"] * 6
    assert [mail["template"] for mail in await mails()].count("confirm_email_change") == 6


async def test_a_newer_request_ends_the_code_before_it(request_change, confirm, code):
    await request_change("other@example.org")
    before = await stored()

    with pytest.raises(errors.CodeRefused):
        await confirm(code)

    assert await stored() == before


@pytest.mark.parametrize(
    ("address", "problem"),
    [("lovelace", "INVALID_EMAIL"), ("ADA@example.org", "UNCHANGED"), ("ada@refused.example", "DOMAIN_REFUSED")],
)
async def test_an_address_that_cannot_be_is_named_and_nothing_changes(request_change, tools, address, problem):
    settings = replace(tools.settings, refused_mail_domains=frozenset({"refused.example"}))
    before = await stored()

    with pytest.raises(errors.InvalidInput) as refusal:
        await request_change(address, using=replace(tools, settings=settings))

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(("newEmail",), problem)]
    assert await stored() == before


async def test_after_ten_wrong_passwords_the_right_one_is_refused_and_nothing_hashed(request_change, hasher):
    for _ in range(10):
        with pytest.raises(errors.WrongPassword):
            await request_change(password="wrong")  # noqa: S106 - a wrong one
    before, computed = await stored(), hasher.computed

    with pytest.raises(errors.TooManyAttempts):
        await request_change()

    assert (await stored(), hasher.computed) == (before, computed)


async def test_so_many_mails_go_from_a_network_in_an_hour(request_change, tools):
    strict = replace(tools, settings=replace(tools.settings, mails_per_network=1))
    await request_change(using=strict)
    before = await stored()

    with pytest.raises(errors.TooManyAttempts):
        await request_change("other@example.org", using=strict)

    assert await stored() == before


async def test_a_session_that_ends_while_the_password_is_verified_asks_for_nothing(request_change, tools, gate, ada):
    async def log_out():
        await sessions.logout(gate, ada.caller, at=NOW)

    slow = MeddlingHasher(log_out)

    with pytest.raises(errors.Unauthenticated):
        await request_change(using=replace(tools, hasher=slow))

    assert (await mails(), await MailCode.all().count()) == ([], 0)
    slow.close()


async def test_it_takes_a_session_to_ask(request_change, ada, visitor):
    before = await stored()

    with pytest.raises(errors.Forbidden):
        await request_change(by=ada.by_token("INFER", "READ"))
    with pytest.raises(errors.Unauthenticated):
        await request_change(by=visitor)

    assert await stored() == before


async def test_the_code_moves_the_address_and_ends_all_other_codes_but_no_credential(confirm, gate, ada, code):
    token = await token_of(ada)
    for purpose in Purpose:
        await issue(ada.id, purpose)

    assert await confirm(code, at=LATER) == NEW

    user = await User.get(id=ada.id)
    assert (user.email, user.email_verified_at) == (NEW, LATER)
    assert await MailCode.filter(ended_at=None).count() == 0
    assert await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, token)
    (mail,) = await mails()
    assert sent(mail) == ("email_changed", ADDRESS, "en", {"new_email": NEW, "at": instants.written(LATER)})
    event = await AuditEvent.get()
    assert (event.action, event.actor_kind, event.subject) == ("EMAIL_CHANGED", "SELF", NEW)


async def test_a_reset_code_sent_to_the_former_address_dies_with_the_change(confirm, tools, ada, code, hasher):
    theirs = await issue(ada.id, Purpose.RESET_PASSWORD)
    await confirm(code)
    before, computed = await stored(), hasher.computed

    with pytest.raises(errors.CodeRefused):
        await recovery.reset(tools, caller(), code=theirs, new_password=PASSWORD, at=NOW)

    assert (await stored(), hasher.computed) == (before, computed)


async def test_of_fifty_concurrent_uses_of_a_code_one_changes_the_address(confirm, code):
    answers = await asyncio.gather(*(confirm(code) for _ in range(50)), return_exceptions=True)

    assert answers.count(NEW) == 1
    assert sum(isinstance(answer, errors.CodeRefused) for answer in answers) == 49
    assert len(await mails()) == 1


@pytest.mark.parametrize("times", range(3))
async def test_of_several_users_who_change_to_one_address_at_once_one_gets_it(confirm, new_person, times):
    people = [await new_person(f"person{number}@example.org") for number in range(8)]
    given = [await issue(person.id, Purpose.CHANGE_EMAIL, email=NEW) for person in people]

    answers = await asyncio.gather(*(confirm(code) for code in given), return_exceptions=True)

    assert sorted(map(str, answers))[-1] == NEW
    assert sum(isinstance(answer, errors.CodeRefused) for answer in answers) == 7
    assert await User.filter(email=NEW).count() == 1
    assert len(await mails()) == 1


async def test_an_address_that_was_taken_since_is_refused_and_the_code_stays_valid(confirm, new_person, code):
    other = await new_person(NEW)
    before = await stored()

    with pytest.raises(errors.CodeRefused):
        await confirm(code)

    assert await stored() == before
    await User.filter(id=other.id).delete()
    assert await confirm(code) == NEW


async def test_a_user_who_only_registered_the_address_loses_it(confirm, tools, code, ada):
    theirs = registration.Registration(email=NEW, password=PASSWORD)
    await registration.register(tools, caller(), theirs, arrived_at=datetime.now(UTC), at=NOW)
    eves = (await mails())[-1]["context"]["code"]

    assert await confirm(code) == NEW

    assert await User.all().values_list("id", "email") == [(ada.id, NEW)]
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), eves, at=NOW)


async def test_a_registration_that_comes_between_look_and_write_does_not_keep_it_either(confirm, read, ada, code):
    other = await asyncpg.connect(str(read.database_url))
    registering = other.transaction()
    await registering.start()
    await other.execute(
        "INSERT INTO users SELECT gen_random_uuid(), $1, NULL, '-', NULL, 'en', 'USER', created_at, NULL, plan_id "
        "FROM users",
        NEW,
    )
    confirming = asyncio.create_task(confirm(code))
    await until(lambda: other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    await registering.commit()

    assert await confirming == NEW
    assert await User.all().values_list("id", "email") == [(ada.id, NEW)]
    await other.close()


@pytest.fixture
def bad_code(ada, confirm, code):
    async def make(which):
        match which:
            case "used":
                await confirm(code)
            case "expired":
                await MailCode.all().update(expires_at=NOW)
            case "of a suspended user":
                await User.filter(id=ada.id).update(suspended_at=NOW)
            case "of an unverified user":
                await User.filter(id=ada.id).update(email_verified_at=None)
            case "of another purpose":
                return await issue(ada.id, Purpose.RESET_PASSWORD)
            case _:
                return which
        return code

    return make


BAD = ["", "A" * 32, "used", "expired", "of another purpose", "of a suspended user", "of an unverified user"]


@pytest.mark.parametrize("which", BAD)
async def test_a_code_that_does_not_work_changes_nothing(bad_code, confirm, which):
    code = await bad_code(which)
    before = await stored()

    with pytest.raises(errors.CodeRefused):
        await confirm(code)

    assert await stored() == before
