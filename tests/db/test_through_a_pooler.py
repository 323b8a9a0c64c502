"""A whole installation whose pools go through a real PgBouncer in transaction mode; `THROUGH_PGBOUNCER=1 make test
ARGS=tests/journey` runs the whole journey so."""

import asyncio
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import pytest

from tests import pgbouncer
from tests.events import subscribed
from tests.jobs.documents import create
from tests.journey.client import TEXT, code, codes, create_token, revoke_token, usage
from tests.journey.conftest import client_at as client_at
from tests.journey.documents import CODE, LOGIN, PASSWORD, REGISTER, VERIFY
from tests.journey.installation import Installation, running
from tests.mails import caught_by, until

pytestmark = pgbouncer.needed


ME = "{ me { email } }"
DOWN = "{ service { dependencies { name health } } }"
WATCH = "subscription ($id: ID!) { job(id: $id) { state } }"
JOB = {"model": "text", "inputs": [{"name": "IN", "shape": [1], "data": {"values": ["a"]}}]}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("pooled"), is_pooled=True) as started:
        yield started


async def test_from_an_address_to_a_session_and_out_again(installation, client_at):
    address, visitor = f"ada.{uuid4()}@example.org", client_at(0)
    await visitor.run(REGISTER, email=address, password=PASSWORD)
    # The worker hears of it past the pooler, and sends it.
    await until(lambda: caught_by(installation.mail.mails, address))
    (mail,) = caught_by(installation.mail.mails, address)
    body = mail.get_body(("plain",))
    assert body is not None
    lines = [line.strip() for line in body.get_content().splitlines()]
    (given,) = (line for line in lines if CODE.fullmatch(line))
    assert (await client_at(1).run(VERIFY, code=given))["verifyEmail"]["email"] == address
    assert (await visitor.run(VERIFY, code=given))["verifyEmail"]["code"] == "CODE_REFUSED"

    login = (await visitor.run(LOGIN, email=address, password=PASSWORD))["login"]
    clients = [client_at(process, login["token"]) for process in (0, 1)]
    assert [(await client.run(ME))["me"]["email"] for client in clients] == [address] * 2
    assert (await clients[0].run("mutation { logout { at } }"))["logout"]["at"]

    assert codes([await client.post(ME) for client in clients]) == {(401, "UNAUTHENTICATED"): 2}


async def test_a_revocation_and_a_job_go_through_a_pooler(installation, client_at):
    ada = await installation.person()
    client = client_at(0, ada.session)
    token = await create_token(client)
    callers = [client_at(process, token["token"]) for process in (0, 1)]
    assert codes([await caller.post(TEXT) for caller in callers]) == {(200, "OK"): 2}

    job_id = (await create(client, JOB))["job"]["id"]
    async with subscribed(client.http, WATCH, id=job_id) as events:
        *_, last, _ = await events.rest()
    assert (await revoke_token(client, token)).status_code == 200

    assert last.data["data"] == {"job": {"state": "SUCCEEDED"}}
    assert codes([await caller.post(TEXT) for caller in callers]) == {(401, "UNAUTHENTICATED"): 2}
    assert (await usage(client))["text"][:2] == (3, 0)
    await until(partial(installation.is_rolled_up, ada))
    assert (await installation.counted(ada))["text"][:2] == (3, 0)


async def test_many_clients_share_the_sessions_of_a_pooler(installation, client_at):
    people = [await installation.person() for _ in range(20)]
    clients = [client_at(number % 2, person.session) for number, person in enumerate(people)]

    # One after the other at first: many new documents of one network at once are refused.
    assert codes([await client.post(ME) for client in clients]) == {(200, "OK"): 20}
    answers = await asyncio.gather(*(client.post(ME) for client in clients for _ in range(10)))

    assert codes(answers) == {(200, "OK"): 200}
    emails = [answer.json()["data"]["me"]["email"] for answer in answers]
    assert emails == [person.email for person in people for _ in range(10)]


@pytest.mark.parametrize("trouble", ["kill", "pause", "postgres"])
async def test_an_outage_of_a_pooler_is_one_of_postgres(installation, client_at, trouble):
    ada = await installation.person()
    known = [client_at(process, ada.session) for process in (0, 1)]
    unknown = client_at(0, await installation.session_of(ada.id))
    assert codes([await client.post(TEXT) for client in known]) == {(200, "OK"): 2}
    server = installation.postgres if trouble == "postgres" else installation.pooler
    await asyncio.to_thread(server.stop if trouble == "postgres" else getattr(server, trouble))
    try:
        served = [await client.post(TEXT) for client in known for _ in range(5)]
        refused = [await client.post(ME) for client in (*known, unknown)]
        await until(partial(is_down, client_at(0)))
        ready = [(await client_at(0).get(path)).status_code for path in ("/healthz", "/readyz")]
    finally:
        await asyncio.to_thread(server.resume if trouble == "pause" else server.start)
    await installation.recovered()

    assert codes(served) == {(200, "OK"): 10}
    assert {code(answer) for answer in refused} == {"SERVICE_UNAVAILABLE"}
    assert ready == [200, 503]
    assert codes([await client.post(ME) for client in (*known, unknown)]) == {(200, "OK"): 3}
    # What was answered meanwhile is counted once.
    await until(partial(installation.is_rolled_up, ada))
    assert await installation.counted(ada) == {"text": (12, 0, 12)}


async def is_down(visitor):
    found = (await visitor.run(DOWN))["service"]["dependencies"]
    return [one["name"] for one in found if one["health"] == "DOWN"] == ["postgres"]
