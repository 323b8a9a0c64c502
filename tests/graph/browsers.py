"""Browsers that send what a test says, and people whose sessions they hold; over the wire, to the real service."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import orjson
import pytest

from access.credentials import Credential, Kind, Signer
from settings import Settings
from tests.hashing import digest_of
from tests.service import Service
from tests.transport import Transport

SESSION, DEVICE = "__Host-gatehouse-session", "__Host-gatehouse-device"
PREFLIGHT = {"GraphQL-Require-Preflight": "1"}
PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's
ME = "{ me { id } }"
LOGOUT = "mutation { logout { at } }"
LOGIN = """mutation ($email: String!, $password: String!, $cookie: Boolean! = true) {
  login(input: {email: $email, password: $password, cookie: $cookie}) { __typename
    ... on LoggedIn { token expiresAt user { sessions { current ipAddress } } } ... on UserError { code } } }"""
_USER = """
INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
SELECT $1, $2, $3, now(), 'en', 'USER', id, now() FROM plans WHERE name = 'free'
"""
_SESSION = "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $3, $4)"
_MAILS = "SELECT payload FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE $1 ORDER BY id"
_LIVE = "SELECT revoked_at IS NULL FROM sessions WHERE user_id = $1 ORDER BY created_at"

_addresses = count(int(IPv4Address("127.1.0.1")))


@dataclass(frozen=True, slots=True)
class Person:
    """`session` is live, for an hour; the other two are signed by us as well and are no session."""

    id: UUID
    email: str
    session: str
    api_token: str
    expired: str


def by(session: str) -> str:
    """The Cookie header with it."""
    return f"{SESSION}={session}"


def code(answer: httpx2.Response) -> str | None:
    found = answer.json().get("errors")
    return str(found[0]["extensions"]["code"]) if found else None


def set_cookies(answer: httpx2.Response) -> list[str]:
    found: list[str] = answer.headers.get_list("Set-Cookie")
    return found


async def sessions_of(database: Any, person: Person) -> list[bool]:
    """Whether each of them is live, the oldest first."""
    return [row[0] for row in await database.fetch(_LIVE, person.id)]


def opened(service: Service) -> httpx2.AsyncClient:
    """From an address of its own, so that nobody else's attempts are counted with these."""
    transport = Transport(local_address=str(IPv4Address(next(_addresses))))
    return httpx2.AsyncClient(base_url=service.url, transport=transport)


@pytest.fixture
async def http(service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    async with opened(service) as client:
        yield client


@pytest.fixture
def post(http: httpx2.AsyncClient) -> Callable[..., Any]:
    """What a script of our own page sends; `sent` is the whole Cookie header."""

    async def run(
        query: str, /, sent: str | None = None, headers: dict[str, str] = PREFLIGHT, **variables: Any
    ) -> httpx2.Response:
        texts = headers | ({} if sent is None else {"Cookie": sent})
        octets = [(name.encode(), text.encode("latin-1")) for name, text in texts.items()]
        return await http.post("/graphql", json={"query": query, "variables": variables}, headers=octets)

    return run


@pytest.fixture
async def database(service: Service) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(service.settings["GATEHOUSE_DATABASE_URL"])
    yield connection
    await connection.close()


@pytest.fixture
def mailed(database: Any) -> Callable[..., Any]:
    """The code in the newest email of this kind to the address."""

    async def code(email: str, template: str) -> str:
        mails = [orjson.loads(row["payload"]) for row in await database.fetch(_MAILS, f"%{email}%")]
        codes = [mail["context"]["code"] for mail in mails if (mail["to"], mail["template"]) == (email, template)]
        return str(codes[-1])

    return code


@pytest.fixture(scope="module")
async def digest() -> str:
    return await digest_of(PASSWORD)


@pytest.fixture
async def ada(service: Service, database: Any, digest: str) -> Person:
    return await _person(service, database, digest)


@pytest.fixture
async def eve(service: Service, database: Any, digest: str) -> Person:
    return await _person(service, database, digest)


async def _person(service: Service, database: Any, digest: str) -> Person:
    signer = Signer.from_settings(Settings.from_environ(service.settings))
    user_id, at, hour = uuid4(), datetime.now(UTC).replace(microsecond=0), timedelta(hours=1)
    session = Credential(Kind.SESSION, uuid4(), user_id, frozenset(), at + hour)
    api_token = Credential(Kind.API_TOKEN, uuid4(), user_id, frozenset({"READ"}), at + hour)
    expired = Credential(Kind.SESSION, uuid4(), user_id, frozenset(), at - hour)
    email = f"{user_id}@example.org"
    await database.execute(_USER, user_id, email, digest)
    await database.execute(_SESSION, session.id, user_id, at, session.expires_at)
    return Person(user_id, email, *(signer.sign(one, at - 2 * hour) for one in (session, api_token, expired)))


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
