"""What is refused while Redis or Postgres is away, how soon, and that it ends by itself."""

import asyncio
import time

import pytest

import errors
from access.charges import Call, Charge, VisitorLimits
from access.entries import Outcome
from settings import Settings
from tests.access.people import inference, running, soon

ACCOUNT = Charge("account", (Call(None, 1),))
# Promised are 0.3 s; the machine that tests may be busy.
AT_ONCE = 0.6


async def timed(awaitable):
    begun = time.monotonic()
    try:
        answer = await awaitable
    except errors.GatehouseError as error:
        answer = error
    return answer, time.monotonic() - begun


async def admitted(home, credential):
    try:
        await home.call(credential, units=0)
    except errors.ServiceUnavailable:
        return False
    return True


@pytest.mark.parametrize("trouble", ["pause", "kill"])
async def test_without_redis_inference_is_refused_at_once_and_accounts_are_served(home, trouble):
    ada, revoked = await home.session(), await home.session()
    await home.call(ada)
    await home.call(revoked)
    await home.gate.confirm(await home.revoke(revoked))
    getattr(home.server, trouble)()
    try:
        answers = await asyncio.gather(*(timed(home.gate.admit(ada, inference())) for _ in range(40)))
        later = await timed(home.gate.admit(ada, inference()))
        visitor = await timed(home.gate.admit_visitor("203.0.113.1", inference(), VisitorLimits(9, 9, 9)))
        own, seconds = await timed(home.gate.admit(ada, ACCOUNT))
        dead, _ = await timed(home.gate.admit(revoked, ACCOUNT))
    finally:
        home.server.resume() if trouble == "pause" else home.server.start()

    assert {type(error) for error, _ in [*answers, later, visitor]} == {errors.ServiceUnavailable}
    assert max(seconds for _, seconds in [*answers, visitor]) < AT_ONCE
    assert later[1] < 0.05
    assert (own.rights.role, own.windows, own.lease) == ("USER", (), None)
    assert seconds < AT_ONCE
    assert isinstance(dead, errors.Unauthenticated)
    begun = time.monotonic()
    assert await soon(lambda: admitted(home, ada))
    assert time.monotonic() - begun < 2


async def test_nothing_that_was_refused_while_redis_stood_still_is_spent_when_it_goes_on(home):
    ada = await home.session(per_minute=100, at_once=50)
    await home.call(ada, units=0)
    await asyncio.gather(*(home.call(ada, units=0) for _ in range(10)))  # connections that are open
    home.server.pause()
    try:
        answers = await asyncio.gather(*(timed(home.gate.admit(ada, inference())) for _ in range(10)))
        await asyncio.sleep(0.3)
    finally:
        home.server.resume()

    assert {type(error) for error, _ in answers} == {errors.ServiceUnavailable}
    assert await soon(lambda: admitted(home, ada))

    async def is_clean():
        return await home.state(ada.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}

    assert await soon(is_clean)
    assert await home.usage(ada.user_id) == []


async def test_without_postgres_known_credentials_go_on_and_others_are_not_called_bad(home, postgres):
    ada, unknown = await home.session(), await home.session()
    await home.call(ada)
    postgres.pause()
    try:
        assert await soon(lambda: asyncio.sleep(0, not home.gate.store.epoch.postgres_answers))
        known = [await timed(home.call(ada)) for _ in range(20)]
        answer, seconds = await timed(home.gate.admit(unknown, inference()))
        account, _ = await timed(home.gate.admit(unknown, ACCOUNT))
    finally:
        postgres.resume()

    assert not any(isinstance(admission, Exception) for admission, _ in known)
    assert max(seconds for _, seconds in known) < 0.2
    assert isinstance(answer, errors.ServiceUnavailable)
    assert isinstance(account, errors.ServiceUnavailable)
    assert seconds < 1
    assert await soon(lambda: admitted(home, unknown))


async def test_a_postgres_that_hangs_unnoticed_holds_nobody_up_for_long(home, postgres):
    unknown = await home.session()
    postgres.pause()
    try:
        answer, seconds = await timed(home.gate.admit(unknown, inference()))
    finally:
        postgres.resume()

    assert isinstance(answer, errors.ServiceUnavailable)
    assert seconds < 4


async def test_without_postgres_a_redis_that_was_never_seen_is_not_used(home, postgres):
    ada = await home.session()
    await home.call(ada)
    postgres.pause()
    try:
        await home.kill_redis(until_served=False)
        await asyncio.sleep(1)
        answer, seconds = await timed(home.gate.admit(ada, inference()))
    finally:
        postgres.resume()

    assert isinstance(answer, errors.ServiceUnavailable)
    assert seconds < AT_ONCE
    assert await soon(lambda: admitted(home, ada))


async def test_a_process_starts_without_redis_and_serves_when_it_comes(home):
    ada = await home.session()
    home.server.kill()
    async with running(Settings.from_environ(home.environ)) as gate:
        answer, _ = await timed(gate.admit(ada, inference()))
        home.server.start()
        begun = time.monotonic()
        assert await soon(lambda: asyncio.sleep(0, gate.store.up))
        assert time.monotonic() - begun < 2
        admission = await gate.admit(ada, inference())
        await gate.settle(admission, [Outcome("text", 1, 0, 1)])

    assert isinstance(answer, errors.ServiceUnavailable)


async def test_a_process_starts_without_postgres_and_serves_when_it_comes(home, postgres):
    ada = await home.session()
    postgres.pause()
    try:
        async with running(Settings.from_environ(home.environ)) as gate:
            answer, seconds = await timed(gate.admit(ada, inference()))
            postgres.resume()
            begun = time.monotonic()
            assert await soon(lambda: asyncio.sleep(0, gate.store.up))
            assert time.monotonic() - begun < 3
            await gate.admit(ada, inference())
    finally:
        postgres.resume()

    assert isinstance(answer, errors.ServiceUnavailable)
    assert seconds < AT_ONCE


async def test_a_replica_is_not_used(home):
    ada = await home.session()
    await home.call(ada)
    await home.redis.replicaof("127.0.0.1", "1")
    try:
        answer, _ = await timed(home.gate.admit(ada, inference()))
        await asyncio.sleep(0.6)
        assert not home.gate.store.up
    finally:
        await home.redis.replicaof("NO", "ONE")

    before = home.gate.store.epoch.number
    assert isinstance(answer, errors.ServiceUnavailable)
    assert await soon(lambda: admitted(home, ada))
    # Promoted again it is another server, whose state is distrusted.
    assert home.gate.store.epoch.number == before + 1


async def test_a_redis_that_is_full_refuses_and_loses_nothing(home):
    ada = await home.session()
    running_call = await home.gate.admit(ada, inference(2))
    await home.redis.config_set("maxmemory", "1")
    try:
        answer, seconds = await timed(home.gate.admit(ada, inference()))
        await home.gate.settle(running_call, [Outcome("text", 1, 0, 2)])
        account = await home.gate.admit(ada, ACCOUNT)
    finally:
        await home.redis.config_set("maxmemory", "0")

    assert isinstance(answer, errors.ServiceUnavailable)
    assert seconds < AT_ONCE
    assert account.lease is None
    assert await home.usage(ada.user_id) == [("text", 1, 0, 2)]
    assert await home.state(ada.user_id) == {"minute": 2, "day": 2, "places": 0, "open": 0}


async def test_new_scripts_are_sent_to_a_server_that_has_forgotten_them(home):
    ada = await home.session()
    await home.call(ada)
    await home.redis.script_flush()

    await home.call(ada)

    assert await home.usage(ada.user_id) == [("text", 2, 0, 2)]
