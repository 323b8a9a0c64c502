"""What a token may do is narrowed: no process goes on by what it could do before, also where one of them is killed."""

import asyncio
from contextlib import asynccontextmanager

import httpx2
import pytest

from limits import partitions
from tests.journey.client import TEXT, AccountClient, code, codes, create_token
from tests.mails import until
from tests.service import Service

UPDATE = """mutation ($id: ID!, $input: UpdateApiTokenInput!) { updateApiToken(id: $id, input: $input) {
  __typename ... on ApiTokenUpdated { apiToken { models unitsPerMinute } } ... on UserError { code } } }"""
LIST = "{ me { apiTokens(first: 10) { nodes { models unitsPerMinute status } } } }"
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
_EVENTS = "SELECT credential_id, done_at IS NOT NULL AS done FROM credential_events WHERE user_id = $1"
# The worker leaves an event alone for its first ten seconds.
_AGE = "UPDATE credential_events SET at = at - interval '1 minute' WHERE user_id = $1"


@pytest.fixture
async def ada(installation):
    return await installation.person()


@pytest.fixture
async def token(client_at, ada):
    return await create_token(client_at(0, ada.session))


@pytest.fixture
async def doomed(installation, tmp_path):
    """A third process of the installation."""
    service = Service(installation.environ, tmp_path / "service.log")
    await asyncio.to_thread(service.start)
    yield service
    if service.is_running():
        await asyncio.to_thread(service.stop)


async def narrow(client, token, **changes):
    return await client.post(UPDATE, id=token["apiToken"]["id"], input=changes)


async def test_after_the_answer_every_process_goes_by_the_narrow_right(installation, client_at, ada, token):
    clients = [client_at(number, token["token"]) for number in (0, 1)]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}

    answer = (await narrow(client_at(0, ada.session), token, models=["identity"])).json()

    updated = {"models": ["identity"], "unitsPerMinute": None}
    assert answer["data"]["updateApiToken"] == {"__typename": "ApiTokenUpdated", "apiToken": updated}
    after = [await client.post(TEXT) for client in clients for _ in range(10)]
    assert codes(after) == {(200, "MODEL_NOT_FOUND"): 20}
    await narrow(client_at(1, ada.session), token, models=None, unitsPerMinute=1)
    assert codes([await client.post(TEXT) for client in clients * 5]) == {(200, "OK"): 1, (429, "RATE_LIMITED"): 9}


async def test_while_redis_stands_still_a_narrowing_holds_when_it_goes_on(installation, client_at, ada, token):
    clients = [client_at(number, token["token"]) for number in (0, 1)]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}
    installation.redis.pause()
    try:
        answer = await narrow(client_at(0, ada.session), token, models=["identity"])
    finally:
        installation.redis.resume()

    assert codes([answer]) == {(200, "OK"): 1}
    await installation.recovered()
    after = [await client.post(TEXT) for client in clients for _ in range(10)]
    assert codes(after) == {(200, "MODEL_NOT_FOUND"): 20}


async def test_killed_between_postgres_and_redis_the_worker_puts_it_in_force(
    installation, client_at, ada, token, doomed
):
    other = client_at(1, token["token"])
    async with AccountClient(doomed.url, ada.session) as owner:
        assert code(await other.post(TEXT)) == "OK"
        async with held_after_the_commit(installation, ada) as committed:
            answer = asyncio.create_task(narrow(owner, token, models=["identity"], unitsPerMinute=7))
            await committed()

            doomed.kill()

        with pytest.raises(httpx2.TransportError):
            await answer
    # Postgres has it, Redis does not, and nobody was told that it is in force.
    assert await events(installation, ada) == [(None, False)]
    assert await stored(client_at, ada) == [{"models": ["identity"], "unitsPerMinute": 7, "status": "ACTIVE"}]
    assert code(await other.post(TEXT)) == "OK"

    async with installation.database() as database:
        await database.execute(_AGE, ada.id)
    await until(lambda: is_done(installation, ada))

    for number in (0, 1):
        refused = await client_at(number, token["token"]).post(TEXT)
        assert code(refused) == "MODEL_NOT_FOUND"
        assert '"token-minute";q=7;w=60' in refused.headers["RateLimit-Policy"]
    assert await in_redis(installation, ada) == [b'{"models":["identity"]}']


@asynccontextmanager
async def held_after_the_commit(installation, person):
    """The next change of a token commits, and its process gets no further: what it then reads for Redis is locked.

    Yields what waits for that moment.
    """
    async with installation.database() as audit, installation.database() as tokens, installation.database() as looking:
        early = audit.transaction()
        await early.start()
        await audit.execute("LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE")
        late = tokens.transaction()
        await late.start()

        async def committed():
            await until(lambda: _are_waiting(looking, 1))
            # Behind the change, which has written the token, and ahead of whatever comes after it.
            locking = asyncio.create_task(tokens.execute("LOCK TABLE api_tokens IN ACCESS EXCLUSIVE MODE"))
            await until(lambda: _are_waiting(looking, 2))
            await early.rollback()
            await locking
            await until(lambda: _are_waiting(looking, 1))
            assert [tuple(row) for row in await looking.fetch(_EVENTS, person.id)] == [(None, False)]

        yield committed
        await late.rollback()


async def _are_waiting(database, number):
    return await database.fetchval(_WAITING) >= number


async def events(installation, person):
    async with installation.database() as database:
        return [tuple(row) for row in await database.fetch(_EVENTS, person.id)]


async def is_done(installation, person):
    return await events(installation, person) == [(None, True)]


async def stored(client_at, person):
    return (await client_at(0, person.session).run(LIST))["me"]["apiTokens"]["nodes"]


async def in_redis(installation, person):
    """What Redis holds of the rights of the person's tokens."""
    async with installation.database() as database:
        tokens = await database.fetch("SELECT id FROM api_tokens WHERE user_id = $1", person.id)
    keys = [partitions.of_user(person.id, token["id"]).credential_entry for token in tokens]
    async with installation.in_redis() as redis:
        rights = [await redis.hget(key, "r") for key in keys]
    return [right for right in rights if right not in (None, b'{"models":null}')]


async def test_networks_are_in_force_everywhere_once_they_are_answered(client_at, ada, token):
    clients = [client_at(number, token["token"]) for number in (0, 1)]
    seen = [await client.run("{ seenFrom currentApiToken { seenFrom allowedNetworks } }") for client in clients]
    assert (
        seen == [{"seenFrom": "127.0.0.1", "currentApiToken": {"seenFrom": "127.0.0.1", "allowedNetworks": None}}] * 2
    )
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}

    await narrow(client_at(0, ada.session), token, allowedNetworks=["203.0.113.0/24", "2001:db8::/32"])

    answers = [await client.post(query) for client in clients for query in (TEXT, "{ service { version } }")]
    assert codes(answers) == {(403, "FORBIDDEN"): 4}
    assert {answer.json()["errors"][0]["extensions"]["seenFrom"] for answer in answers} == {"127.0.0.1"}
    assert "127.0.0.1" in answers[0].json()["errors"][0]["message"]
    await narrow(client_at(1, ada.session), token, allowedNetworks=["127.0.0.0/8"])
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}
    session = await client_at(0, ada.session).run(
        "{ seenFrom me { apiTokens { nodes { seenFrom allowedNetworks } } } }"
    )
    assert await client_at(1).run("{ seenFrom }") == {"seenFrom": "127.0.0.1"}
    nodes = [{"seenFrom": None, "allowedNetworks": ["127.0.0.0/8"]}]
    assert session == {"seenFrom": "127.0.0.1", "me": {"apiTokens": {"nodes": nodes}}}
