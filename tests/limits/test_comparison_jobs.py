"""Calls of jobs: a row names them while Redis holds them, and Postgres counts them when they end."""

from datetime import UTC, datetime, timedelta

import pytest
from tortoise import Tortoise

from db.models.jobs import Job
from limits import job_calls, partitions, reaper
from limits.entries import Outcome
from tests.limits.comparing import compared, day_key, differences, figures, settled, today
from tests.limits.comparing import comparison as comparison
from tests.limits.people import inference

_COST = 5
_END = "UPDATE jobs SET state = $2, units = $3, ended_at = now() WHERE id = $1"


async def started(limiter, credential):
    """A job that runs, and what Redis has admitted for it."""
    call = job_calls.new_id()
    now = datetime.now(UTC)
    row = await Job.create(
        user_id=credential.user_id,
        credential_id=credential.id,
        credential_kind=credential.kind.value,
        scopes=sorted(credential.scopes),
        credential_expires_at=credential.expires_at,
        limit_key=credential.id,
        address="203.0.113.9",
        model="text",
        input_bytes=0,
        digest=b"",
        turn=1,
        created_at=now,
        available_at=now,
        expires_at=now + timedelta(hours=1),
        call_id=call,
        call_units=_COST,
    )
    admission = await limiter.gate.admit_job(credential, inference(_COST), call, address="203.0.113.9")
    await Job.filter(id=row.id).update(state="RUNNING", started_at=now, units=_COST, call_hour=admission.lease.hour)
    return row, admission.lease


async def end(row, state, units):
    await Tortoise.get_connection("default").execute_query(_END, [row.id, state, units])


async def settle(limiter, row, lease, units):
    await limiter.gate.settle_job(lease, [Outcome("text", 1, 0, units)])
    await Job.filter(id=row.id).update(call_id=None)


@pytest.mark.parametrize(("state", "kept"), [("SUCCEEDED", _COST), ("FAILED", 0), ("CANCELLED", _COST)])
async def test_a_job_is_counted_once_at_each_of_its_steps(limiter, comparison, state, kept):
    ada = await limiter.session()
    await limiter.call(ada, units=3)

    row, lease = await started(limiter, ada)
    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 3)]

    await end(row, state, kept)
    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    counted = [("text", 2, int(state != "SUCCEEDED"), 3 + kept)]
    assert await limiter.usage(ada.user_id) == counted

    # A worker may be killed in between, and another one repeats it.
    for _ in range(2):
        await limiter.gate.settle_job(lease, [Outcome("text", 1, 0, kept)])
        assert figures(await compared(comparison)) == (1, 0, 0, 0)
    await Job.filter(id=row.id).update(call_id=None)
    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    assert await limiter.usage(ada.user_id) == counted
    state = await limiter.state(ada.user_id)
    assert (state["day"], state["slots"], state["open"]) == (3 + kept, 0, 0)
    await limiter.redis.hincrby(day_key(ada), "u", 1)
    assert figures(await compared(comparison)) == (0, 1, 0, 1)


async def test_after_a_loss_only_the_partition_of_a_running_job_waits_for_its_end(limiter, comparison):
    ada, eve = await limiter.session(), await limiter.session()
    while partitions.of(eve.user_id) == partitions.of(ada.user_id):
        eve = await limiter.session()
    row, lease = await started(limiter, ada)
    await limiter.redis.flushall()
    await limiter.call(eve, units=3)

    await settled(comparison)
    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    await limiter.redis.hincrby(day_key(eve), "u", 1)
    assert figures(await compared(comparison)) == (0, 1, 0, 1)
    assert await differences() == [(eve.user_id, today(), 4, 3, None)]

    await end(row, "SUCCEEDED", _COST)
    await settle(limiter, row, lease, _COST)
    assert figures(await compared(comparison)) == (1, 1, 0, 1)
    assert await limiter.usage(ada.user_id) == [("text", 1, 0, 5)]


async def test_the_call_of_a_deleted_job_is_given_back_and_not_counted(limiter, comparison):
    ada = await limiter.session()
    row, lease = await started(limiter, ada)
    await row.delete()
    key = partitions.running(partitions.of(ada.user_id))
    line = await limiter.redis.hget(key, lease.call_id)
    await limiter.redis.hset(key, lease.call_id, b"1|" + line.partition(b"|")[2])

    await reaper.reap(limiter.store)

    assert figures(await compared(comparison)) == (1, 0, 0, 0)
    assert (await limiter.state(ada.user_id)) == {"minute": 0, "day": 0, "slots": 0, "open": 0}
    assert await limiter.usage(ada.user_id) == []
