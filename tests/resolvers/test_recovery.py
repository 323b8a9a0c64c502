import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import errors
from access.passwords import Hasher
from db.models.mail_codes import MailCode, Purpose
from db.models.mail_cooldowns import MailCooldown
from db.models.second_factors import SecondFactor
from db.models.sessions import Session
from db.models.users import User
from resolvers import instants, recovery, registration
from tests.loop_time import LoopTime
from tests.resolvers.accounts import ADDRESS, NEW_PASSWORD, actions, issue, stored, token_of
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted, mails

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def quick(tools):
    """With a place for everybody; it has computed nothing yet."""
    made = Hasher(100, passes=1, memory_kib=8)
    yield replace(tools, hasher=made)
    made.close()


@pytest.fixture
def reset(tools):
    async def run(code, new_password=NEW_PASSWORD, *, at=NOW, by=None, using=tools):
        return await recovery.reset(using, by or caller(), code=code, new_password=new_password, at=at)

    return run


@pytest.fixture
def send_code(tools):
    """Requests an email and returns the code in it."""

    async def run(email=ADDRESS, *, at=NOW):
        await recovery.request(tools, caller(), email, at=at)
        return (await mails())[-1]["context"]["code"]

    return run


async def test_a_reset_request_sends_a_mail_with_a_code(tools, ada):
    await User.filter(id=ada.id).update(locale="ja")

    assert await recovery.request(tools, caller(), " ADA@example.org", at=NOW) == ADDRESS

    (mail,) = await mails()
    code = mail["context"].pop("code")
    assert (mail["template"], mail["to"], mail["locale"]) == ("reset_password", ADDRESS, "ja")
    assert mail["context"] == {"minutes": "60"}
    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){7}", code)
    made = await MailCode.get()
    assert (made.user_id, made.purpose, made.expires_at) == (ada.id, "RESET_PASSWORD", NOW + timedelta(hours=1))
    assert await actions(ada.id) == ["PASSWORD_RESET_REQUESTED"]


@pytest.mark.usefixtures("steady")
async def test_a_reset_request_reveals_nothing_about_an_address(tools, new_person):
    for name in ("known", "pending", "out"):
        await new_person(f"{name}@example.org")
    await User.filter(email="pending@example.org").update(email_verified_at=None)
    await User.filter(email="out@example.org").update(suspended_at=NOW)

    took = []
    for address in [f"{name}@example.org" for name in ("known", "pending", "out", "nobody")]:
        async with LoopTime() as passed:
            assert await recovery.request(tools, caller(), address, at=NOW) == address
        took.append(passed)

    assert [mail["to"] for mail in await mails()] == ["known@example.org", "pending@example.org"]
    assert min(passed.on_the_clock for passed in took) >= 0.25
    assert max(passed.seconds for passed in took) < 1


async def test_of_fifty_concurrent_requests_six_send_a_mail(tools, ada):
    asking = (recovery.request(tools, caller(), ADDRESS, at=NOW) for _ in range(50))
    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["TooManyAttempts"] * 44 + ["str"] * 6
    assert len(await mails()) == 6


@pytest.mark.parametrize("address", [ADDRESS, "nobody@example.org"])
async def test_an_address_has_so_many_mails_an_hour_known_or_not(tools, ada, address):
    strict = replace(tools, settings=replace(tools.settings, mails_per_address=1))
    await recovery.request(strict, caller(), address, at=NOW)
    before = await stored()

    with pytest.raises(errors.TooManyAttempts):
        await recovery.request(strict, caller(), address, at=LATER)

    assert await stored() == before


async def test_a_malformed_address_is_refused_as_such(tools, ada):
    with pytest.raises(errors.InvalidInput) as refusal:
        await recovery.request(tools, caller(), "ada", at=NOW)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(("email",), "INVALID_EMAIL")]
    assert await MailCooldown.all().count() == 0


async def test_a_code_sets_a_password_and_ends_all_but_api_tokens(tools, gate, hasher, ada, eve, send_code, reset):
    token, by = await token_of(ada), caller(address="192.0.2.7")
    assert await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, token)
    code = await send_code()
    for purpose in Purpose:
        await issue(ada.id, purpose)

    done = await reset(code.lower().replace("-", " "), by=by)

    user = await User.get(id=ada.id)
    assert (await hasher.verify(NEW_PASSWORD, user.password_digest)).ok
    assert not await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, token)
    assert await is_admitted(gate, eve.caller.credential)
    assert (await Session.get(user_id=ada.id)).revoked_at == NOW
    assert await MailCode.filter(user_id=ada.id, ended_at=None).count() == 0
    assert done.at == NOW
    assert tools.devices.recognise(done.device, ADDRESS, at=NOW) is not None
    mail = (await mails())[-1]
    assert (mail["template"], mail["to"], mail["locale"]) == ("password_changed", ADDRESS, "en")
    assert mail["context"] == {"at": instants.written(NOW), "address": "192.0.2.7"}
    assert await actions(ada.id) == ["PASSWORD_RESET", "PASSWORD_RESET_REQUESTED"]


async def test_a_reset_is_no_login_and_leaves_the_second_factor_on(ada, send_code, reset):
    await SecondFactor.create(user=ada.user, sealed_secret="-", created_at=NOW, confirmed_at=NOW)  # noqa: S106 - none

    await reset(await send_code())

    assert await Session.filter(revoked_at=None).count() == 0
    assert await SecondFactor.filter(user_id=ada.id, confirmed_at=NOW).exists()


@pytest.fixture
def bad_code(ada, send_code, reset, quick):
    async def make(which):
        match which:
            case "of another purpose":
                return await issue(ada.id, Purpose.CHANGE_EMAIL, email="new@example.org")
            case "older than another":
                old = await send_code()
                await send_code(at=LATER)
                return old
            case "used":
                code = await send_code()
                await reset(code, using=quick)
                return code
            case "expired":
                code = await send_code()
                await MailCode.all().update(expires_at=NOW)
                return code
            case "of a suspended user":
                code = await send_code()
                await User.filter(id=ada.id).update(suspended_at=NOW)
                return code
        return which

    return make


@pytest.mark.parametrize(
    "which",
    ["", "A" * 32, "\0", "of another purpose", "older than another", "used", "expired", "of a suspended user"],
)
async def test_a_code_that_does_not_work_costs_no_digest_and_changes_nothing(bad_code, reset, hasher, which):
    code = await bad_code(which)
    before, computed = await stored(), hasher.computed

    with pytest.raises(errors.CodeRefused):
        await reset(code)

    assert (await stored(), hasher.computed) == (before, computed)


async def test_of_fifty_concurrent_uses_of_a_code_one_sets_the_password(ada, send_code, reset, quick):
    code = await send_code()

    answers = await asyncio.gather(
        *(reset(code, f"{NEW_PASSWORD} {number}", using=quick) for number in range(50)), return_exceptions=True
    )

    (winner,) = [number for number, answer in enumerate(answers) if isinstance(answer, recovery.Reset)]
    assert sum(isinstance(answer, errors.CodeRefused) for answer in answers) == 49
    digest = (await User.get(id=ada.id)).password_digest
    assert (await quick.hasher.verify(f"{NEW_PASSWORD} {winner}", digest)).ok
    assert [mail["template"] for mail in await mails()] == ["reset_password", "password_changed"]


@pytest.mark.parametrize(
    ("password", "code"),
    [("a river", "TOO_SHORT"), ("a" * 1_000_000, "TOO_LONG"), ("passwordpassword", "COMMON_PASSWORD")],
    ids=["short", "long", "common"],
)
async def test_a_password_that_is_refused_leaves_the_code_usable(ada, send_code, reset, quick, password, code):
    given = await send_code()
    before = await stored()

    with pytest.raises(errors.InvalidInput) as refusal:
        await reset(given, password, using=quick)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(("newPassword",), code)]
    assert (await stored(), quick.hasher.computed) == (before, 0)
    assert (await reset(given, using=quick)).at == NOW


async def test_a_reset_verifies_the_address_and_ends_an_attackers_registration(tools, read, hasher, reset, send_code):
    theirs = registration.Registration(email=ADDRESS, password=PASSWORD, display_name="Eve")
    await registration.register(tools, caller(), theirs, arrived_at=datetime.now(UTC), at=NOW)
    eves = (await mails())[-1]["context"]["code"]

    await reset(await send_code())

    user = await User.get(email=ADDRESS)
    assert (user.email_verified_at, user.display_name) == (NOW, None)
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), eves, at=NOW)
    assert (await hasher.verify(NEW_PASSWORD, (await User.get(email=ADDRESS)).password_digest)).ok
    assert await actions(user.id) == ["EMAIL_VERIFIED", "PASSWORD_RESET", "PASSWORD_RESET_REQUESTED", "REGISTERED"]
