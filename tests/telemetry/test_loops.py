"""A loop's turns fail, hang and leave things behind; the loop goes on."""

import asyncio
import contextvars
import logging
from contextlib import suppress
from datetime import timedelta

import prometheus_client
import pytest

from telemetry import loops
from tests.mails import until

SOON = timedelta(seconds=0.01)
WITHIN = timedelta(seconds=0.05)
LEFT = contextvars.ContextVar("LEFT", default="nothing")


@pytest.fixture
async def begin():
    running = []

    def start(name, turn, **options):
        options = {"every": SOON, "within": WITHIN, **options}
        running.append(asyncio.create_task(loops.forever(name, turn, **options)))
        return running[-1]

    yield start
    for task in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def metric(name, **labels):
    return prometheus_client.REGISTRY.get_sample_value(f"gatehouse_loop_{name}", labels) or 0


@pytest.mark.parametrize(
    "error", [RuntimeError("broken"), asyncio.CancelledError(), ExceptionGroup("two", [OSError()])]
)
async def test_whatever_a_turn_raises_ends_that_turn_and_not_the_loop(begin, caplog, error):
    turns = []

    async def turn():
        turns.append(1)
        if len(turns) < 4:
            raise error

    name = f"raising {type(error).__name__}"
    loop = begin(name, turn)
    await until(lambda: len(turns) > 5)

    assert not loop.done()
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.getMessage() == f"{name} failed, and is tried again every 0.01 s"
    assert type(record.exc_info[1]) is type(error)
    assert metric("failures_total", loop=name, reason="error") == 3
    assert metric("done_timestamp_seconds", loop=name) > 1_700_000_000


async def test_a_turn_that_hangs_is_cancelled_at_its_deadline_and_its_stack_is_logged(begin, caplog):
    turns = []

    async def turn():
        turns.append(1)
        if len(turns) < 3:
            await asyncio.Event().wait()

    begin("hanging", turn)
    await until(lambda: len(turns) > 4)

    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.getMessage().startswith(
        "hanging waits, and is tried every 0.01 s: TurnTooLong: not done within 0.05 s, at locks.py:"
    )
    assert metric("failures_total", loop="hanging", reason="late") == 2


async def test_a_turn_that_does_not_end_when_cancelled_is_left_behind_and_no_more_than_three_are(begin):
    release, started, at_once, most = asyncio.Event(), 0, 0, 0

    async def turn():
        nonlocal started, at_once, most
        started, at_once = started + 1, at_once + 1
        most = max(most, at_once)
        while not release.is_set():
            with suppress(asyncio.CancelledError):
                await release.wait()
        at_once -= 1

    begin("stubborn", turn)
    await until(lambda: at_once == 3)
    await asyncio.sleep(0.5)
    assert (started, most) == (3, 3)

    release.set()
    await until(lambda: started > 5)
    assert at_once <= 1


async def test_each_turn_has_an_empty_context(begin):
    seen = []
    LEFT.set("the caller's")

    async def turn():
        seen.append(LEFT.get())
        LEFT.set("the last turn's")

    begin("forgetful", turn)
    await until(lambda: len(seen) > 3)

    assert set(seen) == {"nothing"}


async def test_a_loop_is_woken_before_its_time(begin):
    turns, wake = [], asyncio.Event()

    async def turn():
        turns.append(1)

    begin("sleeping", turn, every=timedelta(minutes=1), wake=wake)
    await until(lambda: len(turns) == 1)
    wake.set()
    await until(lambda: len(turns) == 2)
    await asyncio.sleep(0.05)

    assert (len(turns), wake.is_set()) == (2, False)


async def test_a_loop_that_only_waits_to_be_woken_tries_a_failed_turn_again_by_itself(begin):
    turns, wake = [], asyncio.Event()

    async def turn():
        turns.append(1)
        if len(turns) == 1:
            raise RuntimeError("broken")

    begin("woken", turn, every=None, wake=wake)
    await asyncio.sleep(0.05)
    assert turns == []
    wake.set()
    await until(lambda: len(turns) == 2)
    await asyncio.sleep(1.2)

    assert len(turns) == 2


async def test_a_loop_that_never_waits_lets_others_run(begin):
    turns = 0

    async def turn():
        nonlocal turns
        turns += 1

    begin("busy", turn, every=timedelta(0))

    for _ in range(100):
        await asyncio.sleep(0)

    # At most one before each turn of the others. If it kept the event loop, this would not be reached.
    assert 0 < turns <= 100


async def test_a_stopped_loop_lets_its_turn_end(begin):
    stopping, started, ended = asyncio.Event(), asyncio.Event(), []

    async def turn():
        started.set()
        await asyncio.sleep(0.1)
        ended.append(1)

    loop = begin("ending", turn, within=timedelta(seconds=5), until=stopping)
    await started.wait()
    stopping.set()
    await loop

    assert ended == [1]


async def test_a_lasting_failure_is_logged_again_each_minute_and_its_end_once(begin, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    turns, works = [], asyncio.Event()

    async def turn():
        turns.append(1)
        if not works.is_set():
            raise ConnectionRefusedError("away")

    def failed():
        return [one for one in caplog.records if one.levelname == "WARNING"]

    begin("waiting", turn, is_outage=lambda error: isinstance(error, OSError))
    await until(lambda: len(turns) > 8)
    assert len(failed()) == 1
    with monkeypatch.context() as over:
        over.setattr(loops, "SAY_AGAIN_AFTER", timedelta(0))
        await until(lambda: len(failed()) > 1)
    said, since = failed(), len(turns)
    await until(lambda: len(turns) > since + 8)
    works.set()
    await until(lambda: "waiting works again" in caplog.text)

    assert failed() == said
    assert {one.getMessage() for one in said} == {
        "waiting waits, and is tried every 0.01 s: ConnectionRefusedError: away"
    }
    assert {one.exc_info for one in said} == {None}
    assert caplog.text.count("works again") == 1
