import asyncio
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

import errors
from access import codes
from access.credentials import Credential, Kind
from access.passwords import Hasher
from db.models.api_tokens import ApiToken
from db.models.audit_events import AuditEvent
from db.models.mail_codes import MailCode, Purpose
from db.models.mail_cooldowns import MailCooldown
from db.models.second_factors import SecondFactor
from db.models.sessions import Session
from db.models.users import User
from resolvers import instants, recovery, registration
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted, mails

ADDRESS = "ada@example.org"
LATER = NOW + timedelta(minutes=1)
NEW_PASSWORD = "seven bridges and a river"  # noqa: S105 - a test's own
TABLES = ("users", "sessions", "api_tokens", "mail_codes", "audit_events", "second_factors", "recovery_codes")


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
def ask(tools):
    """Asks for the mail; the code in it."""

    async def run(email=ADDRESS, *, at=NOW):
        await recovery.request(tools, caller(), email, at=at)
        return (await mails())[-1]["context"]["code"]

    return run


async def stored(*, but=()):
    """All rows of what belongs to users, and the mails that wait."""
    database = Tortoise.get_connection("default")
    tables = [table for table in TABLES if table not in but]
    rows = {table: await database.execute_query_dict(f"SELECT * FROM {table} ORDER BY 1") for table in tables}  # noqa: S608 - all ours
    return {table: [str(row) for row in found] for table, found in rows.items()}, await mails()


async def actions(user_id):
    return await AuditEvent.filter(user_id=user_id).order_by("at", "action").values_list("action", flat=True)


async def issue(user_id, purpose, **more):
    async with in_transaction() as tx:
        return await codes.issue(tx, user_id, purpose, at=NOW, lifetime=timedelta(hours=1), **more)


async def token_of(person):
    row = await ApiToken.create(
        user=person.user, name="ci", hint="abcdef", scopes=["INFER"], created_at=NOW, expires_at=NOW + timedelta(days=1)
    )
    return Credential(Kind.API_TOKEN, row.id, person.id, frozenset({"INFER"}), row.expires_at)


async def test_who_forgot_the_password_gets_a_mail_with_a_code(tools, ada):
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
async def test_asking_tells_nothing_about_an_address(tools, new_person):
    for name in ("known", "pending", "out"):
        await new_person(f"{name}@example.org")
    await User.filter(email="pending@example.org").update(email_verified_at=None)
    await User.filter(email="out@example.org").update(suspended_at=NOW)

    took = []
    for address in [f"{name}@example.org" for name in ("known", "pending", "out", "nobody")]:
        begun = time.perf_counter()
        assert await recovery.request(tools, caller(), address, at=NOW) == address
        took.append(time.perf_counter() - begun)

    assert [mail["to"] for mail in await mails()] == ["known@example.org", "pending@example.org"]
    assert all(0.25 <= seconds < 1 for seconds in took)


async def test_of_fifty_who_ask_at_once_six_have_a_mail_sent(tools, ada):
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


async def test_what_is_no_address_is_said_to_be_none(tools, ada):
    with pytest.raises(errors.InvalidInput) as refusal:
        await recovery.request(tools, caller(), "ada", at=NOW)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(("email",), "INVALID_EMAIL")]
    assert await MailCooldown.all().count() == 0


async def test_a_code_sets_a_password_and_ends_all_but_api_tokens(tools, gate, hasher, ada, eve, ask, reset):
    token, by = await token_of(ada), caller(address="192.0.2.7")
    assert await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, token)
    code = await ask()
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


async def test_a_reset_is_no_login_and_leaves_the_second_factor_on(ada, ask, reset):
    await SecondFactor.create(user=ada.user, sealed_secret="-", created_at=NOW, confirmed_at=NOW)  # noqa: S106 - none

    await reset(await ask())

    assert await Session.filter(revoked_at=None).count() == 0
    assert await SecondFactor.filter(user_id=ada.id, confirmed_at=NOW).exists()


@pytest.fixture
def bad_code(ada, ask, reset, quick):
    async def make(which):
        match which:
            case "of another purpose":
                return await issue(ada.id, Purpose.CHANGE_EMAIL, email="new@example.org")
            case "older than another":
                old = await ask()
                await ask(at=LATER)
                return old
            case "used":
                code = await ask()
                await reset(code, using=quick)
                return code
            case "expired":
                code = await ask()
                await MailCode.all().update(expires_at=NOW)
                return code
            case "of somebody suspended":
                code = await ask()
                await User.filter(id=ada.id).update(suspended_at=NOW)
                return code
        return which

    return make


@pytest.mark.parametrize(
    "which",
    ["", "A" * 32, "\0", "of another purpose", "older than another", "used", "expired", "of somebody suspended"],
)
async def test_a_code_that_does_not_work_costs_no_digest_and_changes_nothing(bad_code, reset, hasher, which):
    code = await bad_code(which)
    before, computed = await stored(), hasher.computed

    with pytest.raises(errors.CodeRefused):
        await reset(code)

    assert (await stored(), hasher.computed) == (before, computed)


async def test_of_fifty_who_use_a_code_at_once_one_sets_the_password(ada, ask, reset, quick):
    code = await ask()

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
async def test_a_password_that_is_refused_leaves_the_code_usable(ada, ask, reset, quick, password, code):
    given = await ask()
    before = await stored()

    with pytest.raises(errors.InvalidInput) as refusal:
        await reset(given, password, using=quick)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(("newPassword",), code)]
    assert (await stored(), quick.hasher.computed) == (before, 0)
    assert (await reset(given, using=quick)).at == NOW


async def test_a_reset_verifies_the_address_and_ends_what_a_stranger_registered(tools, read, hasher, reset, ask):
    theirs = registration.Registration(email=ADDRESS, password=PASSWORD, display_name="Eve")
    await registration.register(tools, caller(), theirs, arrived_at=datetime.now(UTC), at=NOW)
    eves = (await mails())[-1]["context"]["code"]

    await reset(await ask())

    user = await User.get(email=ADDRESS)
    assert (user.email_verified_at, user.display_name) == (NOW, None)
    with pytest.raises(errors.CodeRefused):
        await registration.verify(tools, caller(), eves, at=NOW)
    assert (await hasher.verify(NEW_PASSWORD, (await User.get(email=ADDRESS)).password_digest)).ok
    assert await actions(user.id) == ["EMAIL_VERIFIED", "PASSWORD_RESET", "PASSWORD_RESET_REQUESTED", "REGISTERED"]
