"""Limits of single models: windows of their own, spent together with the plan's and given back with them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

import errors
from db.models.plans import Plan
from db.models.users import User
from limits import partitions, settlement
from limits.charges import Charge, ModelCall, Scope
from limits.entries import Outcome
from tests import redis_servers
from tests.limits.answers import refusal, window
from tests.limits.people import inference, running, soon

LIMITS = [
    {"model": "text", "units_per_minute": 5, "units_per_day": 8},
    {"model": "large", "units_per_minute": None, "units_per_day": 3},
]


@pytest.fixture
async def ada(limiter):
    user = await limiter.user()
    await Plan.filter(id=user.plan_id).update(model_limits=LIMITS)
    return await limiter.session_of(user)


async def spent(limiter, user_id):
    """By window, what is used of the limits of models."""
    admission = await limiter.gate.admit(await limiter.session_of(await User.get(id=user_id)), Charge("plan"))
    return {one.name: one.used for one in admission.windows if one.model}


def calls(*of_models, longest=timedelta(seconds=30)):
    return Charge("plan", tuple(ModelCall(model, units) for model, units in of_models), longest)


async def test_a_call_spends_from_its_models_windows_and_sees_them(limiter, ada):
    admission = await limiter.call(ada, units=2)

    found = {one.name: (one.model, one.scope, one.limit, one.used, one.length) for one in admission.windows}
    assert found == {
        "minute": (None, Scope.USER, 120, 2, timedelta(minutes=1)),
        "day": (None, Scope.USER, 10_000, 2, timedelta(days=1)),
        "model-minute:text": ("text", Scope.USER, 5, 2, timedelta(minutes=1)),
        "model-day:text": ("text", Scope.USER, 8, 2, timedelta(days=1)),
    }
    assert window(admission.windows, "model-minute:text").next_in is None
    assert timedelta(seconds=58) < window(admission.windows, "model-minute:text").reset_in <= timedelta(seconds=60.1)
    assert window(admission.windows, "model-day:text").reset_in == window(admission.windows, "day").reset_in
    # A model without limits has none, and an operation without a call sees them all.
    other = await limiter.call(ada, model="other")
    assert [one.name for one in other.windows if one.model] == []
    assert await spent(limiter, ada.user_id) == {"model-minute:text": 2, "model-day:text": 2, "model-day:large": 0}


async def test_a_refusal_by_a_models_minute_spends_nothing_and_has_the_time_to_wait(limiter, ada):
    await limiter.call(ada, units=4)
    before = await limiter.state(ada.user_id)

    error = await refusal(limiter.gate.admit(ada, inference(2)))

    assert isinstance(error, errors.RateLimited)
    assert error.window == "model-minute:text"
    assert timedelta(seconds=58) < error.retry_after <= timedelta(seconds=60.1)
    assert "on this model in any 60 seconds" in str(error)
    assert await limiter.state(ada.user_id) == before
    assert await spent(limiter, ada.user_id) == {"model-minute:text": 4, "model-day:text": 4, "model-day:large": 0}
    await limiter.call(ada, units=1)
    assert (await limiter.call(ada, units=100, model="other")).windows[0].name == "minute"


async def test_a_models_day_refuses_until_midnight_and_a_cost_above_it_for_ever(limiter, ada):
    await limiter.call(ada, units=3, model="large")

    limited = await refusal(limiter.gate.admit(ada, inference(1, model="large")))
    above = await refusal(limiter.gate.admit(ada, inference(4, model="large")))

    assert limited.window == "model-day:large"
    assert window(limited.windows, "model-day:large").reset_in == window(limited.windows, "day").reset_in
    assert isinstance(above, errors.QueryTooComplex)
    assert "the limit allows 3 at most" in str(above)


async def test_several_models_in_one_operation_are_admitted_together_or_not_at_all(limiter, ada):
    admission = await limiter.gate.admit(ada, calls(("text", 2), ("large", 2), ("text", 1), (None, 4)))
    await limiter.gate.settle(admission, [Outcome("text", 2, 0, 3), Outcome("large", 1, 0, 2), Outcome(None, 0, 0, 4)])
    assert await spent(limiter, ada.user_id) == {"model-minute:text": 3, "model-day:text": 3, "model-day:large": 2}

    error = await refusal(limiter.gate.admit(ada, calls(("text", 1), ("large", 2))))

    assert error.window == "model-day:large"
    assert await spent(limiter, ada.user_id) == {"model-minute:text": 3, "model-day:text": 3, "model-day:large": 2}


async def test_units_of_a_failure_come_back_to_the_model_that_failed(limiter, ada):
    admission = await limiter.gate.admit(ada, calls(("text", 2), ("large", 2)))

    await limiter.gate.settle(admission, [Outcome("text", 1, 1, 0), Outcome("large", 1, 0, 2)])

    assert await spent(limiter, ada.user_id) == {"model-minute:text": 0, "model-day:text": 0, "model-day:large": 2}
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 0, "open": 0}
    # No trace of the call is left.
    kept = await limiter.redis.hkeys(partitions.of_user(ada.user_id).models_day)
    assert [field for field in kept if field.startswith(b"c:")] == []


async def test_a_settlement_that_is_repeated_gives_back_once(limiter, ada):
    admission = await limiter.gate.admit(ada, calls(("text", 2)))
    failed = [Outcome("text", 1, 1, 0)]

    for _ in range(3):
        await limiter.gate.settle(admission, failed)

    assert await spent(limiter, ada.user_id) == {"model-minute:text": 0, "model-day:text": 0, "model-day:large": 0}


async def test_a_call_whose_process_died_gives_back_all(limiter, ada):
    admission = await limiter.gate.admit(ada, calls(("text", 2), ("large", 1), longest=timedelta(0)))
    await end_lease(limiter, ada.user_id, admission)

    assert await limiter.gate.upkeep.reap() == 1

    assert await spent(limiter, ada.user_id) == {"model-minute:text": 0, "model-day:text": 0, "model-day:large": 0}


async def end_lease(limiter, user_id, admission):
    key = partitions.running(partitions.of(user_id))
    line = await limiter.redis.hget(key, admission.call_id)
    ends, _, rest = line.partition(b"|")
    await limiter.redis.hset(key, admission.call_id, b"%d|" % (int(ends) - 60_000) + rest)


async def test_units_are_free_again_when_their_bucket_is_over(limiter, ada):
    await limiter.call(ada, units=5)
    keys = partitions.of_user(ada.user_id)
    # As if they had been spent a minute earlier.
    hash_key, order = keys.models_minute
    (field,) = await limiter.redis.lrange(order, 0, -1)
    earlier = b"%d:text" % (int(field.split(b":")[0]) - 601)
    await limiter.redis.lset(order, 0, earlier)
    await limiter.redis.hset(hash_key, earlier, 5)
    await limiter.redis.hdel(hash_key, field)

    assert await spent(limiter, ada.user_id) == {"model-minute:text": 0, "model-day:text": 5, "model-day:large": 0}
    await limiter.call(ada, units=3)


async def test_yesterdays_units_do_not_count_today(limiter, ada):
    await limiter.call(ada, units=3, model="large")
    running_call = await limiter.gate.admit(ada, calls(("text", 2)))
    keys = partitions.of_user(ada.user_id)
    await limiter.redis.hincrby(keys.models_day, "n", -1)
    await limiter.redis.hincrby(keys.day, "n", -1)

    await limiter.call(ada, units=1, model="large")

    assert await spent(limiter, ada.user_id) == {"model-minute:text": 2, "model-day:text": 0, "model-day:large": 1}
    # The running call of yesterday gives its units back to its minute.
    await limiter.gate.settle(running_call, [Outcome("text", 1, 1, 0)])
    assert (await spent(limiter, ada.user_id))["model-minute:text"] == 0


async def test_the_day_is_read_from_postgres_when_redis_has_lost_it(limiter, ada):
    await limiter.call(ada, units=2)
    await limiter.call(ada, units=3, model="large")
    assert await limiter.usage(ada.user_id) == [("large", 1, 0, 3), ("text", 1, 0, 2)]
    await limiter.call(ada, units=1)  # still in the log
    await limiter.redis.delete(
        *(partitions.of_user(ada.user_id, ada.id).subject_entry, partitions.of_user(ada.user_id).models_day)
    )

    assert await spent(limiter, ada.user_id) == {"model-minute:text": 3, "model-day:text": 3, "model-day:large": 3}
    assert (await refusal(limiter.gate.admit(ada, inference(1, model="large")))).window == "model-day:large"


async def test_yesterdays_units_of_a_limit_that_was_taken_away_do_not_count_when_it_comes_back(limiter, ada):
    await limiter.call(ada, units=4)
    keys, plan = partitions.of_user(ada.user_id), Plan.filter(id=(await User.get(id=ada.user_id)).plan_id)
    # As if it had been yesterday. Postgres has none of it.
    await limiter.redis.hincrby(keys.models_day, "n", -1)
    await limiter.redis.delete(keys.day, *keys.models_minute)
    await limiter.redis.delete(*[key async for key in limiter.redis.scan_iter("*:log*")])

    for limits in (LIMITS[1:], LIMITS):
        await plan.update(model_limits=limits)
        await limiter.redis.delete(keys.subject_entry)
        found = await spent(limiter, ada.user_id)

    assert found == {"model-minute:text": 0, "model-day:text": 0, "model-day:large": 0}


async def test_a_wait_does_not_look_at_the_buckets_of_other_models(limiter):
    redis_servers.is_about_one_server(limiter.server)
    names = [f"m{number}" for number in range(100)]
    user = await limiter.user(per_minute=100_000, per_day=1_000_000)
    limits = [{"model": name, "units_per_minute": 2, "units_per_day": None} for name in names]
    await Plan.filter(id=user.plan_id).update(model_limits=limits)
    ada = await limiter.session_of(user)
    await limiter.call(ada, units=2, model=names[-1])
    # As if all of them had been called in every tenth of a second since.
    hash_key, order = partitions.of_user(user.id).models_minute
    (field,) = await limiter.redis.lrange(order, 0, -1)
    first = int(field.split(b":")[0])
    others = [f"{first - number}:{name}" for number in range(590, 0, -1) for name in names[:-1]]
    await limiter.redis.lpush(order, *reversed(others))
    await limiter.redis.hset(hash_key, mapping={one: 0 for one in others})
    await limiter.redis.config_resetstat()

    error = await refusal(limiter.gate.admit(ada, inference(1, model=names[-1])))

    assert (error.window, error.retry_after > timedelta(seconds=50)) == (f"model-minute:{names[-1]}", True)
    stats = await limiter.redis.info("commandstats")
    # Twice the 601 buckets of one model, in pages of 50, and what every admission reads.
    assert stats["cmdstat_hmget"]["calls"] < 60
    assert stats.get("cmdstat_lrange", {"calls": 0})["calls"] < 100


async def test_two_processes_admit_exactly_the_limit(limiter, ada):
    async with running(limiter.settings) as other:
        gates = [limiter.gate, other]

        async def one(number):
            try:
                admission = await gates[number % 2].admit(ada, inference(1))
            except errors.RateLimited as limited:
                return limited.window
            await gates[number % 2].settle(admission, [Outcome("text", 1, 0, 1)])
            return "admitted"

        # In turns, so that no call waits for a slot.
        found = [answer for _ in range(10) for answer in await asyncio.gather(*(one(number) for number in range(4)))]

    assert sorted(found) == ["admitted"] * 5 + ["model-minute:text"] * 35


async def test_an_account_operation_and_a_user_without_model_limits_see_none(limiter, ada):
    eve = await limiter.session()

    of_account = await limiter.gate.admit(ada, Charge("account", (ModelCall(None, 1),)))
    of_eve = await limiter.call(eve)

    assert [one.name for one in (*of_account.windows, *of_eve.windows) if one.model] == []
    keys = partitions.of_user(eve.user_id)
    assert await limiter.redis.exists(*keys.models_minute, keys.models_day) == 0


async def test_an_entry_of_an_earlier_version_is_loaded_again(limiter, ada):
    await limiter.call(ada, units=5)
    # As such a process writes it, while both versions run.
    await limiter.redis.hdel(partitions.of_user(ada.user_id).subject_entry, "l")

    error = await refusal(limiter.gate.admit(ada, inference(1)))

    assert error.window == "model-minute:text"
    assert await limiter.redis.hexists(partitions.of_user(ada.user_id).subject_entry, "l")


async def test_a_call_that_is_repeated_later_is_given_back_to_its_model(limiter, ada):
    admission = await limiter.gate.admit(ada, calls(("text", 2)))
    limiter.server.pause()
    try:
        await limiter.gate.settle(admission, [Outcome("text", 1, 1, 0)])
    finally:
        limiter.server.resume()

    async def is_given_back():
        return limiter.store.up and (await limiter.state(ada.user_id))["open"] == 0

    assert await soon(is_given_back)
    assert (await spent(limiter, ada.user_id))["model-minute:text"] == 0
    assert settlement.keys_of(partitions.of_user(ada.user_id), 1)[-1] == partitions.of_user(ada.user_id).models_day


async def test_names_of_models_with_odd_characters_are_counted(limiter):
    user = await limiter.user()
    odd = "a:b|c \u00fc.-1"
    await Plan.filter(id=user.plan_id).update(
        model_limits=[{"model": odd, "units_per_minute": 2, "units_per_day": None}]
    )
    ada = await limiter.session_of(user)

    await limiter.call(ada, units=2, model=odd)
    error = await refusal(limiter.gate.admit(ada, inference(1, model=odd)))

    assert (error.window, window(error.windows, f"model-minute:{odd}").model) == (f"model-minute:{odd}", odd)
    assert datetime.now(UTC) + error.retry_after > datetime.now(UTC)
