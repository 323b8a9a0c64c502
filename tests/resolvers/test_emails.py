"""Addresses: what is taken can be written into an email, and stays what it is."""

import asyncio
import random

import pytest

import errors
from db.models.users import User
from email_templates import addresses
from email_templates.delivery import Delivery
from resolvers import email_changes, emails, logins, recovery, registration
from resolvers.registration import Registration
from settings import Settings
from tests.mails import Post, answers, queue_one, until
from tests.resolvers.conftest import NOW, PASSWORD, caller, mails

# Each is an address after RFC 5322, and something else to whatever reads the header of an email.
ENCODED = [
    "=?utf-8?q?a?=@example.org",
    "=?utf-8?q?a?=b@example.org",
    "=?utf-8?b?yq==?=@example.org",
    "=?utf-8?q?=0a?=@example.org",
    "=?us-ascii?q?=22?=@example.org",
]
ENTRIES = {
    "register": (("input", "email"), lambda tools, ada, email: _register(tools, email)),
    "resend": (("email",), lambda tools, ada, email: registration.resend(tools, caller(), email, at=NOW)),
    "reset": (("email",), lambda tools, ada, email: recovery.request(tools, caller(), email, at=NOW)),
    "change": (
        ("newEmail",),
        lambda tools, ada, email: email_changes.request(tools, ada.caller, new_email=email, password=PASSWORD, at=NOW),
    ),
}


def _register(tools, email):
    given = Registration(email=email, password="a long password of Ada's")  # noqa: S106 - a test's own
    return registration.register(tools, caller(), given, arrived_at=NOW, at=NOW)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("email", ENCODED)
async def test_an_address_that_no_mail_can_carry_is_refused_and_nothing_is_queued(tools, ada, entry, email):
    path, ask = ENTRIES[entry]
    users = await User.all().values()

    with pytest.raises(errors.InvalidInput) as refusal:
        await ask(tools, ada, email)

    sentence = "No email can be sent to an address of this form. Use another address."
    assert [*refusal.value.problems] == [errors.Problem(path, "INVALID_EMAIL", sentence)]
    assert await mails() == []
    assert await User.all().values() == users


async def test_a_login_with_such_an_address_is_refused_as_any_other(tools, ada):
    with pytest.raises(errors.LoginRefused):
        await logins.login(tools, caller(), email=ENCODED[0], password=PASSWORD, at=NOW)


@pytest.mark.parametrize("known", [True, False])
async def test_a_known_address_that_no_mail_can_carry_is_refused_as_an_unknown_one(tools, new_person, known):
    """One that registered before this was checked."""
    if known:
        await new_person(ENCODED[0])

    with pytest.raises(errors.InvalidInput) as refusal:
        await recovery.request(tools, caller(), ENCODED[0], at=NOW)

    assert [problem.code for problem in refusal.value.problems] == ["INVALID_EMAIL"]
    assert await mails() == []


async def test_the_part_before_the_at_sign_may_have_64_characters(tools, read):
    longest = f"{'a' * 64}@example.org"
    assert emails.admit(longest, read, path=("email",)) == longest

    with pytest.raises(errors.InvalidInput) as refusal:
        emails.admit(f"a{longest}", read, path=("email",))

    sentence = "The part before the @ has more than 64 characters. Use another address."
    assert [*refusal.value.problems] == [errors.Problem(("email",), "INVALID_EMAIL", sentence)]


_LABEL = "b" * 60
TOO_LONG = {
    "local part of 65 octets": f"{'a' * 65}@example.org",
    "label of 64 octets": f"a@{'b' * 64}.org",
    "label of 64 octets as DNS has it": f"a@{'ü' * 58}.org",
    "address of 255 octets": f"{'a' * 64}@{_LABEL}.{_LABEL}.{_LABEL}.{'o' * 7}",
    "domain of 256 octets": f"a@{_LABEL}.{_LABEL}.{_LABEL}.{_LABEL}.{'o' * 12}",
}


@pytest.mark.parametrize("entry", ["register", "change"])
@pytest.mark.parametrize("email", TOO_LONG.values(), ids=TOO_LONG)
async def test_no_longer_address_than_smtp_carries_becomes_a_users(tools, ada, entry, email):
    path, ask = ENTRIES[entry]
    users = await User.all().values()

    with pytest.raises(errors.InvalidInput) as refusal:
        await ask(tools, ada, email)

    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [(path, "INVALID_EMAIL")]
    assert (await mails(), await User.all().values()) == ([], users)


def test_the_longest_address_is_taken():
    longest = f"{'a' * 64}@{_LABEL}.{_LABEL}.{_LABEL}.{'o' * 6}"

    assert (len(longest), emails.find(longest)) == (254, longest)


async def test_an_account_with_a_longer_one_still_logs_in_and_recovers(tools, new_person):
    longer = f"{'a' * 65}@example.org"
    await new_person(longer)

    await logins.login(tools, caller(), email=longer, password=PASSWORD, at=NOW)
    assert await recovery.request(tools, caller(), longer, at=NOW) == longer
    assert [mail["to"] for mail in await mails()] == [longer]


def test_every_address_that_is_taken_can_be_composed():
    parts = random.Random(9)  # noqa: S311 - no secret
    pieces = [
        *"!#$%&'*+/=?^_`{|}~-.\"\\()<>@,;: \t\r\n\0\x7f\u00e9\u2028\u200d\u202e\ud800[]",
        *"aZ09",
        "=?",
        "?q?",
        "?=",
    ]
    texts = ["".join(parts.choices(pieces, k=parts.randint(1, 14))) for _ in range(3000)]
    domains = ["example.org", "例え.jp", "xn--fiqs8s.xn--fiqs8s", "a-b.example", f"{'x' * 63}.org"]

    taken = [address for text in texts for domain in domains if (address := emails.find(f"{text}@{domain}"))]

    assert len(taken) > 100
    assert [address for address in taken if not address.isascii() or not addresses.carries(address)] == []


async def test_odd_addresses_that_are_taken_arrive(worker_settings, migrated):
    """Over a real SMTP server, to the recipient that was meant."""
    odd = ["!#$%&'*+/=?^_`{|}~-@example.org", "=?=@example.org", f"{'a' * 64}@{'x' * 63}.example", "a=?b@例え.jp"]
    taken = [emails.normalise(address, path=("email",)) for address in odd]
    async with Post(answers("250 OK")).open() as post:
        delivery = Delivery(Settings.from_environ(worker_settings | {"GATEHOUSE_SMTP_URL": post.url}))
        running = asyncio.create_task(delivery.run())
        for address in taken:
            await queue_one(address)
        await until(lambda: len(post.accepted) == len(taken))
        delivery.stop()
        await running

    assert sorted(mail["To"].addresses[0].addr_spec for mail in post.accepted) == sorted(taken)
