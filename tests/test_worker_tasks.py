"""What the worker does again and again: each task by itself, and by one worker at a time."""

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg
import pytest
from tortoise import Tortoise

import worker
from db import cleaning
from db.models.mail_cooldowns import MailCooldown
from settings import Settings
from store.redis import StoreDown
from tests import mails
from tests.environ import environ
from worker import SharedTask, Task


async def test_a_failed_task_is_logged_and_tried_again_and_the_others_go_on(migrated, caplog):
    stopping, tries, done = asyncio.Event(), [], []

    async def fails():
        tries.append(1)
        raise RuntimeError("broken")

    async def works():
        done.append(1)

    tasks = [Task("failing", timedelta(seconds=0.02), fails), Task("working", timedelta(seconds=0.02), works)]
    running = [asyncio.create_task(worker.repeat(task, stopping)) for task in tasks]
    await mails.until(lambda: len(tries) > 3 and len(done) > 3)
    stopping.set()
    await asyncio.gather(*running)

    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "failing failed" in record.message
    assert record.exc_info[1].args == ("broken",)


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), asyncpg.PostgresConnectionError("away"), StoreDown("away")]
)
async def test_an_unreachable_server_is_logged_in_one_line(migrated, caplog, error):
    stopping, tries = asyncio.Event(), []

    async def fails():
        tries.append(1)
        raise error

    running = asyncio.create_task(worker.repeat(Task("waiting", timedelta(seconds=0.02), fails), stopping))
    await mails.until(lambda: len(tries) > 3)
    stopping.set()
    await running

    (record,) = [record for record in caplog.records if record.levelno > logging.INFO]
    assert record.getMessage() == (f"waiting waits, and is tried every 0.02 s: {type(error).__name__}: {error}")
    assert record.exc_info is None


async def test_of_one_task_one_worker_at_a_time_does_it(migrated):
    stopping, at_once, most = asyncio.Event(), 0, 0
    rounds = 0

    async def count():
        nonlocal at_once, most, rounds
        at_once, rounds = at_once + 1, rounds + 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1

    task = Task("counted", timedelta(seconds=0.001), count)
    running = [asyncio.create_task(worker.repeat(task, stopping)) for _ in range(4)]
    await mails.until(lambda: rounds > 20)
    stopping.set()
    await asyncio.gather(*running)

    assert most == 1


async def test_a_task_is_done_when_it_is_due(migrated):
    stopping, due, done = asyncio.Event(), iter([False, True, False, False]), []

    async def ask():
        is_due = next(due, None)
        if is_due is None:
            stopping.set()
        return bool(is_due)

    async def work():
        done.append(1)

    await worker.repeat(Task("asked", timedelta(seconds=0.001), work, is_due=ask), stopping)

    assert done == [1]


async def test_a_task_that_is_not_due_asks_postgres_for_no_lock(caplog):
    """This process is not connected to any."""
    stopping, questions = asyncio.Event(), []

    async def ask():
        questions.append(1)
        return False

    async def work():
        raise AssertionError

    running = asyncio.create_task(worker.repeat(Task("asked", timedelta(seconds=0.001), work, is_due=ask), stopping))
    await mails.until(lambda: len(questions) > 3)
    stopping.set()
    await running

    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_a_task_that_takes_long_keeps_its_turn(migrated, monkeypatch, caplog):
    monkeypatch.setattr(worker, "LOCK_FOR", timedelta(milliseconds=1500))
    stopping, at_once, most, done = asyncio.Event(), 0, 0, 0

    async def work():
        nonlocal at_once, most, done
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(3.2)
        at_once, done = at_once - 1, done + 1

    task = Task("long", timedelta(seconds=0.001), work)
    running = [asyncio.create_task(worker.repeat(task, stopping)) for _ in range(3)]
    await mails.until(lambda: done > 0)
    stopping.set()
    await asyncio.gather(*running)

    assert most == 1
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_cleaning_goes_by_the_clock_of_postgres(migrated):
    kept = "SELECT kept_from = current_date - 400 AS is_right FROM usage_hours"

    await worker.clean(Settings.from_environ(environ()))

    assert await Tortoise.get_connection("default").execute_query_dict(kept) == [{"is_right": True}]


async def test_what_has_ended_long_ago_is_forgotten_and_nothing_else(migrated):
    database = Tortoise.get_connection("default")
    now = datetime(2026, 11, 22, tzinfo=UTC)
    await mails.queue_one("failed@example.org")
    await database.execute_query("UPDATE pgqueuer SET status = 'failed', updated = $1", [now - timedelta(days=40)])
    await database.execute_query("UPDATE pgqueuer_log SET created = $1", [now - timedelta(days=40)])
    await mails.queue_one("waiting@example.org")
    await database.execute_query(
        "UPDATE pgqueuer SET created = $1, updated = $1 WHERE status = 'queued'", [now - timedelta(days=40)]
    )
    for digest, minutes in (("old", 61), ("young", 59)):
        await MailCooldown.create(digest=digest, at=now - timedelta(minutes=minutes))

    await cleaning.clean(now)

    assert [row.digest for row in await MailCooldown.all()] == ["young"]
    assert [row["status"] for row in await database.execute_query_dict("SELECT status FROM pgqueuer")] == ["queued"]
    assert len(await database.execute_query_dict("SELECT * FROM pgqueuer_log")) == 1


async def test_workers_share_a_task_by_its_parts(migrated):
    stopping, at_once, most = asyncio.Event(), Counter[int](), Counter[int]()
    both_run, done = asyncio.Event(), Counter[int]()

    async def work(part):
        at_once[part] += 1
        most[part] = max(most[part], at_once[part])
        # A worker that had all parts for itself would wait here for ever.
        if sum(at_once.values()) > 1:
            both_run.set()
        await both_run.wait()
        at_once[part] -= 1
        done[part] += 1

    parts = [Task(f"part {number}", timedelta(0), partial(work, number)) for number in range(3)]
    task = SharedTask("shared", timedelta(seconds=0.001), parts)
    running = [asyncio.create_task(worker.repeat(task, stopping)) for _ in range(2)]
    await mails.until(lambda: min(done[part] for part in range(3)) > 3)
    stopping.set()
    await asyncio.gather(*running)

    assert most == {0: 1, 1: 1, 2: 1}


async def test_a_part_that_fails_does_not_stop_the_others(migrated, caplog):
    stopping, done = asyncio.Event(), []

    async def fails():
        raise RuntimeError("broken")

    async def works():
        done.append(1)

    parts = [Task("first", timedelta(0), fails), Task("second", timedelta(0), works)]
    running = asyncio.create_task(worker.repeat(SharedTask("shared", timedelta(seconds=0.02), parts), stopping))
    await mails.until(lambda: len(done) > 3)
    stopping.set()
    await running

    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "shared failed" in record.message
    assert record.exc_info[1].args == ("broken",)


async def test_all_parts_that_fail_are_reported(migrated, caplog):
    stopping, done = asyncio.Event(), []

    async def fails(error):
        raise error

    async def works():
        done.append(1)

    broken = [RuntimeError("broken"), ValueError("wrong")]
    parts = [Task(f"part {number}", timedelta(0), partial(fails, error)) for number, error in enumerate(broken)]
    shared = SharedTask("shared", timedelta(seconds=0.02), [*parts, Task("last", timedelta(0), works)])
    running = asyncio.create_task(worker.repeat(shared, stopping))
    await mails.until(lambda: len(done) > 3)
    stopping.set()
    await running

    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "shared failed" in record.message
    assert record.exc_info[1].exceptions == tuple(broken)


async def test_parts_that_fail_by_one_outage_say_so_once_in_one_line(migrated, caplog):
    stopping, tries = asyncio.Event(), []

    async def fails(error):
        tries.append(1)
        raise error

    away = [StoreDown("away"), StoreDown("away"), ConnectionRefusedError("closed")]
    parts = [Task(f"part {number}", timedelta(0), partial(fails, error)) for number, error in enumerate(away)]
    running = asyncio.create_task(worker.repeat(SharedTask("shared", timedelta(seconds=0.02), parts), stopping))
    await mails.until(lambda: len(tries) > 9)
    stopping.set()
    await running

    (record,) = [record for record in caplog.records if record.levelno > logging.INFO]
    assert record.exc_info is None
    assert record.getMessage().endswith(
        "ExceptionGroup: StoreDown: away; ConnectionRefusedError: closed (3 sub-exceptions)"
    )
