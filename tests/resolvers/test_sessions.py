import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

import errors
from access.credentials import Kind
from access.passwords import Hasher
from db.models.sessions import Session
from db.models.users import User
from resolvers import accounts, logins, sessions
from tests.hashing import QUICK, Hold
from tests.mails import until
from tests.resolvers.conftest import IDLE, NOW, PASSWORD, caller, is_admitted


@pytest.fixture
def login(tools):
    async def run(email="ada@example.org", password=PASSWORD, *, by=None, hashed_by=None, at=NOW):
        using = replace(tools, hasher=hashed_by or tools.hasher)
        return await logins.login(using, by or caller(), email=email, password=password, at=at)

    return run


async def test_a_login_is_a_session(login, signer, ada, gate, read):
    logged_in = await login(" ADA@example.org", by=caller(address="192.0.2.7"))

    credential = signer.verify(logged_in.token)
    assert (credential.kind, credential.user_id, credential.scopes) == (Kind.SESSION, ada.id, frozenset())
    stored = await Session.get(id=credential.id)
    assert stored.expires_at == credential.expires_at == NOW + timedelta(days=14)
    assert (stored.ip_address, stored.user_agent, stored.revoked_at) == ("192.0.2.7", "tests", None)
    assert await is_admitted(gate, credential)
    assert logged_in.user.id == ada.id


@pytest.mark.parametrize("microseconds", [1, 999_999])
async def test_a_session_lives_as_long_as_it_is_said_to_and_less_than_a_second_more(login, signer, ada, microseconds):
    at = NOW + timedelta(microseconds=microseconds)

    logged_in = await login("ada@example.org", at=at)

    assert signer.verify(logged_in.token).expires_at == logged_in.session.expires_at
    assert logged_in.session.expires_at == NOW + timedelta(days=14, seconds=1)


@pytest.fixture
def refused(new_person, read):
    """Each cannot log in: for whom, and by which password."""

    async def make(which):
        ada = await new_person()
        match which:
            case "wrong password":
                return "ada@example.org", "wrong"
            case "unknown":
                return "nobody@example.org", PASSWORD
            case "no address":
                return "no address \0 \ud800", PASSWORD
            case "unverified":
                await User.filter(id=ada.id).update(email_verified_at=None)
            case "suspended":
                await User.filter(id=ada.id).update(suspended_at=NOW)
            case "password too long":
                return "ada@example.org", PASSWORD + "a" * 1_000_000
        return "ada@example.org", PASSWORD

    return make


@pytest.mark.parametrize(
    "which", ["wrong password", "unknown", "no address", "unverified", "suspended", "password too long"]
)
async def test_every_refusal_is_the_same_after_the_same_work(login, refused, hasher, which):
    email, password = await refused(which)
    live, before = await Session.all().count(), hasher.computed

    with pytest.raises(errors.LoginRefused) as refusal:
        await login(email, password)

    assert (
        str(refusal.value)
        == "The email address or the password is wrong, the address is not verified yet, or the account cannot log in."
    )
    assert hasher.computed == before + 1
    assert await Session.all().count() == live


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
async def test_the_eleventh_attempt_at_an_address_is_refused_unchecked_known_or_not(login, ada, hasher, email):
    for _ in range(10):
        with pytest.raises(errors.LoginRefused):
            await login(email, "wrong", by=caller_from(_))
    before = hasher.computed

    with pytest.raises(errors.TooManyAttempts) as refusal:
        await login(f" {email.upper()}", PASSWORD, by=caller_from(11))

    assert hasher.computed == before
    assert timedelta(minutes=14) < refusal.value.retry_after <= timedelta(minutes=15, seconds=2)


def caller_from(number):
    made = caller()
    object.__setattr__(made, "network", f"198.51.100.{number}-{uuid4()}")
    return made


async def test_right_attempts_are_given_back(login, ada):
    by = caller_from(1)

    for _ in range(11):
        assert (await login(by=by)).user.id == ada.id


async def test_a_login_without_a_hashing_slot_spends_no_attempt(login, ada, monkeypatch):
    hold = Hold(monkeypatch)
    full = await hold.hasher(1)
    hold.close()
    busy = asyncio.create_task(full.hash(PASSWORD))
    await until(hold.begun.is_set)
    by = caller_from(1)

    for _ in range(11):
        with pytest.raises(errors.ServiceUnavailable):
            await login(by=by, hashed_by=full)

    hold.open()
    await busy
    full.close()
    await login(by=by)


@pytest.mark.parametrize(
    "change",
    [{"password_digest": "-"}, {"suspended_at": NOW}, {"email_verified_at": None}],
    ids=["password", "suspension", "address"],
)
async def test_a_login_that_hashes_while_the_account_changes_leaves_no_session(login, ada, hasher, change):
    class Changing(Hasher):
        async def verify(self, password, digest):
            verified = await super().verify(password, digest)
            await User.filter(id=ada.id).update(**change)
            return verified

    live, changing = await Session.all().count(), Changing(1, **QUICK)

    with pytest.raises(errors.LoginRefused):
        await login(hashed_by=changing)

    assert await Session.all().count() == live
    changing.close()


async def test_a_digest_of_less_work_is_renewed_by_a_login(login, ada):
    old, due = (await User.get(id=ada.id)).password_digest, Hasher(1)

    await login(hashed_by=due)

    new = (await User.get(id=ada.id)).password_digest
    assert new != old
    assert new.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    await login(hashed_by=due)
    assert (await User.get(id=ada.id)).password_digest == new
    due.close()


async def test_after_logout_the_session_is_dead(gate, ada, eve):
    assert await is_admitted(gate, ada.caller.credential)

    assert await sessions.logout(gate, ada.caller, at=NOW) == NOW

    assert not await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, eve.caller.credential)
    assert (await Session.get(id=ada.caller.credential.id)).revoked_at == NOW


async def test_a_second_logout_does_it_all_again(gate, ada):
    later = NOW + timedelta(seconds=5)
    await sessions.logout(gate, ada.caller, at=NOW)

    assert await sessions.logout(gate, ada.caller, at=later) == later

    assert (await Session.get(id=ada.caller.credential.id)).revoked_at == NOW


async def test_sessions_are_listed_while_they_are_live(new_person, ada, gate):
    second = await Session.create(user=ada.user, created_at=NOW, last_used_at=NOW, expires_at=NOW + timedelta(hours=1))
    await Session.create(user=ada.user, last_used_at=NOW, expires_at=NOW)
    await Session.create(user=ada.user, last_used_at=NOW, expires_at=NOW + timedelta(hours=1), revoked_at=NOW)
    await new_person("eve@example.org")

    listed = await sessions.listed(ada.caller, at=NOW, idle_lifetime=IDLE)

    assert {session.id for session in listed} == {second.id, ada.caller.credential.id}


async def test_another_session_can_be_revoked_and_again(login, signer, ada, gate):
    other = signer.verify((await login()).token)

    for _ in range(2):
        revoked = await sessions.revoke(gate, ada.caller, other.id, at=NOW)
        assert (revoked.id, revoked.revoked_at) == (other.id, NOW)

    assert not await is_admitted(gate, other)
    assert await is_admitted(gate, ada.caller.credential)


async def test_a_user_cannot_revoke_the_session_of_another(gate, ada, eve):
    with pytest.raises(errors.NotFound) as theirs:
        await sessions.revoke(gate, ada.caller, eve.caller.credential.id, at=NOW)
    with pytest.raises(errors.NotFound) as nobodys:
        await sessions.revoke(gate, ada.caller, uuid4(), at=NOW)

    assert str(theirs.value) == str(nobodys.value)
    assert await is_admitted(gate, eve.caller.credential)


async def test_all_other_sessions_can_be_revoked(login, signer, ada, eve, gate):
    others = [signer.verify((await login()).token) for _ in range(2)]

    assert await sessions.revoke_others(gate, ada.caller, at=NOW) == 2

    assert [await is_admitted(gate, credential) for credential in others] == [False, False]
    assert await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, eve.caller.credential)
    assert await sessions.revoke_others(gate, ada.caller, at=NOW) == 0


MAY_NOT = {
    "me by a token without READ": (lambda gate, who: accounts.me(who), errors.Forbidden),
    "logout": (lambda gate, who: sessions.logout(gate, who, at=NOW), errors.Forbidden),
    "sessions": (lambda gate, who: sessions.listed(who, at=NOW, idle_lifetime=IDLE), errors.Forbidden),
    "revoke": (lambda gate, who: sessions.revoke(gate, who, uuid4(), at=NOW), errors.Forbidden),
    "revoke others": (lambda gate, who: sessions.revoke_others(gate, who, at=NOW), errors.Forbidden),
}


@pytest.mark.parametrize(("act", "refusal"), MAY_NOT.values(), ids=MAY_NOT)
async def test_an_api_token_may_not(ada, gate, act, refusal):
    with pytest.raises(refusal):
        await act(gate, ada.by_token("INFER"))


@pytest.mark.parametrize("act", [act for name, (act, _) in MAY_NOT.items() if not name.startswith("me")])
async def test_an_anonymous_caller_may_not(gate, visitor, act):
    with pytest.raises(errors.Unauthenticated):
        await act(gate, visitor)


async def test_me_is_the_user_with_the_plan(ada, eve, visitor):
    by_session, by_token = await accounts.me(ada.caller), await accounts.me(ada.by_token("READ"))

    assert by_session is not None
    assert by_token is not None
    assert by_session.id == by_token.id == ada.id
    assert by_session.plan.name == "free"
    assert await accounts.me(visitor) is None
    assert accounts.private(ada.caller, by_session) is by_session
    with pytest.raises(errors.Forbidden):
        accounts.private(ada.by_token("READ", "INFER"), by_token)
