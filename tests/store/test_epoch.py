"""The reading of the epoch: shared, and not awaited after it has ended."""

import asyncio
import gc
import signal
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
import uvloop
from tortoise.transactions import in_transaction

import errors
from access.credentials import Credential, Kind
from db import connection, migrate, postgres
from db.models.index_state import IndexState
from limits.gate import Gate
from limits.running_calls import RunningCall, RunningCalls
from settings import Settings
from store.epoch import Epoch
from store.raising import Raising
from tests.environ import environ
from tests.limits.people import soon

_CONNECTIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"


@pytest.fixture
async def epoch(migrated_url):
    one = Epoch(Settings.from_environ(environ(DATABASE_URL=migrated_url)))
    yield one
    await one.aclose()


@pytest.fixture
def spinning_fails():
    """A coroutine that never yields would hang the run. This fixture ends it after some seconds."""

    def fail(*_):
        raise AssertionError("it has not yielded for three seconds of processor time")

    before = signal.signal(signal.SIGVTALRM, fail)
    yield lambda seconds: signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


async def test_a_reading_that_ended_too_old_is_not_waited_for_again(epoch, spinning_fails):
    reading, before = asyncio.create_task(epoch.read()), asyncio.all_tasks()
    await asyncio.sleep(0)
    # What callers share.
    (shared,) = asyncio.all_tasks() - before
    for _ in range(2):
        await asyncio.sleep(0)
    # As on a machine that is too busy: when the process goes on, its reading is too old.
    time.sleep(1.8)  # noqa: ASYNC251 - the loop has to stand still
    asked = asyncio.get_running_loop().create_future()

    def ask():
        """Asks when the reading has ended and its callback has not run yet."""
        if not shared.done():
            asyncio.get_running_loop().call_soon(ask)
            return
        spinning_fails(3)
        asking = epoch.fresh()
        try:
            asking.send(None)
        except BaseException as error:
            asked.set_exception(error)
        else:
            asked.set_result(asking)
        spinning_fails(0)

    ask()
    waiting = await asked

    assert not epoch.is_fresh
    waiting.close()
    await reading
    await epoch.fresh()
    assert epoch.is_fresh


@pytest.mark.parametrize("milliseconds", [0, 2, 5, 10, 15, 20])
async def test_closing_during_a_reading_leaves_nothing_behind(epoch, caplog, milliseconds):
    """Neither a connection nor an error that asyncio logs, with a traceback, because nobody has looked at it."""
    before = asyncio.all_tasks()
    reading = asyncio.create_task(epoch.read())
    await asyncio.sleep(milliseconds / 1000)

    await epoch.aclose()

    await reading
    assert asyncio.all_tasks() == before
    gc.collect()
    assert caplog.records == []


class Asked:
    """In place of the running operations: counts the readings that ask for them, and those that end them."""

    beginnings = ends = 0

    def credentials(self):
        self.beginnings += 1
        return ()

    def end(self, ended, retired_keys):
        self.ends += 1


async def test_callers_at_the_same_time_share_one_reading(epoch):
    asked = epoch.running = Asked()
    await asyncio.gather(*(epoch.read() for _ in range(20)))

    assert (asked.beginnings, asked.ends) == (1, 1)
    assert epoch.is_fresh


@pytest.mark.parametrize("seconds", [0.6, 1.2])
def test_a_process_that_stands_still_during_a_reading_does_not_take_postgres_for_lost(migrated_url, seconds):
    of = Credential(Kind.SESSION, uuid4(), uuid4(), frozenset(), datetime.now(UTC) + timedelta(hours=1))

    async def operation(calls):
        with calls.of(of, datetime.now(UTC)):
            await asyncio.Event().wait()

    async def read():
        epoch = Epoch(Settings.from_environ(environ(DATABASE_URL=migrated_url)))
        await epoch.read()
        # So that a reading is more than one question to Postgres.
        calls = epoch.running = RunningCalls()
        running = asyncio.create_task(operation(calls))
        await asyncio.sleep(0)
        reading = asyncio.create_task(epoch.read())
        for _ in range(3):
            await asyncio.sleep(0)
        time.sleep(seconds)  # noqa: ASYNC251 - the loop has to stand still
        await reading
        found = epoch.postgres_answers, epoch.is_fresh
        running.cancel()
        await asyncio.wait([running])
        await epoch.aclose()
        return found

    # The loop of the service: its timers run before it reads answers.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(read()) == (True, True)


async def test_a_caller_does_not_wait_for_ever_for_readings_that_come_too_late(epoch, monkeypatch):
    monkeypatch.setattr("store.epoch.OLDEST_READING", -1.0)

    async with asyncio.timeout(60):
        await epoch.fresh()

    assert not epoch.is_fresh


async def test_a_fault_of_our_own_is_raised_and_no_caller_is_admitted_by_it(epoch, migrated_url):
    await epoch.read()
    assert epoch.postgres_answers
    database = await asyncpg.connect(migrated_url)
    await database.execute("ALTER TABLE retired_keys RENAME TO hidden")
    try:
        with pytest.raises(asyncpg.UndefinedTableError):
            await epoch.read()
        assert not epoch.postgres_answers
    finally:
        await database.execute("ALTER TABLE hidden RENAME TO retired_keys")
        await database.close()

    await epoch.read()
    assert epoch.postgres_answers


@pytest.mark.parametrize("table", ["users", "sessions", "api_tokens"])
async def test_a_locked_table_delays_the_end_of_running_operations_and_not_the_epoch(epoch, migrated_url, table):
    """As behind a migration that waits for a long reader of the table."""
    calls = epoch.running = RunningCalls()
    of = Credential(Kind.SESSION, uuid4(), uuid4(), frozenset(), datetime.now(UTC) + timedelta(hours=1))

    async def operation():
        with RunningCall(calls, of, datetime.now(UTC)):
            await asyncio.Event().wait()

    async def is_read():
        await epoch.read()
        return epoch.postgres_answers

    async def has_ended():
        await epoch.read()
        return running.done()

    running = asyncio.create_task(operation())
    await asyncio.sleep(0)
    database = await asyncpg.connect(migrated_url)
    try:
        async with database.transaction():
            await database.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            assert await soon(is_read)
            assert not running.done()
    finally:
        await database.close()

    # No row says that the credential is live.
    assert await soon(has_ended)
    with pytest.raises(errors.Unauthenticated):
        await running


async def test_a_process_starts_over_a_database_without_tables_and_works_once_they_are_there(database_url, gate_redis):
    settings = Settings.from_environ(environ(DATABASE_URL=database_url, REDIS_URL=gate_redis.url))
    await connection.connect(settings)
    gate = Gate(settings)
    await gate.start()
    watching = asyncio.create_task(gate.watch())
    try:
        await asyncio.sleep(1)
        assert (gate.is_redis_up, gate.is_postgres_up, watching.done()) == (False, False, False)
        await connection.close()
        await migrate.migrate(settings)
        await connection.connect(settings)

        async def works():
            return gate.is_redis_up and gate.is_postgres_up

        assert await soon(works)
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await gate.aclose()
        await connection.close()


async def test_callers_share_a_raise_only_if_it_begins_after_they_asked(migrated):
    raising = Raising()
    before = (await IndexState.get(id=1)).epoch

    first = await asyncio.gather(*(raising.raise_it() for _ in range(20)))
    async with in_transaction("default") as other:
        await IndexState.filter(id=1).using_db(other).select_for_update()
        under_way = asyncio.create_task(raising.raise_it())
        await soon(waits_for_a_lock)
        later = asyncio.gather(*(raising.raise_it() for _ in range(20)))
        await asyncio.sleep(0)

    assert first == [before + 1] * 20
    assert await under_way == before + 2
    assert await later == [before + 3] * 20
    assert (await IndexState.get(id=1)).epoch == before + 3


async def waits_for_a_lock():
    (found,) = await postgres.rows("SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted")
    return found["waiting"] > 0


async def test_one_that_leaves_does_not_stop_the_raise_for_others(migrated):
    raising = Raising()
    before = (await IndexState.get(id=1)).epoch
    leaving, other = [asyncio.create_task(raising.raise_it()) for _ in range(2)]
    await asyncio.sleep(0)

    leaving.cancel()

    assert await other == before + 1
    assert leaving.cancelled()


async def test_a_reading_that_begins_after_the_end_leaves_no_connection(migrated_url):
    asking = await asyncpg.connect(migrated_url)

    async def connections():
        return {row["pid"] for row in await asking.fetch(_CONNECTIONS)}

    async def no_more_than_before():
        return await connections() <= before

    before = await connections()
    one = Epoch(Settings.from_environ(environ(DATABASE_URL=migrated_url)))
    await one.read()
    assert one.postgres_answers
    assert len(await connections() - before) == 1

    await one.aclose()
    await one.read()

    assert not one.postgres_answers
    # Postgres ends a connection a moment after the client.
    assert await soon(no_more_than_before)
    await asking.close()
