"""The two measures that take the place of clocks in tests."""

import asyncio
import time

from tests.loop_time import LoopTime
from tests.mails import until
from tests.work import lines_run


async def test_loop_time_goes_on_while_the_loop_is_free():
    async with LoopTime() as passed:
        await until(lambda: passed.seconds >= 0.1)

    assert passed.on_the_clock >= passed.seconds >= 0.1


async def test_loop_time_stands_still_while_the_process_does_not_run():
    async with LoopTime() as passed:
        time.sleep(0.2)  # noqa: ASYNC251 - as on a machine that runs other processes
        await asyncio.sleep(0)

    assert passed.on_the_clock >= 0.2
    assert passed.seconds <= 0.01


def test_lines_grow_with_the_work():
    def count(times):
        for _ in range(times):
            pass

    few, many = lines_run(lambda: count(10)), lines_run(lambda: count(1000))

    assert many - few == 2 * 990
