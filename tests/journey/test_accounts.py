"""A whole life over the wire: an address, a password and another, two factors, another address, and the end."""

import json
import re
import ssl
import time
from itertools import count
from uuid import uuid4

import httpx2
import pyotp
import pytest

from access.passwords import Hasher
from tests.journey.client import Client, codes, create_token
from tests.mails import caught, until

PASSWORD, NEXT, LAST = "correct horse battery", "another horse battery", "a third horse, no battery"
SESSION, DEVICE = "__Host-gatehouse-session", "__Host-gatehouse-device"
FRONT = "https://front.example.org"
ME = "{ me { email displayName twoFactor sessions { current } } }"


def act(call, arguments, more=""):
    """The document of a mutation whose refusals tell their code and words."""
    return f"mutation ({arguments}) {{ {call} {{ __typename ... on UserError {{ code message }} {more} }} }}"


REGISTER = act(
    "register(input: {email: $email, password: $password, displayName: $name, locale: $locale})",
    "$email: String!, $password: String!, $name: String, $locale: String",
    "... on MailAccepted { email } ... on InvalidInput { problems { path code } }",
)
VERIFY = act("verifyEmail(code: $code)", "$code: String!", "... on EmailVerified { email }")
LOGIN = act(
    "login(input: {email: $email, password: $password, cookie: $cookie})",
    "$email: String!, $password: String!, $cookie: Boolean! = false",
    "... on LoggedIn { token user { email } } ... on SecondFactorNeeded { challenge }",
)
COMPLETE = act("completeLogin(challenge: $challenge, code: $code)", "$challenge: String!, $code: String!")
REQUEST_RESET = act("requestPasswordReset(email: $email)", "$email: String!", "... on MailAccepted { email }")
RESET = act("resetPassword(code: $code, newPassword: $password)", "$code: String!, $password: String!")
CHANGE = act("changePassword(currentPassword: $old, newPassword: $new)", "$old: String!, $new: String!")
REQUEST_CHANGE = act("requestEmailChange(newEmail: $email, password: $password)", "$email: String!, $password: String!")
CONFIRM_CHANGE = act("confirmEmailChange(code: $code)", "$code: String!", "... on EmailChanged { email }")
ENROL = act(
    "enrolTwoFactor(password: $password)", "$password: String!", "... on TwoFactorOffered { uri recoveryCodes }"
)
CONFIRM = act("confirmTwoFactor(code: $code)", "$code: String!", "... on TwoFactorChanged { enabled }")
DISABLE = act("disableTwoFactor(password: $password, code: $code)", "$password: String!, $code: String!")
EXPORT = act("exportAccount(password: $password)", "$password: String!", "... on AccountExported { json }")
DELETE = act("deleteAccount(password: $password)", "$password: String!")

_CODE = r"([A-Z2-7]{4}-){7}[A-Z2-7]{4}"
_PERSON = """
INSERT INTO users (id, email, password_digest, email_verified_at, suspended_at, locale, role, plan_id, created_at)
SELECT gen_random_uuid(), $1, $2, CASE WHEN $3 THEN now() END, CASE WHEN $4 THEN now() END, 'en', 'USER', id, now()
FROM plans WHERE name = 'free'
"""
# Guesses are counted by network, so each stranger has one: all of 127.0.0.0/8 is this machine.
_networks = count(1)
_TLS = ssl.create_default_context()


class Stranger(Client):
    """Somebody on a network of their own."""

    def __init__(self, url, credential=None, *, network=None):
        super().__init__(url, credential)
        self.network = network or "127.{}.{}.{}".format(77, *divmod(next(_networks), 200))
        transport = httpx2.AsyncHTTPTransport(local_address=self.network, verify=_TLS)
        self._http = httpx2.AsyncClient(base_url=url, headers=self._http.headers, timeout=30, transport=transport)


class Browser:
    """Keeps cookies as a browser does, and sends them with the header by which a page shows that it is ours."""

    def __init__(self, client):
        self.client = client
        self.cookies = {}

    async def post(self, query, /, **variables):
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        response = await self.client.post(query, headers=sent | {"GraphQL-Require-Preflight": "1"}, **variables)
        for line in response.headers.get_list("set-cookie"):
            pair, _, *rest = line.split("; ")
            assert rest == ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"]
            self.cookies = {**self.cookies, **dict([pair.split("=", 1)])}
        # One that is dropped comes empty.
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return response

    async def run(self, query, /, **variables):
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        (found,) = answer["data"].values()
        return found


@pytest.fixture
async def stranger(home):
    """`stranger(1)` talks to the second process from a network that nobody else has."""
    opened = []

    def make(process, credential=None, *, network=None):
        opened.append(Stranger(home.urls[process], credential, network=network))
        return opened[-1]

    yield make
    for client in opened:
        await client.__aexit__(None, None, None)


@pytest.fixture(scope="session")
async def digest():
    """Of PASSWORD, as the service makes it."""
    hasher = Hasher(1)
    yield await hasher.hash(PASSWORD)
    hasher.close()


@pytest.fixture
def person(home, digest):
    """Puts somebody there who did not have to sign up, and answers their address."""

    async def make(*, verified=True, suspended=False):
        address = f"{uuid4()}@example.org"
        async with home.database() as database:
            await database.execute(_PERSON, address, digest, verified, suspended)
        return address

    return make


def mails_to(home, address):
    return [mail for mail in caught(home.mail.mails) if mail["to"] == address]


def subjects_to(home, address):
    return sorted(mail["subject"] for mail in mails_to(home, address))


async def codes_in_mails(home, address, page, *, number=1):
    """The codes of that many mails that lead to this page of the front end, the oldest first."""
    link = re.compile(f"{re.escape(FRONT)}/{page}#code=({_CODE})")
    found: list[str] = []

    def all_there():
        texts = (mail.get_body(("plain",)).get_content() for mail in mails_to(home, address))
        found[:] = [match[1] for match in map(link.search, texts) if match]
        return len(found) >= number

    await until(all_there)
    assert len(found) == number
    return found


async def code_in_mail(home, address, page):
    return (await codes_in_mails(home, address, page))[0]


async def logged_in(client, address, password=PASSWORD):
    return (await client.run(LOGIN, email=address, password=password))["login"]["token"]


async def test_from_an_address_to_a_cookie_a_changed_password_and_a_reset_one(home, stranger):
    address = f"{uuid4()}@example.org"
    visitor, browser = stranger(0), Browser(stranger(1))
    asked = await visitor.run(REGISTER, email=address, password=PASSWORD, name="Ada")
    assert asked == {"register": {"__typename": "MailAccepted", "email": address}}
    code = await code_in_mail(home, address, "verify-email")
    assert (await stranger(1).run(VERIFY, code=code))["verifyEmail"]["email"] == address

    begun = await browser.run(LOGIN, email=address, password=PASSWORD, cookie=True)
    elsewhere = stranger(0, await logged_in(visitor, address))
    assert begun == {"__typename": "LoggedIn", "token": None, "user": {"email": address}}
    assert browser.cookies.keys() == {SESSION, DEVICE}
    assert (await browser.run(ME))["sessions"] == [{"current": False}, {"current": True}]

    assert (await browser.run(CHANGE, old=PASSWORD, new=NEXT)) == {"__typename": "PasswordChanged"}
    assert codes([await elsewhere.post(ME)]) == {(401, "UNAUTHENTICATED"): 1}
    assert (await browser.run(ME))["sessions"] == [{"current": True}]
    assert (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]["code"] == "LOGIN_REFUSED"

    token = (await create_token(stranger(0, browser.cookies[SESSION])))["token"]
    await visitor.run(REQUEST_RESET, email=address)
    code = await code_in_mail(home, address, "reset-password")
    assert (await visitor.run(RESET, code=code, password=LAST))["resetPassword"] == {"__typename": "PasswordChanged"}

    # The cookie is bad now, and is dropped; the API token goes on.
    assert (await browser.post(ME)).status_code == 401
    assert browser.cookies.keys() == {DEVICE}
    assert codes([await stranger(1, token).post("{ currentApiToken { name } }")]) == {(200, "OK"): 1}
    assert (await browser.run(LOGIN, email=address, password=LAST, cookie=True))["__typename"] == "LoggedIn"
    assert (await browser.run("mutation { logout { at } }"))["at"]
    assert browser.cookies.keys() == {DEVICE}
    await until(lambda: len(mails_to(home, address)) >= 5)
    assert subjects_to(home, address) == [
        "New login to your account",
        "Reset your password",
        "Verify your e-mail address",
        "Your password was changed",
        "Your password was changed",
    ]
    assert not [text for text in (PASSWORD, NEXT, LAST, code) if any(text in log for log in logs(home))]


def logs(home):
    return [log.read_text() for log in (home.worker.log, *(service.log for service in home.services))]


def program_of(offer):
    return pyotp.TOTP(pyotp.parse_uri(offer["uri"]).secret)


async def test_with_two_factors_a_login_takes_two_steps(home, stranger, person):
    address = await person()
    visitor = stranger(0)
    session, other = stranger(0, await logged_in(visitor, address)), stranger(1, await logged_in(visitor, address))
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
    begun = (await stranger(1).run(COMPLETE, challenge=needed["challenge"], code=program.at(now + 30)))["completeLogin"]
    assert (needed["__typename"], begun["__typename"]) == ("SecondFactorNeeded", "LoggedIn")
    assert refused["code"] == "CODE_REFUSED"
    needed = (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]
    used, unused, *_ = offer["recoveryCodes"]
    begun = await visitor.run(COMPLETE, challenge=needed["challenge"], code=used)
    assert begun["completeLogin"]["__typename"] == "LoggedIn"
    off = [(await session.run(DISABLE, password=PASSWORD, code=one))["disableTwoFactor"] for one in (used, unused)]
    assert (off[0]["code"], off[1]) == ("CODE_REFUSED", {"__typename": "TwoFactorChanged"})
    assert await logged_in(visitor, address)


async def test_a_reset_password_does_not_stand_in_for_the_second_factor(home, stranger, person):
    address = await person()
    visitor = stranger(0)
    session = stranger(0, await logged_in(visitor, address))
    offer = (await session.run(ENROL, password=PASSWORD))["enrolTwoFactor"]
    now = int(time.time())
    await session.run(CONFIRM, code=program_of(offer).at(now))
    waiting = (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]["challenge"]

    await visitor.run(REQUEST_RESET, email=address)
    await visitor.run(RESET, code=await code_in_mail(home, address, "reset-password"), password=NEXT)

    # The login that waited for its second step ended with the password.
    ended = await visitor.run(COMPLETE, challenge=waiting, code=offer["recoveryCodes"][0])
    assert ended["completeLogin"]["code"] == "CODE_REFUSED"
    assert (await visitor.run(LOGIN, email=address, password=NEXT))["login"]["__typename"] == "SecondFactorNeeded"


async def test_another_address_an_export_and_the_end(home, stranger, person):
    former, address = await person(), f"{uuid4()}@example.org"
    visitor = stranger(0)
    session = stranger(0, await logged_in(visitor, former))
    token = (await create_token(session))["token"]
    asked = await session.run(REQUEST_CHANGE, email=address, password=PASSWORD)
    assert asked["requestEmailChange"]["__typename"] == "MailAccepted"
    code = await code_in_mail(home, address, "confirm-email-change")
    # Until the code is used, all is as it was.
    assert (await session.run(ME))["me"]["email"] == former
    assert (await stranger(1).run(CONFIRM_CHANGE, code=code))["confirmEmailChange"]["email"] == address
    assert (await visitor.run(LOGIN, email=former, password=PASSWORD))["login"]["code"] == "LOGIN_REFUSED"
    await until(lambda: len(mails_to(home, former)) == 2)
    other = stranger(1, await logged_in(visitor, address))

    exported = json.loads((await session.run(EXPORT, password=PASSWORD))["exportAccount"]["json"])
    assert (exported["user"]["email"], exported["user"]["plan"]) == (address, "free")
    events = [event["action"] for event in exported["securityEvents"]]
    assert [events.count(one) for one in ("LOGGED_IN", "EMAIL_CHANGED", "API_TOKEN_CREATED")] == [2, 1, 1]
    assert not re.search(r"argon2|digest|secret", json.dumps(exported))

    # Known in both processes beforehand, and refused by both from the very next request on.
    clients = [*(stranger(process, token) for process in (0, 1)), session, other]
    asking = "{ me { id } rateLimit { cost } }"
    assert codes([await client.post(asking) for client in clients]) == {(200, "OK"): 4}
    assert (await session.run(DELETE, password=PASSWORD))["deleteAccount"] == {"__typename": "AccountDeleted"}
    assert codes([await client.post(asking) for client in reversed(clients)]) == {(401, "UNAUTHENTICATED"): 4}
    assert (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]["code"] == "LOGIN_REFUSED"
    async with home.database() as database:
        for table in (
            "users WHERE id",
            "sessions WHERE user_id",
            "api_tokens WHERE user_id",
            "mail_codes WHERE user_id",
        ):
            assert await database.fetchval(f"SELECT count(*) FROM {table} = $1", exported["user"]["id"]) == 0  # noqa: S608 - our own tables
        rows = await database.fetch("SELECT * FROM audit_events WHERE user_id = $1", exported["user"]["id"])
    assert [(row["action"], row["ip_address"], row["user_agent"]) for row in rows] == [("ACCOUNT_DELETED", None, None)]
