"""What is refused and what goes on while Redis or Postgres or both are away; and that it ends by itself.

Each answer comes during the outage, which the test ends. Promised are 0.3 s, to which tests/limits/test_outages.py
holds the gate.
"""

import asyncio
from functools import partial

import pytest

from tests.journey.client import TEXT, code, codes, create_token, revoke_token, usage
from tests.mails import until

ME = "{ me { email plan { name } sessions { current } } }"
LOGIN = """mutation { login(input: {email: "ada@example.org", password: "correct horse battery staple"}) {
  __typename ... on UserError { code } } }"""
LOGOUT = "mutation { logout { at } }"
SERVICE = "{ service { health dependencies { name health } } }"


async def away(server, trouble):
    await asyncio.to_thread(getattr(server, trouble))


@pytest.fixture
async def ada(installation):
    return await installation.person()


@pytest.fixture
async def clients(client_at, ada):
    """Of one session in both processes, known to Redis."""
    both = [client_at(process, ada.session) for process in (0, 1)]
    assert codes([await client.post(TEXT) for client in both]) == {(200, "OK"): 2}
    return both


async def noticed(client_at, *names):
    """Until both processes tell that these are down."""
    for process in (0, 1):
        await until(partial(are_down, client_at(process), *names))


async def are_down(visitor, *names):
    found = (await visitor.run(SERVICE))["service"]["dependencies"]
    return {one["name"] for one in found if one["health"] == "DOWN"} == set(names)


@pytest.mark.parametrize("trouble", ["pause", "kill"])
async def test_without_redis_accounts_are_served_and_inference_is_refused_at_once(
    installation, client_at, ada, clients, trouble
):
    token = await create_token(clients[0])
    caller = client_at(1, token["token"])
    leaving = client_at(0, await installation.session_of(ada.id))
    assert codes([await caller.post(TEXT), await leaving.post(TEXT)]) == {(200, "OK"): 2}
    before = await usage(clients[0])
    await away(installation.redis, trouble)
    try:
        refused = await asyncio.gather(*(client.post(TEXT) for client in clients for _ in range(20)))
        login = await client_at(0).post(LOGIN)
        served = [await client.post(ME) for client in clients]
        left = await leaving.post(LOGOUT)
        revoked = await revoke_token(clients[1], token)
        ended = [await leaving.post(ME), await caller.post("{ me { id } }")]
        await noticed(client_at, "redis")
        health = [
            (await client_at(process).get(path)).status_code for process in (0, 1) for path in ("/healthz", "/readyz")
        ]
    finally:
        await (asyncio.to_thread(installation.redis.resume) if trouble == "pause" else installation.start_redis())
    await installation.recovered()

    assert codes(refused) == {(503, "SERVICE_UNAVAILABLE"): 40}
    assert {response.headers["Retry-After"] for response in refused} == {"1"}
    # Nobody's password is tried without being counted.
    assert code(login) == "SERVICE_UNAVAILABLE"
    assert codes(served) == {(200, "OK"): 2}
    assert {response.json()["data"]["me"]["email"] for response in served} == {ada.email}
    assert codes([left, revoked]) == {(200, "OK"): 2}
    assert codes(ended) == {(401, "UNAUTHENTICATED"): 2}
    assert health == [200, 503, 200, 503]
    # What ended meanwhile stays ended, and nothing that was refused was spent or counted.
    assert codes([await leaving.post(TEXT), await caller.post(TEXT)]) == {(401, "UNAUTHENTICATED"): 2}
    assert await usage(clients[1]) == before == {"text": (4, 0, 4)}
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}


@pytest.mark.parametrize("trouble", ["pause", "stop"])
async def test_without_postgres_cached_credentials_work_and_no_valid_one_is_called_wrong(
    installation, client_at, ada, clients, trouble
):
    unknown = [client_at(process, await installation.session_of(ada.id)) for process in (0, 1)]
    leaving = await installation.session_of(ada.id)
    assert code(await client_at(0, leaving).post(TEXT)) == "OK"
    await away(installation.postgres, trouble)
    try:
        known = await asyncio.gather(*(one_after_the_other(client, 20) for client in clients))
        others = await asyncio.gather(
            *(client.post(query) for client in unknown for query in (TEXT, ME)),
            clients[0].post(ME),
            client_at(1, leaving).post(LOGOUT),
            client_at(0).post(LOGIN),
        )
        await noticed(client_at, "postgres")
        health = [(await client_at(0).get(path)).status_code for path in ("/healthz", "/readyz")]
    finally:
        await asyncio.to_thread(installation.postgres.resume if trouble == "pause" else installation.postgres.start)
    await installation.recovered()

    assert codes(response for one in known for response in one) == {(200, "OK"): 40}
    assert {code(response) for response in others} == {"SERVICE_UNAVAILABLE"}
    assert {response.status_code for response in others} <= {200, 503}
    assert health == [200, 503]
    assert codes([await client.post(TEXT) for client in unknown]) == {(200, "OK"): 2}
    assert code(await client_at(0, leaving).post(LOGOUT)) in ("OK", "UNAUTHENTICATED")
    # All that was answered meanwhile is counted, by the worker too.
    assert await usage(clients[0]) == {"text": (45, 0, 45)}
    assert (await installation.counted(ada))["text"] == (45, 0, 45)


async def one_after_the_other(client, number):
    return [await client.post(TEXT) for _ in range(number)]


async def test_without_both_only_the_health_of_the_service_is_answered(installation, client_at, clients):
    await away(installation.redis, "pause")
    await away(installation.postgres, "stop")
    try:
        await noticed(client_at, "postgres", "redis")
        refused = await asyncio.gather(
            *(client.post(query) for client in clients for query in (TEXT, ME, LOGOUT, SERVICE)),
            *(client_at(process).post(LOGIN) for process in (0, 1)),
        )
        shown = [(await client_at(process).run(SERVICE))["service"]["health"] for process in (0, 1)]
        health = [(await client_at(1).get(path)).status_code for path in ("/healthz", "/readyz")]
    finally:
        await asyncio.to_thread(installation.redis.resume)
        await asyncio.to_thread(installation.postgres.start)
    await installation.recovered()

    assert {code(response) for response in refused} == {"SERVICE_UNAVAILABLE"}
    assert codes(refused[:8]) == {(503, "SERVICE_UNAVAILABLE"): 8}
    assert shown == ["DOWN"] * 2
    assert health == [200, 503]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}
    assert code(await clients[0].post(LOGOUT)) == "OK"
    assert codes([await client.post(TEXT) for client in clients]) == {(401, "UNAUTHENTICATED"): 2}
