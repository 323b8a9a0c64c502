"""A whole life over the wire: an address, a password and another, two factors, another address, and the end."""

import json
import re
import time
from uuid import uuid4

import pyotp

from tests.journey.accounts import (
    LAST,
    LOGIN,
    NEXT,
    PASSWORD,
    REGISTER,
    REQUEST_RESET,
    RESET,
    VERIFY,
    Browser,
    act,
    code_in_mail,
    logged_in,
    logs,
    mails_to,
    subjects_to,
)
from tests.journey.client import codes, create_token
from tests.mails import until

SESSION, DEVICE = "__Host-gatehouse-session", "__Host-gatehouse-device"
ME = "{ me { email displayName twoFactor sessions { current } } }"


COMPLETE = act("completeLogin(challenge: $challenge, code: $code)", "$challenge: String!, $code: String!")
CHANGE = act("changePassword(currentPassword: $old, newPassword: $new)", "$old: String!, $new: String!")
REQUEST_CHANGE = act("requestEmailChange(newEmail: $email, password: $password)", "$email: String!, $password: String!")
CONFIRM_CHANGE = act("confirmEmailChange(code: $code)", "$code: String!", "... on EmailChanged { email }")
ENROL = act(
    "enrolTwoFactor(password: $password)", "$password: String!", "... on TwoFactorOffered { uri recoveryCodes }"
)
CONFIRM = act("confirmTwoFactor(code: $code)", "$code: String!", "... on TwoFactorChanged { enabled }")
DISABLE = act("disableTwoFactor(password: $password, code: $code)", "$password: String!, $code: String!")
EXPORT = act("exportAccount(password: $password)", "$password: String!", "... on AccountExported { json url }")
DELETE = act("deleteAccount(password: $password)", "$password: String!")


async def test_from_an_address_to_a_cookie_a_changed_password_and_a_reset_one(installation, new_client):
    address = f"{uuid4()}@example.org"
    visitor, browser = new_client(0), Browser(new_client(1))
    asked = await visitor.run(REGISTER, email=address, password=PASSWORD, name="Ada")
    assert asked == {"register": {"__typename": "MailAccepted", "email": address}}
    code = await code_in_mail(installation, address, "verify-email")
    assert (await new_client(1).run(VERIFY, code=code))["verifyEmail"]["email"] == address

    started = await browser.run(LOGIN, email=address, password=PASSWORD, cookie=True)
    elsewhere = new_client(0, await logged_in(visitor, address))
    assert started == {"__typename": "LoggedIn", "token": None, "user": {"email": address}}
    assert browser.cookies.keys() == {SESSION, DEVICE}
    assert (await browser.run(ME))["sessions"] == [{"current": False}, {"current": True}]

    assert (await browser.run(CHANGE, old=PASSWORD, new=NEXT)) == {"__typename": "PasswordChanged"}
    assert codes([await elsewhere.post(ME)]) == {(401, "UNAUTHENTICATED"): 1}
    assert (await browser.run(ME))["sessions"] == [{"current": True}]
    assert (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]["code"] == "LOGIN_REFUSED"

    token = (await create_token(new_client(0, browser.cookies[SESSION])))["token"]
    await visitor.run(REQUEST_RESET, email=address)
    code = await code_in_mail(installation, address, "reset-password")
    assert (await visitor.run(RESET, code=code, password=LAST))["resetPassword"] == {"__typename": "PasswordChanged"}

    # The cookie is bad now, and is dropped; the API token goes on.
    assert (await browser.post(ME)).status_code == 401
    assert browser.cookies.keys() == {DEVICE}
    assert codes([await new_client(1, token).post("{ currentApiToken { name } }")]) == {(200, "OK"): 1}
    assert (await browser.run(LOGIN, email=address, password=LAST, cookie=True))["__typename"] == "LoggedIn"
    assert (await browser.run("mutation { logout { at } }"))["at"]
    assert browser.cookies.keys() == {DEVICE}
    await until(lambda: len(mails_to(installation, address)) >= 5)
    assert subjects_to(installation, address) == [
        "New login to your account",
        "Reset your password",
        "Verify your email address",
        "Your password was changed",
        "Your password was changed",
    ]
    assert not [text for text in (PASSWORD, NEXT, LAST, code) if any(text in log for log in logs(installation))]


def program_of(offer):
    return pyotp.TOTP(pyotp.parse_uri(offer["uri"]).secret)


async def test_with_two_factors_a_login_takes_two_steps(installation, new_client, person):
    address = await person()
    visitor = new_client(0)
    session, other = new_client(0, await logged_in(visitor, address)), new_client(1, await logged_in(visitor, address))
    offer = (await session.run(ENROL, password=PASSWORD))["enrolTwoFactor"]
    program = program_of(offer)
    now = int(time.time())
    assert (await session.run(CONFIRM, code=program.at(now)))["confirmTwoFactor"]["enabled"] is True
    assert (await session.run(ME))["me"]["twoFactor"] is True
    # It began without the second factor.
    assert codes([await other.post(ME)]) == {(401, "UNAUTHENTICATED"): 1}

    # A code works once: the program's next one is the first that is good again.
    needed = (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]
    refused = (await visitor.run(COMPLETE, challenge=needed["challenge"], code=program.at(now)))["completeLogin"]
    started = (await new_client(1).run(COMPLETE, challenge=needed["challenge"], code=program.at(now + 30)))[
        "completeLogin"
    ]
    assert (needed["__typename"], started["__typename"]) == ("SecondFactorNeeded", "LoggedIn")
    assert refused["code"] == "CODE_REFUSED"
    needed = (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]
    used, unused, *_ = offer["recoveryCodes"]
    started = await visitor.run(COMPLETE, challenge=needed["challenge"], code=used)
    assert started["completeLogin"]["__typename"] == "LoggedIn"
    off = [(await session.run(DISABLE, password=PASSWORD, code=one))["disableTwoFactor"] for one in (used, unused)]
    assert (off[0]["code"], off[1]) == ("CODE_REFUSED", {"__typename": "TwoFactorChanged"})
    assert await logged_in(visitor, address)


async def test_a_reset_password_does_not_stand_in_for_the_second_factor(installation, new_client, person):
    address = await person()
    visitor = new_client(0)
    session = new_client(0, await logged_in(visitor, address))
    offer = (await session.run(ENROL, password=PASSWORD))["enrolTwoFactor"]
    now = int(time.time())
    await session.run(CONFIRM, code=program_of(offer).at(now))
    waiting = (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]["challenge"]

    await visitor.run(REQUEST_RESET, email=address)
    await visitor.run(RESET, code=await code_in_mail(installation, address, "reset-password"), password=NEXT)

    # The login that waited for its second step ended with the password.
    ended = await visitor.run(COMPLETE, challenge=waiting, code=offer["recoveryCodes"][0])
    assert ended["completeLogin"]["code"] == "CODE_REFUSED"
    assert (await visitor.run(LOGIN, email=address, password=NEXT))["login"]["__typename"] == "SecondFactorNeeded"


async def test_a_file_that_cannot_be_read_now_can_be_asked_for_again(installation, new_client, person):
    visitor = new_client(0)
    session = new_client(0, await logged_in(visitor, await person()))
    url = (await session.run(EXPORT, password=PASSWORD))["exportAccount"]["url"]

    async with installation.database() as database, database.transaction():
        await database.execute("LOCK TABLE recovery_codes")
        refused = await visitor.get(url)
    file = await visitor.get(url)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE"}
    assert (file.status_code, file.headers["content-disposition"]) == (200, 'attachment; filename="account.json"')
    assert (await visitor.get(url)).status_code == 404


def lasting(export):
    """Without what may have changed before the file was made."""
    sessions = [{name: value for name, value in one.items() if name != "lastUsedAt"} for one in export["sessions"]]
    tokens = [{name: value for name, value in one.items() if name != "lastUsedAt"} for one in export["apiTokens"]]
    rest = {name: value for name, value in export.items() if name != "exportedAt"}
    return {**rest, "sessions": sessions, "apiTokens": tokens}


async def test_another_address_an_export_and_the_end(installation, new_client, person):
    former, address = await person(), f"{uuid4()}@example.org"
    visitor = new_client(0)
    session = new_client(0, await logged_in(visitor, former))
    token = (await create_token(session))["token"]
    asked = await session.run(REQUEST_CHANGE, email=address, password=PASSWORD)
    assert asked["requestEmailChange"]["__typename"] == "MailAccepted"
    code = await code_in_mail(installation, address, "confirm-email-change")
    # Until the code is used, all is as it was.
    assert (await session.run(ME))["me"]["email"] == former
    assert (await new_client(1).run(CONFIRM_CHANGE, code=code))["confirmEmailChange"]["email"] == address
    assert (await visitor.run(LOGIN, email=former, password=PASSWORD))["login"]["code"] == "LOGIN_REFUSED"
    await until(lambda: len(mails_to(installation, former)) == 2)
    other = new_client(1, await logged_in(visitor, address))

    given = (await session.run(EXPORT, password=PASSWORD))["exportAccount"]
    exported, file = json.loads(given["json"]), await visitor.get(given["url"])
    assert file.headers["content-disposition"] == 'attachment; filename="account.json"'
    assert lasting(file.json()) == lasting(exported)
    assert (exported["user"]["email"], exported["user"]["plan"]) == (address, "free")
    events = [event["action"] for event in exported["securityEvents"]]
    assert [events.count(one) for one in ("LOGGED_IN", "EMAIL_CHANGED", "API_TOKEN_CREATED")] == [2, 1, 1]
    assert not re.search(r"argon2|digest|secret", json.dumps(exported))

    # Known in both processes beforehand, and refused by both from the very next request on.
    clients = [*(new_client(process, token) for process in (0, 1)), session, other]
    asking = "{ me { id } rateLimit { cost } }"
    assert codes([await client.post(asking) for client in clients]) == {(200, "OK"): 4}
    assert (await session.run(DELETE, password=PASSWORD))["deleteAccount"] == {"__typename": "AccountDeleted"}
    assert codes([await client.post(asking) for client in reversed(clients)]) == {(401, "UNAUTHENTICATED"): 4}
    assert (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]["code"] == "LOGIN_REFUSED"
    async with installation.database() as database:
        for table in (
            "users WHERE id",
            "sessions WHERE user_id",
            "api_tokens WHERE user_id",
            "mail_codes WHERE user_id",
        ):
            assert await database.fetchval(f"SELECT count(*) FROM {table} = $1", exported["user"]["id"]) == 0  # noqa: S608 - our own tables
        rows = await database.fetch("SELECT * FROM audit_events WHERE user_id = $1", exported["user"]["id"])
    assert [(row["action"], row["ip_address"], row["user_agent"]) for row in rows] == [("ACCOUNT_DELETED", None, None)]
