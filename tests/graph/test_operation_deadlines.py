"""The time of an operation. Each test gives so much or so little that a busy machine does not matter."""

import asyncio
from datetime import timedelta

import pytest

from graph.execution.deadlines import Deadlines

LONG = timedelta(minutes=5)


async def forever(ended):
    task = asyncio.current_task()
    assert task is not None
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        ended.append(task.cancelling())


async def test_work_in_time_gives_its_result():
    assert await Deadlines(LONG).keep(asyncio.sleep(0, "done")) == "done"


async def test_all_work_that_is_late_ends_whatever_ends_before_it():
    ended: list[int] = []
    deadlines = Deadlines(timedelta(milliseconds=50))
    late = [asyncio.create_task(deadlines.keep(forever(ended))) for _ in range(3)]
    await asyncio.sleep(0)
    late[1].cancel()

    results = await asyncio.wait_for(asyncio.gather(*late, return_exceptions=True), 30)

    assert [type(result) for result in results] == [TimeoutError, asyncio.CancelledError, TimeoutError]
    assert (ended, [task.cancelling() for task in late]) == ([1, 1, 1], [0, 1, 0])


async def test_later_work_has_its_own_time():
    deadlines = Deadlines(timedelta(milliseconds=50))
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(deadlines.keep(forever([])), 30)
        assert await deadlines.keep(asyncio.sleep(0, "done")) == "done"


async def test_work_that_others_cancel_is_not_late():
    ended: list[int] = []
    task = asyncio.create_task(Deadlines(LONG).keep(forever(ended)))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [1]


async def test_an_error_of_the_work_is_raised_as_it_is():
    async def fails():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Deadlines(LONG).keep(fails())
