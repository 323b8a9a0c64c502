"""Two API processes and a worker on a Redis Cluster: from sign-up to a revoked token, while a master is killed."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast
from uuid import uuid4

import pytest
from redis.crc import key_slot

from access.credentials import Signer
from limits import partitions
from settings import Settings
from tests import redis_servers, together
from tests.environ import environ
from tests.jobs.documents import create, reach
from tests.journey.client import TEXT, AccountClient, code, codes, create_token, revoke_token, usage
from tests.journey.documents import CODE, LOGIN, PASSWORD, REGISTER, VERIFY
from tests.journey.installation import Installation
from tests.mails import caught_by, until
from tests.service import Service, Worker

JOB = {"model": "text", "inputs": [{"name": "IN", "shape": [1], "data": {"values": ["a"]}}]}
USERS = "SELECT id FROM users WHERE email = $1"


@pytest.fixture
async def cluster(gate_servers):
    server = gate_servers(redis_servers.CLUSTER)
    # Tests before may have left it while a replica took a master's place, and the data of another database.
    await asyncio.to_thread(server.start)
    client = redis_servers.client(server.url)
    await client.flushall()
    await client.aclose()
    yield server
    await asyncio.to_thread(server.start)


@pytest.fixture
def installation(cluster, migrated_url, postgres, triton, catcher, signing_keys_file, tmp_path):
    variables = environ(
        DATABASE_URL=migrated_url,
        REDIS_URL=cluster.url,
        TRITON_URL=triton.url,
        SMTP_URL=catcher.url,
        SIGNING_KEYS_FILE=str(signing_keys_file),
        FRONTEND_URL="https://front.example.org",
        MAIL_FROM="Gatehouse <noreply@example.org>",
    )
    worker = Worker(variables, tmp_path / "worker.log")
    services = [Service(variables, tmp_path / f"{number}.log") for number in range(2)]
    with together.running(worker, *services):
        signer = Signer.from_settings(Settings.from_environ(variables))
        yield Installation(variables, postgres, cast(Any, cluster), catcher, worker, services, signer)


@pytest.fixture
async def client_at(installation):
    opened = []

    def client(process, credential=None):
        opened.append(AccountClient(installation.urls[process], credential))
        return opened[-1]

    yield client
    for one in opened:
        await one.__aexit__(None, None, None)


async def test_the_journey_of_a_user_whose_master_is_killed(installation, client_at, cluster):
    email, visitor = f"ada.{uuid4()}@example.org", client_at(0)
    session = await signed_up(installation, visitor, client_at(1), email)
    owner = client_at(0, session)
    kept, leaked, last = [await create_token(owner, name=name) for name in ("kept", "leaked", "last")]
    callers = [client_at(process, kept["token"]) for process in (0, 1)]
    assert codes([await caller.post(TEXT) for caller in callers for _ in range(3)]) == {(200, "OK"): 6}
    of_leaked = [client_at(process, leaked["token"]) for process in (0, 1)]
    assert codes([await caller.post(TEXT) for caller in of_leaked]) == {(200, "OK"): 2}
    job = (await create(callers[0], JOB))["job"]
    assert (await reach(callers[1], job["id"], "SUCCEEDED"))["units"] == 1
    async with installation.database() as database:
        user_id = await database.fetchval(USERS, email)
    slot = key_slot(partitions.of(user_id).encode())
    master = cluster.master_of(slot)
    bob = await person_at(installation, cluster, cluster.another(master))
    # What is in Postgres cannot be lost with the master.
    await until(partial(is_counted, installation, user_id, 9))

    async with calling([client_at(process, bob.session) for process in (0, 1)]) as heard:
        await until(lambda: len(heard) > 4)
        master.kill()
        refused = [await caller.post(TEXT) for caller in callers]
        # The master of its keys is down. So the mutation is answered when every process knows a new epoch.
        assert (await revoke_token(owner, leaked)).status_code == 200
        served = 0

        async def are_served():
            nonlocal served
            answers = [code(await caller.post(TEXT)) for caller in callers]
            served += answers.count("OK")
            return answers == ["OK", "OK"]

        await until(are_served)
        assert cluster.master_of(slot) is not master
        before = len(heard)
        await until(lambda: len(heard) > before + 4)

    assert codes(refused) == {(503, "SERVICE_UNAVAILABLE"): 2}
    assert codes([await caller.post(TEXT) for caller in of_leaked]) == {(401, "UNAUTHENTICATED"): 2}
    assert (await revoke_token(owner, last)).status_code == 200
    answers = [await client_at(process, last["token"]).post(TEXT) for process in (0, 1)]
    assert codes(answers) == {(401, "UNAUTHENTICATED"): 2}
    assert codes([await caller.post(TEXT) for caller in callers]) == {(200, "OK"): 2}
    # Users of other masters have noticed nothing, and all that was answered is counted once.
    assert set(heard) == {"OK"}
    await until(partial(is_counted, installation, user_id, 9 + served + 2))
    await until(partial(is_counted, installation, bob.id, len(heard)))
    assert await usage(owner) == {"text": (11 + served, 0, 11 + served)}


async def signed_up(installation, visitor, other, email):
    """The session of a new user, who verifies their address in the other process."""
    await visitor.run(REGISTER, email=email, password=PASSWORD)
    await until(lambda: len(caught_by(installation.mail.mails, email)) == 1)
    (mail,) = caught_by(installation.mail.mails, email)
    body = mail.get_body(("plain",))
    assert body is not None
    lines = [line.strip() for line in body.get_content().splitlines()]
    (given,) = (line for line in lines if CODE.fullmatch(line))
    assert (await other.run(VERIFY, code=given))["verifyEmail"]["email"] == email
    return (await visitor.run(LOGIN, email=email, password=PASSWORD))["login"]["token"]


async def person_at(installation, cluster, master):
    while True:
        found = await installation.person(per_minute=10**6, per_day=10**6)
        if cluster.owner(partitions.of(found.id)) is master:
            return found


@asynccontextmanager
async def calling(clients):
    """Each client calls again and again, until the end of the block. It gives the codes of the answers."""
    heard, is_over = [], asyncio.Event()

    async def call(client):
        while not is_over.is_set():
            heard.append(code(await client.post(TEXT)))
            await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(call(client))
        try:
            yield heard
        finally:
            is_over.set()


async def is_counted(installation, user_id, calls):
    async with installation.database() as database:
        found = await database.fetchrow(
            "SELECT coalesce(sum(calls), 0)::int, coalesce(sum(units), 0)::int FROM usage WHERE user_id = $1", user_id
        )
    return tuple(found) == (calls, calls)
