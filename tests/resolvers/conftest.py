"""A database with all tables, what the process has one of, and people."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from joserfc.jwk import OctKey, OKPKey
from pwdlib.hashers.argon2 import Argon2Hasher
from tortoise import Tortoise

import errors
from access.callers import Caller
from access.credentials import Credential, Kind, Signer
from access.devices import Devices
from access.passwords import Hasher
from access.sealing import Sealer
from db import connection
from db.models.plans import Plan
from db.models.sessions import Session
from db.models.users import User
from limits.attempts import Attempts
from limits.charges import Charge, ModelCall
from limits.gate import Gate
from local import servers
from objects.objects import Objects
from resolvers import api_tokens, plans, timing
from resolvers.jobs.watching import Watch
from resolvers.token_input import NewToken
from resolvers.tools import Tools
from settings import Settings
from tests.databases import DELETIONS
from tests.environ import environ

# Redis judges the end of credentials by its own clock.
NOW = datetime.now(UTC).replace(microsecond=0)
IDLE = timedelta(hours=72)
PASSWORD = "correct horse battery"  # noqa: S105 - a test's own
# Not with the service's own cost: as quick as can be.
_QUICK = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Person:
    """Somebody with a session; `token` makes the caller they are by an API token."""

    user: User
    caller: Caller

    @property
    def id(self) -> UUID:
        return self.user.id

    def by_token(self, *scopes: str, token_id: UUID | None = None) -> Caller:
        credential = Credential(
            Kind.API_TOKEN, token_id or uuid4(), self.id, frozenset(scopes), NOW + timedelta(days=1)
        )
        return caller(credential)


_addresses = count(int(IPv4Address("10.0.0.1")))


def caller(credential: Credential | None = None, *, address: str | None = None) -> Caller:
    # A network of the caller's own, so that no test spends what another is counted by.
    address = address or str(IPv4Address(next(_addresses)))
    return Caller(
        credential=credential,
        rights=None,
        address=address,
        network=address,
        user_agent="tests",
        visitor_inference=False,
        body_bytes=1000,
    )


@pytest.fixture(scope="module")
async def settings_and_gate(
    accounts_database_url: str, redis: servers.Redis, catcher: servers.Mail, signing_keys_file: Path
) -> AsyncIterator[tuple[Settings, Gate]]:
    """Settings and a gate for all tests of a module, and this process connected to their database.

    To make them for each takes longer than most of the tests.
    """
    settings = Settings.from_environ(
        environ(
            DATABASE_URL=accounts_database_url,
            REDIS_URL=redis.url,
            TRITON_URL="127.0.0.1:1",
            SMTP_URL=catcher.url,
            SIGNING_KEYS_FILE=str(signing_keys_file),
            FRONTEND_URL="https://front.example.org",
            MAIL_FROM="Gatehouse <noreply@example.org>",
        )
    )
    await connection.connect(settings)
    gate = Gate(settings)
    await gate.start()
    watching = asyncio.create_task(gate.watch())
    yield settings, gate
    watching.cancel()
    await asyncio.wait({watching})
    await gate.aclose()
    await connection.close()


@pytest.fixture
async def read(settings_and_gate: tuple[Settings, Gate]) -> AsyncIterator[Settings]:
    """The settings, with the plan `free` written and nothing else in the database."""
    settings, _ = settings_and_gate
    connected = Tortoise.get_connection("default")
    await plans.write_free(settings)
    yield settings
    if Tortoise.get_connection("default") is not connected:
        await connection.close()
        await connection.connect(settings)
    await Tortoise.get_connection("default").execute_script(DELETIONS)


@pytest.fixture
def steady() -> None:
    """For tests of how long an answer takes: it takes what the service has it take."""


@pytest.fixture(autouse=True)
def _as_quick_as_can_be(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests do not wait for that."""
    if "steady" not in request.fixturenames:
        monkeypatch.setattr(timing, "LEAST", timedelta(0))


@pytest.fixture(scope="session")
def hasher():
    made = Hasher(16, passes=1, memory_kib=8)
    yield made
    made.close()


@pytest.fixture(scope="session")
def signer_at():
    """Makes signers with one key; each takes the time it is given for now."""
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    return lambda at: Signer([key], issuer="https://gate", audience="https://gate", clock=lambda: at)


@pytest.fixture(scope="session")
def signer(signer_at):
    return signer_at(NOW)


@pytest.fixture
def visitor():
    return caller()


@pytest.fixture
def new_person(read):
    async def make(email: str = "ada@example.org", *, at: datetime = NOW) -> Person:
        user = await User.create(
            email=email,
            email_verified_at=at,
            password_digest=_QUICK.hash(PASSWORD),
            plan=await Plan.get(name="free"),
            created_at=at,
        )
        session = await Session.create(user=user, created_at=at, last_used_at=at, expires_at=at + timedelta(days=14))
        return Person(user, caller(Credential(Kind.SESSION, session.id, user.id, frozenset(), session.expires_at)))

    return make


@pytest.fixture
async def ada(new_person):
    return await new_person()


@pytest.fixture
async def eve(new_person):
    return await new_person("eve@example.org")


@pytest.fixture
def create(signer):
    """An API token of a person; returns it with its secret."""

    async def run(person, name="ci", *, at=NOW, **more):
        token_input = {"expires_in": timedelta(days=7), "scopes": ["INFER", "READ"], **more}
        return await api_tokens.create(signer, person.caller, NewToken(name=name, **token_input), at=at)

    return run


async def mails() -> list[dict[str, Any]]:
    """What waits to be sent, the oldest first."""
    rows = await Tortoise.get_connection("default").execute_query_dict("SELECT payload FROM pgqueuer ORDER BY id")
    return [orjson.loads(row["payload"]) for row in rows]


async def epoch() -> int:
    (row,) = await Tortoise.get_connection("default").execute_query_dict("SELECT epoch FROM index_state")
    return int(row["epoch"])


@pytest.fixture
def gate(settings_and_gate: tuple[Settings, Gate], read: Settings) -> Gate:
    return settings_and_gate[1]


@pytest.fixture
def attempts(gate: Gate) -> Attempts:
    # A key of the test's own, so that no test finds the attempts of another.
    return gate.attempts(uuid4().bytes)


@pytest.fixture
def tools(read: Settings, gate: Gate, attempts: Attempts, hasher: Hasher, signer: Signer) -> Tools:
    sealer = Sealer([OctKey.import_key(uuid4().bytes * 2, {"kid": "one"})])
    return Tools(read, gate, attempts, hasher, signer, sealer, Devices(b"d" * 32), Objects(read), Watch())


async def is_admitted(gate: Gate, credential: Credential) -> bool:
    try:
        await gate.admit(credential, Charge("plan", (ModelCall("identity", 1),), timedelta(seconds=1)))
    except errors.Unauthenticated:
        return False
    return True
