"""What a login leaves behind: an event, a device cookie, and no session too many."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.datastructures import Secret

import errors
from access.passwords import Hasher
from db import connection
from db.models.audit_events import ActorKind, AuditEvent
from db.models.mail_codes import MailCode, Purpose
from db.models.second_factors import SecondFactor
from db.models.sessions import Session
from db.models.users import User
from limits.attempts import Attempts
from resolvers import logins, sessions
from resolvers.logins import LoggedIn, SecondFactorNeeded
from tests.limits.people import store_of
from tests.mails import until
from tests.resolvers.conftest import IDLE, NOW, PASSWORD, caller, is_admitted, mails

ADA = "ada@example.org"


@pytest.fixture
def login(tools):
    async def run(email=ADA, password=PASSWORD, *, by=None, at=NOW, using=tools):
        return await logins.login(using, by or caller(), email=email, password=password, at=at)

    return run


async def lock(login, email=ADA):
    for _ in range(10):
        with pytest.raises(errors.LoginRefused):
            await login(email, "wrong")


async def test_a_browser_that_has_logged_in_does_so_while_the_account_is_locked(login, ada):
    started = await login()
    await lock(login)

    with pytest.raises(errors.TooManyAttempts):
        await login()
    again = await login(by=replace(caller(), device=started.device))

    assert isinstance(again, LoggedIn)
    assert again.device != started.device


async def test_a_browser_has_ten_attempts_and_each_counts_before_it_is_checked(login, ada, hasher):
    device = (await login()).device
    before = hasher.computed

    answers = await asyncio.gather(
        *(login(password="wrong", by=replace(caller(), device=device)) for _ in range(40)),  # noqa: S106 - it is wrong
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers].count(errors.LoginRefused) == hasher.computed - before == 10
    with pytest.raises(errors.TooManyAttempts):
        await login(by=replace(caller(), device=device))
    # Other attempts at the account still count against the account's allowance.
    await login()


@pytest.mark.parametrize("whose", ["nobody's", "another's", "expired"])
async def test_a_device_cookie_of_another_account_gives_no_attempts(login, tools, ada, whose):
    await lock(login)
    devices = {
        "nobody's": "A" * 22 + ".9999999999." + "A" * 43,
        "another's": tools.devices.issue("eve@example.org", at=NOW),
        "expired": tools.devices.issue(ADA, at=NOW - timedelta(days=400)),
    }

    with pytest.raises(errors.TooManyAttempts):
        await login(by=replace(caller(), device=devices[whose]))


@pytest.mark.parametrize("text", [f"mails register {ADA}", f"second factor {ADA}", "session {id}"])
async def test_attempts_on_malformed_addresses_do_not_block_others(login, tools, ada, text):
    session, network = ada.caller.credential.id, caller().network

    await lock(login, text.format(id=session))

    for account in (f"session {session}", f"second factor {ADA}"):
        await tools.attempts.reserve(network=network, account=account)
    # The first email is let through, and the second refused.
    mail = {"network": network, "per_network": 1, "address": f"register {ADA}", "per_address": 1}
    await tools.attempts.reserve_mail(**mail)
    with pytest.raises(errors.TooManyAttempts):
        await tools.attempts.reserve_mail(**mail)


REFUSED: dict[str, dict[str, Any]] = {
    "wrong password": {},
    "unknown": {},
    "no address": {},
    "unverified": {"email_verified_at": None},
    "suspended": {"suspended_at": NOW},
}


@pytest.mark.parametrize("which", REFUSED)
async def test_every_refusal_leaves_one_event_after_the_same_work(login, ada, hasher, which):
    email = {"unknown": "nobody@example.org", "no address": "no address"}.get(which, ADA)
    if REFUSED[which]:
        await User.filter(id=ada.id).update(**REFUSED[which])
    by, live, before = caller(), await Session.all().count(), hasher.computed

    with pytest.raises(errors.LoginRefused) as refusal:
        await login(email, "wrong" if which == "wrong password" else PASSWORD, by=by)

    assert (
        str(refusal.value)
        == "The email address or the password is wrong, the address is not verified yet, or the account cannot log in."
    )
    (event,) = await AuditEvent.all()
    assert (event.user_id, event.at) == (ada.id if email == ADA else None, NOW)
    assert (event.action, event.actor_kind, event.actor_id) == ("LOGIN_REFUSED", ActorKind.VISITOR, None)
    assert (event.ip_address, event.user_agent) == (by.address, "tests")
    assert event.subject is None
    assert event.detail is None
    assert hasher.computed == before + 1
    assert (await Session.all().count(), await mails(), await MailCode.all().count()) == (live, [], 0)


async def test_a_login_leaves_its_event(login, ada):
    by = caller()

    await login(by=by)

    (event,) = await AuditEvent.all()
    assert (event.user_id, event.actor_id, event.actor_kind) == (ada.id, ada.id, ActorKind.SELF)
    assert (event.action, event.at) == ("LOGGED_IN", NOW)
    assert (event.ip_address, event.user_agent) == (by.address, "tests")


async def test_a_refusal_leaves_its_event_where_the_account_changed_while_it_was_hashed(login, tools, ada):
    class Changing(Hasher):
        async def verify(self, password, digest):
            verified = await super().verify(password, digest)
            await User.filter(id=ada.id).update(password_digest="-")  # noqa: S106 - no digest of anything
            return verified

    changing = Changing(1, passes=1, memory_kib=8)

    with pytest.raises(errors.LoginRefused):
        await login(using=replace(tools, hasher=changing))

    assert await AuditEvent.all().values_list("action", "user_id") == [("LOGIN_REFUSED", ada.id)]
    changing.close()


async def test_a_right_attempt_is_given_back_if_no_session_could_be_written(read, login, tools, ada):
    """Postgres leaves after the password was verified."""

    class Leaving(Hasher):
        async def verify(self, password, digest):
            verified = await super().verify(password, digest)
            await connection.close()
            await connection.connect(replace(read, database_url=Secret("postgres://a@127.0.0.1:1/a")))
            return verified

    given_back = []

    class Watched(Attempts):
        async def give_back(self, taken):
            given_back.append(len(taken))
            await super().give_back(taken)

    leaving, watched = Leaving(1, passes=1, memory_kib=8), Watched(store_of(tools.gate), b"k" * 32)

    with pytest.raises(errors.ServiceUnavailable):
        await login(using=replace(tools, hasher=leaving, attempts=watched))

    assert given_back == [2]
    leaving.close()


async def test_a_session_too_many_ends_the_one_used_least_recently(login, ada, eve, tools, gate):
    later = NOW + timedelta(minutes=1)
    assert await is_admitted(gate, ada.caller.credential)
    # That use is written a moment later, and for a minute no other one is.
    await until(lambda: Session.filter(id=ada.caller.credential.id, last_used_at__gt=NOW).exists())
    await Session.filter(id=ada.caller.credential.id).update(last_used_at=NOW - timedelta(hours=1))
    ended = {"expires_at": NOW, "revoked_at": None}, {"expires_at": NOW + timedelta(days=1), "revoked_at": NOW}
    await Session.bulk_create(
        [
            Session(user_id=ada.id, last_used_at=NOW, expires_at=NOW + timedelta(days=1), created_at=NOW - age)
            for age in (timedelta(seconds=number) for number in range(98))
        ]
        + [Session(user_id=ada.id, last_used_at=NOW - timedelta(days=2), created_at=NOW, **how) for how in ended]
    )
    await login(at=later)
    assert (await Session.get(id=ada.caller.credential.id)).revoked_at is None

    newest = await login(at=later)

    assert (await Session.get(id=ada.caller.credential.id)).revoked_at == later
    assert await Session.filter(user_id=ada.id, revoked_at=None, expires_at__gt=later).count() == 100
    assert len(await sessions.listed(newest.caller, at=later, idle_lifetime=IDLE)) == 100
    assert not await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, newest.caller.credential)
    assert await is_admitted(gate, eve.caller.credential)


async def test_a_login_ends_the_session_that_came_in_a_cookie(login, ada, eve, gate):
    assert await is_admitted(gate, ada.caller.credential)

    await login(by=ada.caller)
    assert await is_admitted(gate, ada.caller.credential)
    started = await login(by=replace(ada.caller, is_cookie_borne=True))

    assert not await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, started.caller.credential)
    # Somebody else's is nothing to this login.
    await login(by=replace(eve.caller, is_cookie_borne=True))
    assert await is_admitted(gate, eve.caller.credential)


async def test_with_a_second_factor_a_right_password_begins_no_session(login, ada):
    await SecondFactor.create(user_id=ada.id, sealed_secret="-", created_at=NOW, confirmed_at=NOW)  # noqa: S106 - none
    live = await Session.all().count()

    for _ in range(11):
        needed = await login()

    assert isinstance(needed, SecondFactorNeeded)
    assert needed.expires_at == NOW + timedelta(minutes=5)
    assert (await Session.all().count(), await mails()) == (live, [])
    assert {event.action for event in await AuditEvent.all()} == {"SECOND_FACTOR_ASKED"}
    stored = await MailCode.filter(user_id=ada.id).order_by("-id").first()
    assert stored is not None
    assert (stored.purpose, stored.expires_at) == (Purpose.SECOND_FACTOR, NOW + timedelta(minutes=5))


async def test_a_second_factor_that_was_only_offered_is_not_asked_for(login, ada):
    await SecondFactor.create(user_id=ada.id, sealed_secret="-", created_at=NOW)  # noqa: S106 - none

    assert isinstance(await login(), LoggedIn)
