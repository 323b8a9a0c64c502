"""Nothing that begins after a revocation was acknowledged is admitted, in any process, whatever happens to Redis."""

import asyncio
import shutil

import httpx2
import pytest

from tests.journey.client import TEXT, codes, create_token, revoke_token, usage
from tests.mails import until


@pytest.fixture
async def ada(installation):
    return await installation.person(per_minute=1_000_000, per_day=1_000_000)


@pytest.fixture
async def session(client_at, ada):
    return client_at(0, ada.session)


@pytest.fixture
async def token(session):
    return await create_token(session)


async def begun_after(clients):
    """Three hundred requests, sixty at once, over all the clients."""
    answers = []
    for _ in range(5):
        sixty = (clients[number % len(clients)].post(TEXT) for number in range(60))
        answers += await asyncio.gather(*sixty)
    return codes(answers)


NONE_ADMITTED = {(401, "UNAUTHENTICATED"): 300}


async def test_none_of_300_is_admitted_by_any_process(client_at, session, token):
    clients = [client_at(number, token["token"]) for number in (0, 1)]
    answered: list[httpx2.Response] = []
    load = [asyncio.create_task(go_on_until_refused(client, answered)) for client in clients for _ in range(8)]
    await until(lambda: len(answered) > 50)

    revoked = await revoke_token(session, token)

    assert revoked.json()["data"]["revokeApiToken"]["apiToken"]["status"] == "REVOKED"
    assert await begun_after(clients) == NONE_ADMITTED
    assert set(await asyncio.gather(*load)) == {(401, "UNAUTHENTICATED")}
    # Calls that started before were answered, and are counted.
    ((model, (calls, _, units)),) = (await usage(session)).items()
    assert (model, calls) == ("text", units)
    assert len(answered) <= calls <= len(answered) + 16


async def go_on_until_refused(client, answered):
    """How the last call was refused; the others are in `answered`."""
    while (response := await client.post(TEXT)).status_code == 200:
        answered.append(response)
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


async def test_none_of_300_is_admitted_with_a_session_that_was_logged_out(client_at, ada):
    clients = [client_at(number, ada.session) for number in (0, 1)]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}

    await clients[0].run("mutation { logout { at } }")

    assert await begun_after(clients) == NONE_ADMITTED


async def test_none_of_300_is_admitted_after_flushall(installation, client_at, session, token):
    clients = [client_at(number, token["token"]) for number in (0, 1)]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}
    await revoke_token(session, token)

    async with installation.in_redis() as redis:
        await redis.flushall()

    assert await begun_after(clients) == NONE_ADMITTED


async def test_none_of_300_is_admitted_though_redis_came_back_with_data_from_before(
    installation, client_at, session, token, tmp_path
):
    clients = [client_at(number, token["token"]) for number in (0, 1)]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}
    files = installation.redis.files
    shutil.copytree(files, tmp_path / "old")
    await revoke_token(session, token)

    await asyncio.to_thread(installation.redis.kill)
    shutil.rmtree(files)
    shutil.copytree(tmp_path / "old", files)
    await installation.start_redis()
    during = await asyncio.gather(*(client.post(TEXT) for client in clients for _ in range(20)))
    await installation.recovered()

    # Refused too, while the processes found out who that is.
    assert set(codes(during)) <= {(401, "UNAUTHENTICATED"), (503, "SERVICE_UNAVAILABLE")}
    assert await begun_after(clients) == NONE_ADMITTED
    # The old data is really there, and a caller who is not revoked is admitted as before.
    async with installation.in_redis() as redis:
        assert [key async for key in redis.scan_iter("*:c:*")]
    assert codes([await session.post(TEXT)]) == {(200, "OK"): 1}


async def test_a_revocation_while_redis_stands_still_holds_when_it_goes_on(installation, client_at, session, token):
    clients = [client_at(number, token["token"]) for number in (0, 1)]
    assert codes([await client.post(TEXT) for client in clients]) == {(200, "OK"): 2}
    installation.redis.pause()
    try:
        revoked = await revoke_token(session, token)
        meanwhile = await asyncio.gather(*(client.post(TEXT) for client in clients for _ in range(20)))
    finally:
        installation.redis.resume()

    assert codes([revoked]) == {(200, "OK"): 1}
    assert set(codes(meanwhile)) <= {(401, "UNAUTHENTICATED"), (503, "SERVICE_UNAVAILABLE")}
    await installation.recovered()
    assert await begun_after(clients) == NONE_ADMITTED
