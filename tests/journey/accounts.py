"""Accounts over the wire: documents, callers with networks of their own, and their emails."""

import re
from itertools import count
from uuid import uuid4

import pytest

from tests.hashing import digest_of
from tests.journey.client import AccountClient
from tests.mails import caught_by, until

PASSWORD, NEXT, LAST = "correct horse battery", "another horse battery", "a third horse, no battery"

FRONT = "https://front.example.org"


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

REQUEST_RESET = act("requestPasswordReset(email: $email)", "$email: String!", "... on MailAccepted { email }")

RESET = act("resetPassword(code: $code, newPassword: $password)", "$code: String!, $password: String!")

_CODE = r"([A-Z2-7]{4}-){7}[A-Z2-7]{4}"

_PERSON = """
INSERT INTO users (id, email, password_digest, email_verified_at, suspended_at, locale, role, plan_id, created_at)
SELECT gen_random_uuid(), $1, $2, CASE WHEN $3 THEN now() END, CASE WHEN $4 THEN now() END, 'en', 'USER', id, now()
FROM plans WHERE name = 'free'
"""

# Attempts are counted by network, so each client has its own: all of 127.0.0.0/8 is this machine.
_networks = count(1)


class NetworkClient(AccountClient):
    """A client with its own network."""

    def __init__(self, url, credential=None, *, network=None):
        self.network = network or "127.{}.{}.{}".format(77, *divmod(next(_networks), 200))
        super().__init__(url, credential, local_address=self.network)


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
async def new_client(installation):
    """`new_client(1)` sends to the second process, from its own network."""
    opened = []

    def make(process, credential=None, *, network=None):
        opened.append(NetworkClient(installation.urls[process], credential, network=network))
        return opened[-1]

    yield make
    for client in opened:
        await client.__aexit__(None, None, None)


@pytest.fixture(scope="session")
async def digest():
    """Of PASSWORD, as the service makes it."""
    return await digest_of(PASSWORD)


@pytest.fixture
def person(installation, digest):
    """Creates a user without a registration, and returns the address."""

    async def make(*, verified=True, suspended=False):
        address = f"{uuid4()}@example.org"
        async with installation.database() as database:
            await database.execute(_PERSON, address, digest, verified, suspended)
        return address

    return make


def mails_to(installation, address):
    return caught_by(installation.mail.mails, address)


def subjects_to(installation, address):
    return sorted(mail["subject"] for mail in mails_to(installation, address))


async def codes_in_mails(installation, address, page, *, number=1):
    """The codes of that many emails that lead to this page of the front end, the oldest first."""
    link = re.compile(f"{re.escape(FRONT)}/{page}#code=({_CODE})")
    found: list[str] = []

    def all_there():
        texts = (mail.get_body(("plain",)).get_content() for mail in mails_to(installation, address))
        found[:] = [match[1] for match in map(link.search, texts) if match]
        return len(found) >= number

    await until(all_there)
    assert len(found) == number
    return found


async def code_in_mail(installation, address, page):
    return (await codes_in_mails(installation, address, page))[0]


async def logged_in(client, address, password=PASSWORD):
    return (await client.run(LOGIN, email=address, password=password))["login"]["token"]


def logs(installation):
    return [log.read_text() for log in (installation.worker.log, *(service.log for service in installation.services))]
