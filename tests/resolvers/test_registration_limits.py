"""Who may not register, and how many emails an anonymous caller may cause."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

import errors
from db.models.audit_events import AuditEvent
from db.models.mail_codes import MailCode
from db.models.users import User
from resolvers import emails, mail_limits, registration
from resolvers.mail_limits import Cause
from resolvers.registration import Registration
from tests.resolvers.conftest import NOW, PASSWORD, caller, mails

ADA = "ada@example.org"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def having(tools):
    """The tools, with other settings."""
    return lambda **changes: replace(tools, settings=replace(tools.settings, **changes))


async def register(tools, email=ADA, *, by=None, at=NOW):
    given = Registration(email=email, password=PASSWORD)
    return await registration.register(tools, by or caller(), given, arrived_at=datetime.now(UTC), at=at)


async def resend(tools, email=ADA, *, by=None, at=NOW):
    return await registration.resend(tools, by or caller(), email, at=at)


async def stored():
    """Rows of users, codes and events, and emails."""
    tables = (User, MailCode, AuditEvent)
    return [await table.all().count() for table in tables] + [len(await mails())]


async def test_closed_registration_refuses_new_users(having, hasher):
    before = hasher.computed

    with pytest.raises(errors.Forbidden) as refusal:
        await register(having(registration_open=False), "no address")

    assert str(refusal.value) == "Registration is closed here. Ask the operator of this service for an account."
    assert (await stored(), hasher.computed) == ([0, 0, 0, 0], before)


async def test_a_user_who_registered_before_it_closed_can_verify(having, tools):
    await register(tools)
    closed = having(registration_open=False)

    await resend(closed)
    code = (await mails())[-1]["context"]["code"]

    assert await registration.verify(closed, caller(), code, at=NOW) == ADA


DOMAINS = {
    "allowed_mail_domains": frozenset({"example.org", "xn--mnchen-3ya.example"}),
    "refused_mail_domains": frozenset({"trial.example.org"}),
}


@pytest.mark.parametrize(
    ("email", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada@EXAMPLE.org", "ada@example.org"),
        ("ada@mail.example.org", "ada@mail.example.org"),
        ("ada@m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@XN--MNCHEN-3YA.example", "ada@xn--mnchen-3ya.example"),
        ("ada@my-trial.example.org", "ada@my-trial.example.org"),
    ],
)
async def test_a_domain_that_is_allowed_is_so_with_all_below_it(having, email, address):
    assert await register(having(**DOMAINS), email) == address

    assert [mail["to"] for mail in await mails()] == [address]


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("ada@example.com", "DOMAIN_REFUSED"),
        ("ada@notexample.org", "DOMAIN_REFUSED"),
        ("ada@example.org.evil.example", "DOMAIN_REFUSED"),
        ("ada@trial.example.org", "DOMAIN_REFUSED"),
        ("ada@TRIAL.example.org", "DOMAIN_REFUSED"),
        ("ada@deep.trial.example.org", "DOMAIN_REFUSED"),
        ("example.org@example.com", "DOMAIN_REFUSED"),
        ("ada@org", "INVALID_EMAIL"),
        ("ada@example.org.", "INVALID_EMAIL"),
        ('"ada@example.org"@example.com', "INVALID_EMAIL"),
    ],
)
async def test_every_other_domain_is_refused_and_nothing_is_stored(having, hasher, email, code):
    before = hasher.computed

    with pytest.raises(errors.InvalidInput) as refusal:
        await register(having(**DOMAINS), email)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(("input", "email"), code)]
    assert (await stored(), hasher.computed) == ([0, 0, 0, 0], before)


async def test_a_refused_domain_is_named_as_such(having):
    settings = having(**DOMAINS).settings

    with pytest.raises(errors.InvalidInput) as refusal:
        emails.admit("ada@trial.example.org", settings, path=("newEmail",))

    (problem,) = refusal.value.problems
    assert (problem.path, problem.code) == (("newEmail",), "DOMAIN_REFUSED")
    assert problem.message == "Addresses of this domain are not accepted. Use an address of another domain."


async def test_without_settings_every_domain_will_do(tools):
    assert emails.admit("ada@anywhere.example", tools.settings, path=()) == "ada@anywhere.example"


@pytest.mark.parametrize("known", [True, False])
async def test_an_address_has_so_many_mails_in_an_hour_known_or_not(having, new_person, known):
    tools = having(mails_per_address=2)
    if known:
        await new_person(ADA)
    for minute in range(2):
        await register(tools, at=NOW + minute * MINUTE)
    before = await stored()

    with pytest.raises(errors.TooManyAttempts) as refusal:
        await register(tools, at=NOW + 2 * MINUTE)

    assert timedelta(minutes=59) < refusal.value.retry_after <= timedelta(hours=1, seconds=1)
    assert await stored() == before
    await register(tools, "bob@example.org", at=NOW + 2 * MINUTE)


@pytest.mark.parametrize("which", ["verified", "unverified", "unknown"])
async def test_asking_again_has_a_cap_known_or_not(having, new_person, which):
    tools = having(mails_per_address=1)
    if which != "unknown":
        await new_person(ADA)
    if which == "unverified":
        await User.filter(email=ADA).update(email_verified_at=None)
    assert await resend(tools) == ADA
    before = await stored()

    with pytest.raises(errors.TooManyAttempts):
        await resend(tools, at=NOW + MINUTE)

    assert await stored() == before
    assert before[3] == (1 if which == "unverified" else 0)


async def test_a_network_may_cause_so_many_mails_in_an_hour_to_any_addresses(having, new_person):
    tools, by = having(mails_per_network=3), caller()
    await new_person("b@example.org")
    for address in ("a@example.org", "b@example.org"):
        await register(tools, address, by=by)
    await resend(tools, "c@example.org", by=by)
    before = await stored()

    for act, address in ((register, "b@example.org"), (register, "d@example.org"), (resend, "d@example.org")):
        with pytest.raises(errors.TooManyAttempts):
            await act(tools, address, by=by, at=NOW + MINUTE)

    assert await stored() == before
    await register(tools, "d@example.org")


async def test_what_was_refused_may_be_asked_for_at_once_from_elsewhere(having):
    tools, by = having(mails_per_network=1), caller()
    await register(tools, by=by)
    with pytest.raises(errors.TooManyAttempts):
        await register(tools, "bob@example.org", by=by)

    await register(tools, "bob@example.org")

    assert [mail["to"] for mail in await mails()] == [ADA, "bob@example.org"]


async def test_mails_that_are_never_sent_do_not_use_up_those_that_are(having, ada):
    """An anonymous caller asks for codes for a verified address; its owner still gets the email to recover it."""
    tools = having(mails_per_address=1)
    await resend(tools)
    with pytest.raises(errors.TooManyAttempts):
        await resend(tools, at=NOW + MINUTE)

    for cause in (Cause.RESET, Cause.REGISTER, Cause.CHANGE_EMAIL):
        await mail_limits.spend(tools, cause, ADA, caller())
        with pytest.raises(errors.TooManyAttempts):
            await mail_limits.spend(tools, cause, ADA, caller())


async def test_a_registration_that_overlaps_another_is_part_of_it(tools):
    claim, end = partial(mail_limits.claim, tools, ADA), partial(mail_limits.end, tools, ADA)
    second = timedelta(seconds=1)
    assert await claim(arrived_at=NOW)

    assert not await claim(arrived_at=NOW - second)
    assert not await claim(arrived_at=NOW + second)
    assert await mail_limits.claim(tools, "eve@example.org", arrived_at=NOW)
    await end(arrived_at=NOW, at=NOW + 2 * second)
    # It came before that one was answered, though it is looked at only now.
    assert not await claim(arrived_at=NOW + second)
    assert await claim(arrived_at=NOW + 2 * second)


async def test_a_registration_that_was_killed_keeps_others_out_for_ten_seconds(tools):
    assert await mail_limits.claim(tools, ADA, arrived_at=NOW)

    assert not await mail_limits.claim(tools, ADA, arrived_at=NOW + timedelta(seconds=9))
    later = NOW + timedelta(seconds=10)
    assert await mail_limits.claim(tools, ADA, arrived_at=later)
    # It was not killed, only slow: the claim is no longer its own to end.
    await mail_limits.end(tools, ADA, arrived_at=NOW, at=later)
    assert not await mail_limits.claim(tools, ADA, arrived_at=later)


async def test_registrations_are_counted_by_network_before_anything_is_hashed(having, hasher):
    tools, anonymous = having(mails_per_network=2), caller()
    before = hasher.computed
    for _ in range(2):  # the second of one minute has no email sent, and costs a digest all the same
        await register(tools, by=anonymous)
    had = await stored()

    with pytest.raises(errors.TooManyAttempts):
        await register(tools, "eve@example.org", by=anonymous)

    assert (await stored(), hasher.computed - before) == (had, 2)
    assert await register(tools, "eve@example.org") == "eve@example.org"
