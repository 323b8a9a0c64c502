"""Operations in a process: which of them end, and what their tasks raise."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

import errors
from access.credentials import Credential, Kind
from limits.running_calls import RunningCall, RunningCalls


def credential(**more):
    given = {"expires_at": datetime.now(UTC) + timedelta(hours=1), "signed_by": "key", **more}
    return Credential(Kind.API_TOKEN, uuid4(), uuid4(), frozenset({"INFER"}), **given)


async def call(calls, credential, work):
    with RunningCall(calls, credential, datetime.now(UTC)):
        return await work


async def begun(calls, credential, work=None):
    task = asyncio.create_task(call(calls, credential, work or asyncio.Event().wait()))
    await asyncio.sleep(0)
    return task


async def refusal(task):
    with pytest.raises(errors.Unauthenticated) as raised:
        await task
    return str(raised.value)


async def test_all_operations_of_an_ended_credential_end_and_no_others():
    calls, ended, live = RunningCalls(), credential(), credential()
    tasks = [await begun(calls, one) for one in (ended, ended, live)]
    assert set(calls.credentials()) == {ended.id, live.id}
    before = REGISTRY.get_sample_value("gatehouse_running_ended_total") or 0

    calls.end({ended.id}, frozenset())
    calls.end({ended.id}, frozenset())

    assert REGISTRY.get_sample_value("gatehouse_running_ended_total") == before + 2

    words = "The credential ended while this operation was running. Its units stay spent."
    assert [await refusal(task) for task in tasks[:2]] == [words, words]
    assert (list(calls.credentials()), tasks[2].done()) == ([live.id], False)
    tasks[2].cancel()


@pytest.mark.parametrize(
    "which",
    [{"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, {"signed_by": "retired"}],
    ids=["expired", "key retired"],
)
async def test_an_expired_credential_and_one_of_a_retired_key_end_without_postgres(which):
    calls = RunningCalls()
    task, other = await begun(calls, credential(**which)), await begun(calls, credential())

    calls.end((), {"retired"})

    await refusal(task)
    assert not other.done()
    other.cancel()


@pytest.mark.parametrize("days", [-1, 1])
async def test_the_time_of_a_credential_is_that_of_redis_whatever_this_machines_clock_says(days):
    calls, at_redis = RunningCalls(), datetime.now(UTC) + timedelta(days=days)
    short, long = (credential(expires_at=at_redis + timedelta(seconds=seconds)) for seconds in (0.2, 3600))

    async def run(one):
        with RunningCall(calls, one, at_redis):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(run(one)) for one in (short, long)]
    await asyncio.sleep(0)
    calls.end((), frozenset())
    assert [task.cancelling() for task in tasks] == [0, 0]
    await asyncio.sleep(0.2)
    calls.end((), frozenset())

    await refusal(tasks[0])
    assert not tasks[1].done()
    tasks[1].cancel()


async def test_a_result_that_is_there_already_is_not_given_any_more():
    calls, of = RunningCalls(), credential()
    done = asyncio.get_running_loop().create_future()
    task = await begun(calls, of, asyncio.shield(done))

    done.set_result("what the model returned")
    await asyncio.sleep(0)  # the task is about to go on
    calls.end({of.id}, frozenset())

    await refusal(task)


async def test_work_that_ignores_the_cancellation_is_refused_at_its_end():
    calls, of = RunningCalls(), credential()

    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "a result"

    task = await begun(calls, of, stubborn())

    calls.end({of.id}, frozenset())
    calls.end({of.id}, frozenset())

    await refusal(task)
    assert task.cancelling() == 0


async def test_a_caller_who_leaves_at_the_same_time_has_left():
    calls, of = RunningCalls(), credential()
    task = await begun(calls, of)

    calls.end({of.id}, frozenset())
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_operation_that_has_ended_is_forgotten():
    calls, of = RunningCalls(), credential()

    assert await call(calls, of, asyncio.sleep(0, "done")) == "done"

    assert list(calls.credentials()) == []
    calls.end({of.id}, frozenset())
