import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import errors
from db.models.mail_codes import MailCode
from db.models.mail_cooldowns import MailCooldown
from db.models.users import User
from resolvers import registration
from resolvers.registration import Registration
from tests.hashing import Hold
from tests.loop_time import LoopTime
from tests.mails import until
from tests.resolvers.conftest import NOW, PASSWORD, caller, mails

ADDRESS = "ada@example.org"
LATER = NOW + timedelta(minutes=1)
OTHER_PASSWORD = "another long password"  # noqa: S105 - a test's own


@pytest.fixture
def register(tools):
    async def run(email=ADDRESS, password=PASSWORD, *, at=NOW, arrived_at=None, by=None, **more):
        given = Registration(email=email, password=password, **more)
        return await registration.register(
            tools, by or caller(), given, arrived_at=arrived_at or datetime.now(UTC), at=at
        )

    return run


async def codes():
    return [mail["context"]["code"] for mail in await mails() if mail["template"] == "verify_email"]


async def password_is(hasher, password):
    user = await User.get(email=ADDRESS)
    return (await hasher.verify(password, user.password_digest)).ok


async def test_a_registration_sends_a_mail_and_its_code_verifies_the_user(register, hasher, tools):
    assert await register(" Ada@EXAMPLE.org", display_name=" Ada ", locale="de-CH") == ADDRESS

    (mail,) = await mails()
    assert (mail["template"], mail["to"], mail["locale"]) == ("verify_email", ADDRESS, "de-CH")
    assert mail["context"]["hours"] == "24"
    user = await User.get(email=ADDRESS).select_related("plan")
    assert (user.email_verified_at, user.display_name, user.plan.name) == (None, "Ada", "free")

    assert await registration.verify(tools, caller(), mail["context"]["code"], at=NOW) == ADDRESS

    user = await User.get(email=ADDRESS)
    assert (user.email_verified_at, user.display_name, user.locale) == (NOW, "Ada", "de-CH")
    assert await password_is(hasher, PASSWORD)


async def test_a_hundred_concurrent_registrations_of_one_address_make_one_user_and_one_mail(register, hasher, read):
    answers = await asyncio.gather(*(register() for _ in range(100)))

    assert answers == [ADDRESS] * 100
    assert await User.all().count() == 1
    assert len(await mails()) == 1


async def test_known_and_unknown_addresses_get_one_answer_after_the_same_work(register, hasher, ada):
    answers = []
    for email in ("ada@example.org", "bob@example.org"):
        before = hasher.computed
        answers.append((await register(email) == email, hasher.computed - before))

    assert answers == [(True, 1), (True, 1)]
    assert [mail["template"] for mail in await mails()] == ["already_registered", "verify_email"]


async def test_a_known_address_changes_nothing_but_a_mail(register, hasher, ada):
    before = await User.get(id=ada.id).values()

    await register(password=OTHER_PASSWORD, display_name="Eve", locale="de")

    assert await User.all().values() == [before]
    assert await MailCode.all().count() == 0
    (mail,) = await mails()
    assert (mail["template"], mail["to"], mail["locale"], mail["context"]) == ("already_registered", ADDRESS, "en", {})


@pytest.mark.parametrize("known", [True, False])
async def test_registrations_that_overlap_have_one_mail_and_the_same_work(register, hasher, new_person, known):
    if known:
        await new_person(ADDRESS)
    early = datetime.now(UTC)
    await register()
    before = hasher.computed

    await register(arrived_at=early)
    assert (len(await mails()), hasher.computed - before) == (1, 1)

    await register()
    assert (len(await mails()), hasher.computed - before) == (2, 2)


async def test_the_mail_that_is_used_decides_whose_password_it_is(register, hasher, tools):
    """Eve registers Ada's address after Ada did: Ada's own email still works, and gives Ada's password force."""
    await register(display_name="Ada")
    await register(password=OTHER_PASSWORD, display_name="Eve", at=LATER)
    adas, eves = await codes()

    await registration.verify(tools, caller(), adas, at=LATER)

    assert await password_is(hasher, PASSWORD)
    assert not await password_is(hasher, OTHER_PASSWORD)
    assert (await User.get(email=ADDRESS)).display_name == "Ada"
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), eves, at=LATER)
    assert await password_is(hasher, PASSWORD)


async def test_an_earlier_registration_gains_nothing_when_the_owner_registers_later(register, hasher, tools):
    await register(password=OTHER_PASSWORD)
    await register(at=LATER)
    eves, adas = await codes()

    await registration.verify(tools, caller(), adas, at=LATER)

    assert await password_is(hasher, PASSWORD)
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), eves, at=LATER)


async def test_of_fifty_concurrent_uses_of_a_code_one_succeeds(register, tools):
    await register()
    (code,) = await codes()

    answers = await asyncio.gather(
        *(registration.verify(tools, caller(), code, at=NOW) for _ in range(50)), return_exceptions=True
    )

    assert answers.count(ADDRESS) == 1
    assert [type(answer) for answer in answers if answer != ADDRESS] == [errors.CodeRefused] * 49


async def test_two_codes_of_one_user_used_at_once_verify_once_and_do_not_wait_for_each_other(register, tools):
    for minute in range(6):
        await register(at=NOW + timedelta(minutes=minute))

    answers = await asyncio.gather(
        *(registration.verify(tools, caller(), code, at=LATER) for code in await codes()), return_exceptions=True
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["CodeRefused"] * 5 + ["str"]


@pytest.mark.parametrize("code", ["", "ABCD", "A" * 32, "\0", "\ud800" * 32])
async def test_a_malformed_code_is_refused(read, code, tools):
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), code, at=NOW)


async def test_an_expired_code_changes_nothing(register, tools):
    await register()
    (code,) = await codes()

    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), code, at=NOW + timedelta(hours=24))

    assert (await User.get(email=ADDRESS)).email_verified_at is None


async def test_a_mail_sent_again_ends_the_code_before_it(register, read, hasher, tools):
    await register()

    assert await registration.resend(tools, caller(), "ADA@example.org ", at=NOW) == ADDRESS

    old, new = await codes()
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), old, at=NOW)
    assert await registration.verify(tools, caller(), new, at=NOW) == ADDRESS
    assert await password_is(hasher, PASSWORD)


async def test_a_mail_sent_again_is_about_the_newest_registration_and_leaves_the_others(register, read, hasher, tools):
    await register()
    await register(password=OTHER_PASSWORD, at=LATER)
    await registration.resend(tools, caller(), ADDRESS, at=LATER)
    first, second, again = await codes()

    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), second, at=LATER)
    await registration.verify(tools, caller(), first, at=LATER)

    assert await password_is(hasher, PASSWORD)
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), again, at=LATER)


@pytest.mark.usefixtures("steady")
async def test_asking_for_the_mail_again_reveals_nothing(read, ada, register, tools):
    await register("bob@example.org")
    sent = len(await mails())

    took = []
    for address in ("ada@example.org", "bob@example.org", "nobody@example.org"):
        async with LoopTime() as passed:
            assert await registration.resend(tools, caller(), address, at=NOW) == address
        took.append(passed)

    assert len(await mails()) == sent + 1
    assert min(passed.on_the_clock for passed in took) >= 0.25
    assert max(passed.seconds for passed in took) < 1


async def test_asking_for_the_mail_again_sends_six_an_hour(read, register, tools):
    await register()

    asking = (registration.resend(tools, caller(), ADDRESS, at=NOW) for _ in range(50))
    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["TooManyAttempts"] * 44 + ["str"] * 6
    assert len(await mails()) == 1 + 6


async def test_an_owner_who_registers_just_after_an_attacker_gets_a_separate_mail(register, hasher, tools):
    await register(password=OTHER_PASSWORD)
    await register(password=PASSWORD)
    attackers, owners = await codes()

    assert await registration.verify(tools, caller(), owners, at=NOW) == ADDRESS

    assert await password_is(hasher, PASSWORD)
    assert not await password_is(hasher, OTHER_PASSWORD)
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), attackers, at=NOW)


@pytest.mark.parametrize(
    ("wrong", "problems"),
    [
        ({"email": "ada"}, [("email", "INVALID_EMAIL")]),
        ({"email": ""}, [("email", "INVALID_EMAIL")]),
        ({"email": "ada@localhost"}, [("email", "INVALID_EMAIL")]),
        ({"email": "ada@example.org\0"}, [("email", "INVALID_EMAIL")]),
        ({"email": "Ada <ada@example.org>"}, [("email", "INVALID_EMAIL")]),
        ({"email": "ada@example.org\nBcc: eve@example.org"}, [("email", "INVALID_EMAIL")]),
        ({"email": f"{'a' * 300}@example.org"}, [("email", "INVALID_EMAIL")]),
        ({"email": "a" * 10_000_000}, [("email", "INVALID_EMAIL")]),
        ({"email": "\ud800@example.org"}, [("email", "INVALID_EMAIL")]),
        ({"password": "pink elephants"}, [("password", "TOO_SHORT")]),
        ({"password": "a" * 257}, [("password", "TOO_LONG")]),
        ({"display_name": "a" * 81}, [("displayName", "TOO_LONG")]),
        ({"display_name": "a\0b"}, [("displayName", "INVALID_CHARACTER")]),
        ({"display_name": "a\u202eb"}, [("displayName", "INVALID_CHARACTER")]),
        ({"locale": "de_CH"}, [("locale", "INVALID_LOCALE")]),
        ({"locale": "de-" + "a" * 20}, [("locale", "INVALID_LOCALE")]),
        (
            {"email": "ada", "password": "a", "locale": ""},
            [("email", "INVALID_EMAIL"), ("password", "TOO_SHORT"), ("locale", "INVALID_LOCALE")],
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_wrong_input_is_named_and_nothing_changes(register, hasher, wrong, problems):
    before = hasher.computed

    with pytest.raises(errors.InvalidInput) as refusal:
        await register(**wrong)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [
        (("input", name), code) for name, code in problems
    ]
    assert (hasher.computed, await User.all().count(), await mails()) == (before, 0, [])
    assert await MailCooldown.all().count() == 0


async def test_without_a_hashing_slot_nothing_is_done_and_a_retry_works(tools, ada, monkeypatch):
    hold = Hold(monkeypatch)
    hasher = await hold.hasher(1)
    hold.close()
    using, given = replace(tools, hasher=hasher), Registration(email="bob@example.org", password=PASSWORD)
    busy = asyncio.create_task(hasher.hash(PASSWORD))
    await until(hold.begun.is_set)

    with pytest.raises(errors.ServiceUnavailable):
        await registration.register(using, caller(), given, arrived_at=datetime.now(UTC), at=NOW)

    assert (await User.filter(email="bob@example.org").exists(), await mails()) == (False, [])
    hold.open()
    await busy
    await registration.register(using, caller(), given, arrived_at=datetime.now(UTC), at=NOW)
    assert len(await mails()) == 1
    hasher.close()
