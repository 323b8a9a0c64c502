"""What one process is admitted to, refused, and told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

import errors
from access import lua, partitions
from access.admission import Call, Charge, Rights, VisitorLimits
from access.attempts import Attempt
from access.charges import Concurrency
from access.entries import Outcome
from tests.access.people import inference

ACCOUNT = Charge("account", (Call(None, 1),))
EXEMPT = Charge("exempt", (Call(None, 1),))


def window(windows, name):
    (found,) = [window for window in windows if window.name == name]
    return found


async def refusal(awaitable):
    with pytest.raises(errors.GatehouseError) as caught:
        await awaitable
    return caught.value


async def test_a_call_spends_and_is_counted(home):
    ada = await home.session(per_minute=5, per_day=50, at_once=2)

    admission = await home.call(ada, units=3)

    minute, day = admission.windows
    assert (minute.name, minute.limit, minute.used, minute.remaining) == ("minute", 5, 3, 2)
    assert (day.name, day.limit, day.used, day.remaining) == ("day", 50, 3, 47)
    assert minute.next_in is None
    assert timedelta(seconds=60) <= minute.reset_in <= timedelta(seconds=60.1)
    assert admission.concurrency == Concurrency(limit=2, used=1)
    assert admission.rights == Rights("USER", frozenset({"hidden"}), None, ada.scopes)
    assert await home.usage(ada.user_id) == [("text", 1, 0, 3)]
    assert await home.state(ada.user_id) == {"minute": 3, "day": 3, "places": 0, "open": 0}


async def test_beyond_the_minute_the_refusal_says_when_and_spends_nothing(home):
    ada = await home.session(per_minute=5)
    await home.call(ada, units=4)
    before = await home.state(ada.user_id)

    error = await refusal(home.gate.admit(ada, inference(2)))

    assert isinstance(error, errors.RateLimited)
    assert error.window == "minute"
    assert timedelta(seconds=58) < error.retry_after <= timedelta(seconds=60.1)
    assert error.facts == {"window": "minute", "retryAfterSeconds": error.retry_after_seconds}
    assert (window(error.windows, "minute").used, window(error.windows, "minute").remaining) == (4, 1)
    assert window(error.windows, "minute").next_in is None
    assert await home.state(ada.user_id) == before
    # What fits is still admitted, and then the window says when one more unit is free.
    admission = await home.call(ada, units=1)
    assert window(admission.windows, "minute").next_in <= error.retry_after


async def test_the_day_refuses_until_midnight(home):
    ada = await home.session(per_minute=100, per_day=3)
    await home.call(ada, units=3)

    error = await refusal(home.gate.admit(ada, inference(1)))

    assert error.window == "day"
    (seconds, _) = await home.redis.time()
    left = 86400 - seconds % 86400
    assert left - 2 <= error.retry_after.total_seconds() <= left + 1
    assert window(error.windows, "day").reset_in == error.retry_after


async def test_yesterdays_units_do_not_count_today(home):
    ada = await home.session(per_minute=100, per_day=3)
    await home.call(ada, units=3)
    day = partitions.of_user(ada.user_id).day
    await home.redis.hincrby(day, "n", -1)

    admission = await home.call(ada, units=2)

    assert window(admission.windows, "day").used == 2
    assert await home.redis.hget(day, "u") == b"2"


async def test_a_clock_that_was_set_back_opens_no_new_day_and_no_new_window(home):
    ada = await home.session(per_minute=3, per_day=3)
    await home.call(ada, units=3)
    at = partitions.of_user(ada.user_id)
    # As if all had been spent an hour and a day ahead of the clock.
    await home.redis.hincrby(at.day, "n", 1)
    (bucket,) = await home.redis.lrange(at.minute[1], 0, -1)
    ahead = int(bucket) + 36_000
    await home.redis.lset(at.minute[1], 0, ahead)
    await home.redis.hset(at.minute[0], ahead, 3)

    error = await refusal(home.gate.admit(ada, inference(1)))

    assert {w.name for w in error.windows if w.remaining == 0} == {"minute", "day"}


async def test_units_come_back_after_sixty_seconds_and_not_before(home):
    ada = await home.session(per_minute=6)
    await home.call(ada, units=0)  # known to Redis
    hash_, order = partitions.of_user(ada.user_id).minute
    seconds, micros = await home.redis.time()
    now = seconds * 10 + micros // 100_000
    # Spent 61 s, 60 s plus a bucket's width, and 59.5 s ago: the first two are over.
    for age, units in ((610, 1), (601, 2), (595, 3)):
        await home.redis.rpush(order, now - age)
        await home.redis.hset(hash_, now - age, units)
    await home.redis.hset(hash_, "t", 6)

    admission = await home.gate.admit(ada, inference(3))

    minute = window(admission.windows, "minute")
    assert (minute.used, minute.remaining) == (6, 0)
    # The three of 59.5 s ago come back when their bucket is 60.1 s old.
    assert timedelta(milliseconds=400) < minute.next_in <= timedelta(milliseconds=600)
    assert int((await home.redis.lrange(order, 0, 0))[0]) == now - 595


async def test_a_unit_is_counted_to_the_end_of_its_bucket(home):
    """At the edge, by the scripts themselves: a bucket of 60.0 s ago counts, also in the last of its milliseconds."""
    ada = await home.session(per_minute=1)
    await home.call(ada, units=0)
    hash_, order = partitions.of_user(ada.user_id).minute

    async def aged(buckets):
        seconds, micros = await home.redis.time()
        if micros % 100_000 > 50_000:  # not across the edge of a bucket
            await asyncio.sleep(0.06)
            return await aged(buckets)
        spent = seconds * 10 + micros // 100_000 - buckets
        await home.redis.delete(hash_, order)
        await home.redis.rpush(order, spent)
        await home.redis.hset(hash_, mapping={str(spent): 1, "t": 1})

    await aged(600)
    error = await refusal(home.gate.admit(ada, inference(1)))
    await aged(601)
    admission = await home.gate.admit(ada, inference(1))

    assert error.window == "minute"
    assert error.retry_after <= timedelta(milliseconds=100)
    assert window(admission.windows, "minute").used == 1


async def test_places_are_held_until_settlement(home):
    ada = await home.session(at_once=2)
    first = await home.gate.admit(ada, inference())
    second = await home.gate.admit(ada, inference())
    before = await home.state(ada.user_id)

    error = await refusal(home.gate.admit(ada, inference()))
    after = await home.state(ada.user_id)
    await home.gate.settle(first, [Outcome("text", 1, 0, 1)])
    third = await home.gate.admit(ada, inference())

    assert (error.window, error.retry_after) == ("concurrency", timedelta(seconds=1))
    assert before == after == {"minute": 2, "day": 2, "places": 2, "open": 2}
    assert second.concurrency == third.concurrency == Concurrency(limit=2, used=2)


async def test_who_waits_for_each_answer_is_never_refused_for_concurrency(home):
    ada = await home.session(at_once=1, per_minute=1000)

    for _ in range(200):
        await home.call(ada)

    assert await home.state(ada.user_id) == {"minute": 200, "day": 200, "places": 0, "open": 0}


async def test_an_operation_that_costs_nothing_is_told_the_limits(home):
    ada = await home.session(per_minute=1)
    await home.call(ada, units=1)

    admission = await home.gate.admit(ada, Charge("plan"))

    assert window(admission.windows, "minute").remaining == 0
    assert admission.lease is None
    assert await home.state(ada.user_id) == {"minute": 1, "day": 1, "places": 0, "open": 0}


async def test_a_cost_above_a_limit_is_too_complex_and_may_not_be_tried_again(home):
    ada = await home.session(per_minute=5, per_day=4)

    errors_ = [await refusal(home.gate.admit(ada, inference(units))) for units in (6, 5)]

    assert [type(error) for error in errors_] == [errors.QueryTooComplex] * 2
    assert str(errors_[0]) == "This operation costs 6 units; the limit allows 5 at most."
    assert await home.state(ada.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}


async def test_a_tokens_own_limit_counts_beside_its_owners(home):
    user = await home.user(per_minute=10)
    small, other = await home.token_of(user, per_minute=2), await home.token_of(user)
    admission = await home.call(small, units=2)

    error = await refusal(home.gate.admit(small, inference()))
    await home.call(other, units=8)
    full = await refusal(home.gate.admit(other, inference()))

    first = admission.windows[0]
    assert (first.name, first.scope, first.used) == ("token-minute", "TOKEN", 2)
    assert admission.rights == Rights("USER", frozenset({"hidden"}), frozenset({"text"}), frozenset({"INFER"}))
    assert (error.window, full.window) == ("token-minute", "minute")
    assert await home.state(user.id) == {"minute": 10, "day": 10, "places": 0, "open": 0}


async def test_an_account_is_reached_though_its_plan_is_spent(home):
    ada = await home.session(per_minute=1)
    await home.call(ada)

    admission = await home.gate.admit(ada, ACCOUNT)

    account = window(admission.windows, "account-minute")
    assert (account.limit, account.used) == (300, 1)
    assert (window(admission.windows, "minute").used, admission.lease) == (1, None)
    assert await home.usage(ada.user_id) == [("text", 1, 0, 1)]


async def test_the_account_window_refuses_all_but_revocations(home):
    ada = await home.session()
    for _ in range(300):
        await home.gate.admit(ada, ACCOUNT)

    error = await refusal(home.gate.admit(ada, ACCOUNT))
    admission = await home.gate.admit(ada, EXEMPT)

    assert error.window == "account-minute"
    assert window(admission.windows, "account-minute").used == 300
    assert await home.state(ada.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}


async def test_what_a_token_does_with_the_account_spends_a_window_of_its_own(home):
    user = await home.user()
    session, token, other = await home.session_of(user), await home.token_of(user), await home.token_of(user)
    for _ in range(300):
        await home.gate.admit(token, ACCOUNT)

    error = await refusal(home.gate.admit(token, ACCOUNT))
    by_session, by_other = await home.gate.admit(session, ACCOUNT), await home.gate.admit(other, ACCOUNT)

    assert error.window == "token-account-minute"
    assert str(error).startswith("The limit 'token-account-minute' is reached.")
    assert {w.name: w.scope for w in error.windows} == {
        "minute": "USER",
        "day": "USER",
        "token-account-minute": "TOKEN",
    }
    own, others = window(by_session.windows, "account-minute"), window(by_other.windows, "token-account-minute")
    assert (own.scope, own.limit, own.used) == ("USER", 300, 1)
    assert (others.scope, others.limit, others.used) == ("TOKEN", 300, 1)


async def test_sessions_of_a_user_share_the_account_window(home):
    user = await home.user()
    one, two = await home.session_of(user), await home.session_of(user)
    await home.gate.admit(one, ACCOUNT)

    admission = await home.gate.admit(two, ACCOUNT)

    assert window(admission.windows, "account-minute").used == 2


async def test_visitors_spend_their_networks_limits(home):
    limits = VisitorLimits(units_per_minute=2, units_per_day=100, concurrent_requests=1)

    first = await home.gate.admit_visitor("2001:db8:1:2::/64", inference(2), limits)
    await home.gate.settle(first, [Outcome("text", 1, 0, 2)])
    error = await refusal(home.gate.admit_visitor("2001:db8:1:2::/64", inference(), limits))
    other = await home.gate.admit_visitor("203.0.113.9", inference(), limits)

    assert error.window == "minute"
    assert {w.scope for w in error.windows} == {"NETWORK"}
    assert other.rights.role is None
    assert not await home.redis.keys("*:log:*")


async def test_a_credential_that_nobody_issued_is_dead(home):
    ada, stranger = await home.session(), await home.session()
    stolen = type(ada)(ada.kind, ada.id, stranger.user_id, ada.scopes, ada.expires_at)
    unknown = type(ada)(ada.kind, stranger.user_id, ada.user_id, ada.scopes, ada.expires_at)

    for bad in (stolen, unknown):
        assert isinstance(await refusal(home.gate.admit(bad, inference())), errors.Unauthenticated)

    assert await home.state(stranger.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}


async def test_a_credential_ends_by_redis_clock(home):
    user = await home.user()
    brief = await home.session_of(user, lifetime=timedelta(milliseconds=700))
    await home.call(brief)

    await asyncio.sleep(0.8)

    assert isinstance(await refusal(home.gate.admit(brief, inference())), errors.Unauthenticated)


async def test_a_suspended_user_is_dead_with_every_credential(home):
    user = await home.user()
    user.suspended_at = user.created_at
    await user.save()

    for credential in (await home.session_of(user), await home.token_of(user)):
        assert isinstance(await refusal(home.gate.admit(credential, EXEMPT)), errors.Unauthenticated)


async def test_one_call_id_is_admitted_once(home):
    ada = await home.session(at_once=1)
    await home.call(ada, units=0)
    attempt = Attempt(partitions.of_user(ada.user_id, ada.id), inference(2), credential=ada)

    answers = [await home.gate.store.run(lua.ADMIT, attempt.prepare) for _ in range(2)]

    first, second = (attempt.admitted(answer) for answer in answers)
    assert first.lease == second.lease is not None
    assert await home.state(ada.user_id) == {"minute": 2, "day": 2, "places": 1, "open": 1}


async def test_a_command_that_lay_too_long_does_nothing(home):
    ada = await home.session()
    await home.call(ada, units=0)
    attempt = Attempt(partitions.of_user(ada.user_id, ada.id), inference(2), credential=ada)

    answer = await home.gate.store.run(lua.ADMIT, lambda now: attempt.prepare(replace(now, not_after=now.now - 200)))

    assert answer.values[0] == b"LATE"
    assert await home.state(ada.user_id) == {"minute": 0, "day": 0, "places": 0, "open": 0}
