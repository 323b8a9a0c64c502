"""What is refused, how soon, and what goes on, while Redis or Postgres or both are away; and that it ends by itself."""

import asyncio
import time
from functools import partial

import pytest

from tests.journey.client import TEXT, code, codes, create_token, revoke_token, usage
from tests.mails import until

ME = "{ me { email plan { name } sessions { current } } }"
LOGIN = """mutation { login(input: {email: "ada@example.org", password: "correct horse battery staple"}) {
  __typename ... on UserError { code } } }"""
LOGOUT = "mutation { logout { at } }"
SERVICE = "{ service { health dependencies { name health } } }"
# Promised are 0.3 s; the machine that tests may be busy.
AT_ONCE = 1.0


async def timed(client, query):
    begun = time.monotonic()
    response = await client.post(query)
    return response, time.monotonic() - begun


async def away(server, trouble):
    await asyncio.to_thread(getattr(server, trouble))


@pytest.fixture
async def ada(home):
    return await home.person()


@pytest.fixture
async def clients(at, ada):
    """Of one session in both processes, known to Redis."""
    both = [at(process, ada.session) for process in (0, 1)]
    assert codes([await client.post(TEXT) for client in both]) == {(200, "OK"): 2}
    return both


async def noticed(at, *names):
    """Until both processes tell that these are down."""
    for process in (0, 1):
        await until(partial(are_down, at(process), *names))


async def are_down(visitor, *names):
    found = (await visitor.run(SERVICE))["service"]["dependencies"]
    return {one["name"] for one in found if one["health"] == "DOWN"} == set(names)


@pytest.mark.parametrize("trouble", ["pause", "kill"])
async def test_without_redis_accounts_are_served_and_inference_is_refused_at_once(home, at, ada, clients, trouble):
    token = await create_token(clients[0])
    caller = at(1, token["token"])
    leaving = at(0, await home.session_of(ada.id))
    assert codes([await caller.post(TEXT), await leaving.post(TEXT)]) == {(200, "OK"): 2}
    before = await usage(clients[0])
    await away(home.redis, trouble)
    try:
        refused = await asyncio.gather(*(timed(client, TEXT) for client in clients for _ in range(20)))
        login, seconds = await timed(at(0), LOGIN)
        served = [await timed(client, ME) for client in clients]
        left = await leaving.post(LOGOUT)
        revoked = await revoke_token(clients[1], token)
        ended = [await leaving.post(ME), await caller.post("{ me { id } }")]
        await noticed(at, "redis")
        health = [(await at(process).get(path)).status_code for process in (0, 1) for path in ("/healthz", "/readyz")]
    finally:
        await (asyncio.to_thread(home.redis.resume) if trouble == "pause" else home.start_redis())
    begun = time.monotonic()
    await home.recovered()

    assert time.monotonic() - begun < 5
    assert codes(response for response, _ in refused) == {(503, "SERVICE_UNAVAILABLE"): 40}
    assert {response.headers["Retry-After"] for response, _ in refused} == {"1"}
    assert max(wait for _, wait in refused) < AT_ONCE
    # Nobody's password is tried without being counted.
    assert code(login) == "SERVICE_UNAVAILABLE"
    assert seconds < AT_ONCE
    assert codes(response for response, _ in served) == {(200, "OK"): 2}
    assert {response.json()["data"]["me"]["email"] for response, _ in served} == {ada.email}
    assert max(wait for _, wait in served) < AT_ONCE
    assert codes([left, revoked]) == {(200, "OK"): 2}
    assert codes(ended) == {(401, "UNAUTHENTICATED"): 2}
    assert health == [200, 503, 200, 503]
    # What ended meanwhile stays ended, and nothing that was refused was spent or counted.
    assert codes([await leaving.post(TEXT), await caller.post(TEXT)]) == {(401, "UNAUTHENTICATED"): 2}
    assert await usage(clients[1]) == before == {"text": (4, 0, 4)}
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}


@pytest.mark.parametrize("trouble", ["pause", "stop"])
async def test_without_postgres_whom_redis_knows_goes_on_and_nobody_is_called_a_stranger(
    home, at, ada, clients, trouble
):
    unknown = [at(process, await home.session_of(ada.id)) for process in (0, 1)]
    leaving = await home.session_of(ada.id)
    assert code(await at(0, leaving).post(TEXT)) == "OK"
    await away(home.postgres, trouble)
    try:
        known = await asyncio.gather(*(one_after_the_other(client, 20) for client in clients))
        others = await asyncio.gather(
            *(timed(client, query) for client in unknown for query in (TEXT, ME)),
            timed(clients[0], ME),
            timed(at(1, leaving), LOGOUT),
            timed(at(0), LOGIN),
        )
        await noticed(at, "postgres")
        health = [(await at(0).get(path)).status_code for path in ("/healthz", "/readyz")]
    finally:
        await asyncio.to_thread(home.postgres.resume if trouble == "pause" else home.postgres.start)
    await home.recovered()

    assert codes(response for one in known for response in one) == {(200, "OK"): 40}
    assert {code(response) for response, _ in others} == {"SERVICE_UNAVAILABLE"}
    assert {response.status_code for response, _ in others} <= {200, 503}
    assert max(wait for _, wait in others) < 8
    assert health == [200, 503]
    assert codes([await client.post(TEXT) for client in unknown]) == {(200, "OK"): 2}
    assert code(await at(0, leaving).post(LOGOUT)) in ("OK", "UNAUTHENTICATED")
    # All that was answered meanwhile is counted, by the worker too.
    assert await usage(clients[0]) == {"text": (45, 0, 45)}
    assert (await home.counted(ada))["text"] == (45, 0, 45)


async def one_after_the_other(client, number):
    return [await client.post(TEXT) for _ in range(number)]


async def test_without_both_only_the_state_of_the_service_is_told(home, at, clients):
    await away(home.redis, "pause")
    await away(home.postgres, "stop")
    try:
        await noticed(at, "postgres", "redis")
        refused = await asyncio.gather(
            *(timed(client, query) for client in clients for query in (TEXT, ME, LOGOUT, SERVICE)),
            *(timed(at(process), LOGIN) for process in (0, 1)),
        )
        told = [(await at(process).run(SERVICE))["service"]["health"] for process in (0, 1)]
        health = [(await at(1).get(path)).status_code for path in ("/healthz", "/readyz")]
    finally:
        await asyncio.to_thread(home.redis.resume)
        await asyncio.to_thread(home.postgres.start)
    await home.recovered()

    assert {code(response) for response, _ in refused} == {"SERVICE_UNAVAILABLE"}
    assert codes(response for response, _ in refused[:8]) == {(503, "SERVICE_UNAVAILABLE"): 8}
    assert max(wait for _, wait in refused) < 8
    assert told == ["DOWN"] * 2
    assert health == [200, 503]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}
    assert code(await clients[0].post(LOGOUT)) == "OK"
    assert codes([await client.post(TEXT) for client in clients]) == {(401, "UNAUTHENTICATED"): 2}
