"""What one process admits, refuses and answers."""

from datetime import timedelta

import errors
from limits import partitions, scripts
from limits.admission_request import AdmissionRequest
from limits.charges import Charge, Concurrency, ModelCall, Rights, VisitorLimits
from limits.entries import Outcome
from tests.limits.answers import refusal, window
from tests.limits.people import inference, soon

ACCOUNT = Charge("account", (ModelCall(None, 1),))
EXEMPT = Charge("exempt", (ModelCall(None, 1),))


async def test_a_call_spends_and_is_counted(limiter):
    ada = await limiter.session(per_minute=5, per_day=50, at_once=2)

    admission = await limiter.call(ada, units=3)

    minute, day = admission.windows
    assert (minute.name, minute.limit, minute.used, minute.remaining) == ("minute", 5, 3, 2)
    assert (day.name, day.limit, day.used, day.remaining) == ("day", 50, 3, 47)
    assert minute.next_in is None
    assert timedelta(seconds=60) <= minute.reset_in <= timedelta(seconds=60.1)
    assert admission.concurrency == Concurrency(limit=2, used=1)
    assert admission.rights == Rights("USER", frozenset({"hidden"}), None, ada.scopes)
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 3)]
    assert await limiter.state(ada.user_id) == {"minute": 3, "day": 3, "slots": 0, "open": 0}


async def test_slots_are_held_until_settlement(limiter):
    ada = await limiter.session(at_once=2)
    first = await limiter.gate.admit(ada, inference())
    second = await limiter.gate.admit(ada, inference())
    before = await limiter.state(ada.user_id)

    error = await refusal(limiter.gate.admit(ada, inference()))
    after = await limiter.state(ada.user_id)
    await limiter.gate.settle(first, [Outcome("text", 1, 0, 1)])
    third = await limiter.gate.admit(ada, inference())

    assert (error.window, error.retry_after) == ("concurrency", timedelta(seconds=1))
    assert before == after == {"minute": 2, "day": 2, "slots": 2, "open": 2}
    assert second.concurrency == third.concurrency == Concurrency(limit=2, used=2)


async def test_a_client_that_waits_for_each_answer_is_never_refused_for_concurrency(limiter):
    ada = await limiter.session(at_once=1, per_minute=1000)

    for _ in range(200):
        await limiter.call(ada)

    assert await limiter.state(ada.user_id) == {"minute": 200, "day": 200, "slots": 0, "open": 0}


async def test_an_operation_that_costs_nothing_gets_the_limits(limiter):
    ada = await limiter.session(per_minute=1)
    await limiter.call(ada, units=1)

    admission = await limiter.gate.admit(ada, Charge("plan"))

    assert window(admission.windows, "minute").remaining == 0
    assert admission.lease is None
    assert await limiter.state(ada.user_id) == {"minute": 1, "day": 1, "slots": 0, "open": 0}


async def test_a_cost_above_a_limit_is_too_complex(limiter):
    ada = await limiter.session(per_minute=5, per_day=4)

    errors_ = [await refusal(limiter.gate.admit(ada, inference(units))) for units in (6, 5)]

    assert [type(error) for error in errors_] == [errors.QueryTooComplex] * 2
    assert str(errors_[0]) == "This operation costs 6 units; the limit allows 5 at most."
    assert await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}


async def test_a_tokens_own_limit_counts_together_with_its_owners(limiter):
    user = await limiter.user(per_minute=10)
    small, other = await limiter.token_of(user, per_minute=2), await limiter.token_of(user)
    admission = await limiter.call(small, units=2)

    error = await refusal(limiter.gate.admit(small, inference()))
    await limiter.call(other, units=8)
    full = await refusal(limiter.gate.admit(other, inference()))

    first = admission.windows[0]
    assert (first.name, first.scope, first.used) == ("token-minute", "TOKEN", 2)
    assert admission.rights == Rights("USER", frozenset({"hidden"}), frozenset({"text"}), frozenset({"INFER"}))
    assert (error.window, full.window) == ("token-minute", "minute")
    assert await limiter.state(user.id) == {"minute": 10, "day": 10, "slots": 0, "open": 0}


async def test_an_account_operation_is_admitted_though_the_plan_is_spent(limiter):
    ada = await limiter.session(per_minute=1)
    await limiter.call(ada)

    admission = await limiter.gate.admit(ada, ACCOUNT)

    account = window(admission.windows, "account-minute")
    assert (account.limit, account.used) == (300, 1)
    assert (window(admission.windows, "minute").used, admission.lease) == (1, None)
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 1)]


async def test_the_account_window_refuses_all_but_revocations(limiter):
    ada = await limiter.session()
    for _ in range(300):
        await limiter.gate.admit(ada, ACCOUNT)

    error = await refusal(limiter.gate.admit(ada, ACCOUNT))
    admission = await limiter.gate.admit(ada, EXEMPT)

    assert error.window == "account-minute"
    assert window(admission.windows, "account-minute").used == 300
    assert await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}


async def test_account_operations_of_a_token_spend_a_separate_window(limiter):
    user = await limiter.user()
    session, token, other = await limiter.session_of(user), await limiter.token_of(user), await limiter.token_of(user)
    for _ in range(300):
        await limiter.gate.admit(token, ACCOUNT)

    error = await refusal(limiter.gate.admit(token, ACCOUNT))
    by_session, by_other = await limiter.gate.admit(session, ACCOUNT), await limiter.gate.admit(other, ACCOUNT)

    assert error.window == "token-account-minute"
    assert str(error).startswith("The limit 'token-account-minute' is reached: this API token has")
    assert {w.name: w.scope for w in error.windows} == {
        "minute": "USER",
        "day": "USER",
        "token-account-minute": "TOKEN",
    }
    own, others = window(by_session.windows, "account-minute"), window(by_other.windows, "token-account-minute")
    assert (own.scope, own.limit, own.used) == ("USER", 300, 1)
    assert (others.scope, others.limit, others.used) == ("TOKEN", 300, 1)


async def test_sessions_of_a_user_share_the_account_window(limiter):
    user = await limiter.user()
    one, two = await limiter.session_of(user), await limiter.session_of(user)
    await limiter.gate.admit(one, ACCOUNT)

    admission = await limiter.gate.admit(two, ACCOUNT)

    assert window(admission.windows, "account-minute").used == 2


async def test_anonymous_callers_spend_the_limits_of_their_network(limiter):
    limits = VisitorLimits(units_per_minute=2, units_per_day=100, concurrent_requests=1)

    first = await limiter.gate.admit_visitor("2001:db8:1:2::/64", inference(2), limits)
    await limiter.gate.settle(first, [Outcome("text", 1, 0, 2)])
    error = await refusal(limiter.gate.admit_visitor("2001:db8:1:2::/64", inference(), limits))
    other = await limiter.gate.admit_visitor("203.0.113.9", inference(), limits)

    assert error.window == "minute"
    assert {w.scope for w in error.windows} == {"NETWORK"}
    assert other.rights.role is None
    assert not await limiter.keys("*:log:*")


async def test_a_credential_that_was_never_issued_is_dead(limiter):
    ada, eve = await limiter.session(), await limiter.session()
    stolen = type(ada)(ada.kind, ada.id, eve.user_id, ada.scopes, ada.expires_at)
    unknown = type(ada)(ada.kind, eve.user_id, ada.user_id, ada.scopes, ada.expires_at)

    for bad in (stolen, unknown):
        assert isinstance(await refusal(limiter.gate.admit(bad, inference())), errors.Unauthenticated)

    assert await limiter.state(eve.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}


async def test_a_credential_ends_by_redis_clock(limiter):
    user = await limiter.user()
    brief = await limiter.session_of(user, lifetime=timedelta(seconds=3))
    await limiter.call(brief)

    async def has_ended():
        try:
            await limiter.call(brief, units=0)
        except errors.Unauthenticated:
            return True
        return False

    assert await soon(has_ended)
    seconds, micros = await limiter.redis.time()
    assert seconds + micros / 1e6 >= brief.expires_at.timestamp()


async def test_a_suspended_user_is_dead_with_every_credential(limiter):
    user = await limiter.user()
    user.suspended_at = user.created_at
    await user.save()

    for credential in (await limiter.session_of(user), await limiter.token_of(user)):
        assert isinstance(await refusal(limiter.gate.admit(credential, EXEMPT)), errors.Unauthenticated)


async def test_one_call_id_is_admitted_once(limiter):
    ada = await limiter.session(at_once=1)
    await limiter.call(ada, units=0)
    request = AdmissionRequest(partitions.of_user(ada.user_id, ada.id), inference(2), credential=ada)

    answers = [await limiter.store.run(scripts.ADMIT, request.prepare, key=request.partition) for _ in range(2)]

    first, second = (request.admitted(answer) for answer in answers)
    assert first.lease == second.lease is not None
    assert await limiter.state(ada.user_id) == {"minute": 2, "day": 2, "slots": 1, "open": 1}


async def test_a_command_that_arrives_too_late_does_nothing(limiter):
    ada = await limiter.session()
    await limiter.call(ada, units=0)
    request = AdmissionRequest(partitions.of_user(ada.user_id, ada.id), inference(2), credential=ada)

    answer = await limiter.store.run(
        scripts.ADMIT, lambda now: request.prepare(now._replace(not_after=now.now - 200)), key=request.partition
    )

    assert answer.values[0] == b"LATE"
    assert await limiter.state(ada.user_id) == {"minute": 0, "day": 0, "slots": 0, "open": 0}
