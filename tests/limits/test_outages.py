"""What is refused while Redis or Postgres is away, how fast, and that service comes back by itself."""

import asyncio

import pytest

import errors
from limits import partitions
from limits.charges import Admission, Charge, ModelCall, VisitorLimits
from limits.entries import Outcome
from settings import Settings
from store.pipeline import DEADLINE
from tests import redis_servers
from tests.limits.people import inference, running, soon
from tests.loop_time import LoopTime

ACCOUNT = Charge("account", (ModelCall(None, 1),))
# As docs/limits.md promises: the deadlines of a command, of the probe that follows, and of the second try.
AT_ONCE = 3 * DEADLINE.total_seconds()


async def timed(awaitable):
    """The answer, which comes while Redis or Postgres is away, and after how much time."""
    async with LoopTime() as passed:
        try:
            answer = await awaitable
        except errors.GatehouseError as error:
            answer = error
    return answer, passed.seconds


async def in_few_turns(awaitable):
    """The refusal, and whether it came before a paused Redis, or a timer that is set now, could have any effect."""
    asked = asyncio.create_task(timed(awaitable))
    for _ in range(20):
        await asyncio.sleep(0)
    was_refused = asked.done()
    answer, _ = await asked
    return answer, was_refused


async def admitted(gate, credential):
    try:
        admission = await gate.admit(credential, inference(0))
    except errors.ServiceUnavailable:
        return False
    await gate.settle(admission, [Outcome("text", 1, 0, 0)])
    return True


@pytest.mark.parametrize("trouble", ["pause", "kill"])
async def test_without_redis_inference_is_refused_at_once_and_accounts_are_served(limiter, trouble):
    ada, revoked = await limiter.session(), await limiter.session()
    await limiter.call(ada)
    await limiter.call(revoked)
    await limiter.gate.confirm(await limiter.revoke(revoked))
    getattr(limiter.server, trouble)()
    try:
        answers = await asyncio.gather(*(timed(limiter.gate.admit(ada, inference())) for _ in range(40)))
        later = [await in_few_turns(limiter.gate.admit(ada, inference())) for _ in range(5)]
        visitor = await timed(limiter.gate.admit_visitor("203.0.113.1", inference(), VisitorLimits(9, 9, 9)))
        own, seconds = await timed(limiter.gate.admit(ada, ACCOUNT))
        dead, _ = await timed(limiter.gate.admit(revoked, ACCOUNT))
    finally:
        limiter.server.resume() if trouble == "pause" else limiter.server.start()

    assert {type(error) for error, _ in [*answers, *later, visitor]} == {errors.ServiceUnavailable}
    assert max(seconds for _, seconds in [*answers, visitor]) < AT_ONCE
    # Without a question to Redis, which one of them may ask.
    assert any(was_refused for _, was_refused in later)
    assert (own.rights.role, own.windows, own.lease) == ("USER", (), None)
    assert seconds < AT_ONCE
    assert isinstance(dead, errors.Unauthenticated)
    assert await soon(lambda: admitted(limiter.gate, ada))


async def test_operations_refused_while_redis_was_paused_spend_nothing_afterwards(limiter):
    ada = await limiter.session(per_minute=100, at_once=50)
    await limiter.call(ada, units=0)
    await asyncio.gather(*(limiter.call(ada, units=0) for _ in range(10)))  # opens connections
    limiter.server.pause()
    try:
        answers = await asyncio.gather(*(timed(limiter.gate.admit(ada, inference())) for _ in range(10)))
        await asyncio.sleep(0.3)
    finally:
        limiter.server.resume()

    assert {type(error) for error, _ in answers} == {errors.ServiceUnavailable}
    assert await soon(lambda: admitted(limiter.gate, ada))

    async def is_clean():
        return await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}

    assert await soon(is_clean)
    assert await limiter.usage(ada.user_id) == []


async def test_without_postgres_cached_credentials_go_on_and_others_are_not_called_invalid(limiter, postgres):
    ada, unknown = await limiter.session(), await limiter.session()
    await limiter.call(ada)
    postgres.pause()
    try:
        assert await soon(lambda: asyncio.sleep(0, not limiter.store.epoch.postgres_answers))
        known = [await timed(limiter.call(ada)) for _ in range(20)]
        answer, seconds = await timed(limiter.gate.admit(unknown, inference()))
        account, _ = await timed(limiter.gate.admit(unknown, ACCOUNT))
    finally:
        postgres.resume()

    assert {type(admission) for admission, _ in known} == {Admission}
    # A call that waits for Postgres waits for half a second or more.
    assert max(seconds for _, seconds in known) < 0.5
    assert isinstance(answer, errors.ServiceUnavailable)
    assert isinstance(account, errors.ServiceUnavailable)
    assert seconds < 4
    assert await soon(lambda: admitted(limiter.gate, unknown))


async def test_a_postgres_that_hangs_unnoticed_delays_no_caller_for_long(limiter, postgres):
    unknown = await limiter.session()
    postgres.pause()
    try:
        answer, seconds = await timed(limiter.gate.admit(unknown, inference()))
    finally:
        postgres.resume()

    assert isinstance(answer, errors.ServiceUnavailable)
    assert seconds < 4


async def test_without_postgres_a_redis_that_was_never_seen_is_not_used(limiter, postgres):
    ada = await limiter.session()
    await limiter.call(ada)
    postgres.pause()
    try:
        await limiter.kill_redis(until_served=False)
        await asyncio.sleep(1)
        answer, seconds = await timed(limiter.gate.admit(ada, inference()))
    finally:
        postgres.resume()

    assert isinstance(answer, errors.ServiceUnavailable)
    assert seconds < AT_ONCE
    assert await soon(lambda: admitted(limiter.gate, ada))


async def test_a_process_starts_without_redis_and_serves_when_it_comes(limiter):
    ada = await limiter.session()
    limiter.server.kill()
    async with running(Settings.from_environ(limiter.environ)) as gate:
        answer, _ = await timed(gate.admit(ada, inference()))
        limiter.server.start()
        assert await soon(lambda: admitted(gate, ada))

    assert isinstance(answer, errors.ServiceUnavailable)


async def test_a_process_starts_without_postgres_and_serves_when_it_comes(limiter, postgres):
    ada = await limiter.session()
    postgres.pause()
    try:
        async with running(Settings.from_environ(limiter.environ)) as gate:
            answer, seconds = await timed(gate.admit(ada, inference()))
            postgres.resume()
            assert await soon(lambda: admitted(gate, ada))
    finally:
        postgres.resume()

    assert isinstance(answer, errors.ServiceUnavailable)
    assert seconds < AT_ONCE


async def test_a_replica_is_not_used(limiter):
    redis_servers.is_about_one_server(limiter.server)
    ada = await limiter.session()
    await limiter.call(ada)
    await limiter.redis.replicaof("127.0.0.1", "1")
    try:
        answer, _ = await timed(limiter.gate.admit(ada, inference()))
        assert await soon(lambda: asyncio.sleep(0, not limiter.store.up))
        await asyncio.sleep(0.6)  # more probes, which do not take it back
        assert not limiter.store.up
    finally:
        await limiter.redis.replicaof("NO", "ONE")

    before = limiter.store.epoch.number
    assert isinstance(answer, errors.ServiceUnavailable)
    assert await soon(lambda: admitted(limiter.gate, ada))
    # After the promotion it counts as another server, and its cache entries do not count.
    assert limiter.store.epoch.number == before + 1


async def test_a_redis_that_is_full_refuses_and_loses_nothing(limiter):
    ada = await limiter.session()
    running_call = await limiter.gate.admit(ada, inference(2))
    await limiter.configure("maxmemory", "1")
    try:
        answer, seconds = await timed(limiter.gate.admit(ada, inference()))
        await limiter.gate.settle(running_call, [Outcome("text", 1, 0, 2)])
        account = await limiter.gate.admit(ada, ACCOUNT)
    finally:
        await limiter.configure("maxmemory", "0")

    assert isinstance(answer, errors.ServiceUnavailable)
    assert seconds < AT_ONCE
    assert account.lease is None
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 2)]
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 0, "open": 0}


async def test_a_full_redis_refuses_also_where_a_script_would_first_drop_what_is_over(limiter):
    ada = await limiter.session(per_minute=5)
    await limiter.call(ada, units=0)  # loads the cache
    keys = partitions.of_user(ada.user_id)
    hash_, order = keys.minute
    seconds, micros = await limiter.redis.time()
    over = seconds * 10 + micros // 100_000 - 610
    await limiter.redis.rpush(order, over)
    await limiter.redis.hset(hash_, mapping={str(over): 3, "t": 3})
    await limiter.redis.zadd(keys.slots, {b"a call that is over": 1})
    await limiter.configure("maxmemory", "1")
    try:
        answer, _ = await timed(limiter.gate.admit(ada, inference(1)))
        kept = await limiter.redis.hgetall(hash_), await limiter.redis.zcard(keys.slots)
    finally:
        await limiter.configure("maxmemory", "0")

    assert isinstance(answer, errors.ServiceUnavailable)
    assert kept == ({str(over).encode(): b"3", b"t": b"3"}, 1)
    admission = await limiter.gate.admit(ada, inference(1))
    assert {one.name: one.used for one in admission.windows} == {"minute": 1, "day": 1}


async def test_new_scripts_are_sent_to_a_server_that_has_forgotten_them(limiter):
    ada = await limiter.session()
    await limiter.call(ada)
    await limiter.redis.script_flush()

    await limiter.call(ada)

    assert await limiter.usage(ada.user_id) == [("text", 2, 0, 2)]
