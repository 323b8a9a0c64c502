"""What still works, and what is refused, while Redis or Postgres is away."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from starlette.datastructures import Secret

import errors
from db import connection
from db.models.sessions import Session
from limits.gate import Gate
from local import servers
from resolvers import accounts, api_tokens, logins, plans, registration, sessions, usage
from resolvers.registration import Registration
from resolvers.token_input import NewToken
from resolvers.usage import Interval, Question
from store.pipeline import DEADLINE
from tests import clusters
from tests.loop_time import LoopTime
from tests.resolvers.conftest import IDLE, NOW, PASSWORD, caller, epoch

# As docs/limits.md promises: the deadlines of a command, of the probe that follows, and of the second try.
AT_ONCE = 3 * DEADLINE.total_seconds()


@pytest.fixture
async def own_redis(tmp_path):
    with servers.Redis(tmp_path) as server:
        yield server


@pytest.fixture
async def own_gate(read, own_redis):
    made = Gate(replace(read, redis_url=Secret(own_redis.url)))
    await made.start()
    watching = asyncio.create_task(made.watch())
    yield made
    watching.cancel()
    await asyncio.wait({watching})
    await made.aclose()


async def seconds(work):
    async with LoopTime() as passed:
        with pytest.raises(errors.ServiceUnavailable):
            await work
    return passed.seconds


async def test_without_redis_accounts_are_read_and_credentials_revoked(own_redis, own_gate, read, ada, signer):
    token_input = NewToken(name="ci", expires_in=read.session_lifetime, scopes=["READ"])
    created = await api_tokens.create(signer, ada.caller, token_input, at=NOW)
    own_redis.kill()
    before = await epoch()

    user = await accounts.me(ada.caller)
    assert user is not None
    assert len(await sessions.listed(ada.caller, at=NOW, idle_lifetime=IDLE)) == 1
    await api_tokens.revoke(own_gate, ada.caller, created.token.id, at=NOW)
    await sessions.logout(own_gate, ada.caller, at=NOW)

    assert (await Session.get(id=ada.caller.credential.id)).revoked_at == NOW
    # Redis may come back with what it knew: that is of an older epoch now.
    assert await epoch() >= before + 2


async def test_without_redis_no_password_is_tried(own_redis, own_gate, tools, ada, hasher):
    attempts, computed = own_gate.attempts(uuid4().bytes), hasher.computed
    own_redis.kill()

    login = logins.login(
        replace(tools, gate=own_gate, attempts=attempts), caller(), email="ada@example.org", password=PASSWORD, at=NOW
    )

    assert await seconds(login) < AT_ONCE
    assert hasher.computed == computed
    asked = Question(begin=NOW.date(), end=NOW.date().replace(year=NOW.year + 1), interval=Interval.MONTH)
    assert await seconds(usage.Reader(own_gate).of_user(ada.caller, asked)) < AT_ONCE


async def test_without_postgres_nothing_is_said_of_anybody(tmp_path, read, ada, gate, tools):
    clusters.fill(tmp_path)
    with servers.Postgres(tmp_path, durable=False) as postgres:
        url = postgres.url
    await connection.close()
    await connection.connect(replace(read, database_url=Secret(url)))

    bob = Registration(email="bob@example.org", password=PASSWORD)
    for work in (
        accounts.me(ada.caller),
        plans.write_free(read),
        registration.register(
            tools,
            caller(),
            bob,
            arrived_at=datetime.now(UTC),
            at=NOW,
        ),
        registration.verify(tools, caller(), "A" * 32, at=NOW),
        registration.resend(tools, caller(), "bob@example.org", at=NOW),
        logins.login(tools, caller(), email="a@b.org", password=PASSWORD, at=NOW),
        sessions.logout(gate, ada.caller, at=NOW),
        api_tokens.revoke(gate, ada.caller, uuid4(), at=NOW),
    ):
        with pytest.raises(errors.ServiceUnavailable):
            await work
