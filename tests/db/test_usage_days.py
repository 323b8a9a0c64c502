"""The daily sums are the sums of the hours: while they are first filled, whichever version rolls up, and afterwards."""

import asyncio
import random
import shutil
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from aerich.utils import import_py_file
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from db import connection, migrate
from settings import Settings
from tests.environ import environ
from tests.mails import until

FILE = "6_20261128162000_usage_days.py"
BEGIN = datetime(2026, 11, 27, tzinfo=UTC)
USERS = [UUID(int=number << 120 | 1) for number in range(0, 256, 32)]
TOKENS = [None, UUID(int=1)]
# As the previous version adds calls to usage.
ADD = """
INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::float8[])
ON CONFLICT (user_id, token_id, model, hour) DO UPDATE
SET calls = usage.calls + EXCLUDED.calls, failed = usage.failed + EXCLUDED.failed,
    units = usage.units + EXCLUDED.units, inference_ms = usage.inference_ms + EXCLUDED.inference_ms
"""
HOURS = """
SELECT user_id, token_id, model, (hour AT TIME ZONE 'UTC')::date, sum(calls)::bigint, sum(failed)::bigint,
    sum(units)::bigint, sum(inference_ms) FROM usage GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
DAYS = """
SELECT user_id, token_id, model, day, calls, failed, units, inference_ms FROM usage_days ORDER BY 1, 2, 3, 4
"""
WAITS = "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted"


@pytest.fixture
async def before(database_url, tmp_path, monkeypatch):
    """A connection to a database as the version before has it; `migrate` then applies the one file."""
    whole = migrate.FOLDER
    copy = shutil.copytree(whole, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (copy / "models").glob("[0-9]*_*.py"):
        if int(path.name.split("_")[0]) >= 6:
            path.unlink()
    monkeypatch.setattr(migrate, "FOLDER", copy)
    await migrate.migrate(settings(database_url))
    shutil.copy(whole / "models" / FILE, copy / "models")
    # A day is one of UTC, wherever the database is.
    name = urlsplit(database_url).path[1:]
    database = await asyncpg.connect(database_url)
    await database.execute(f"ALTER DATABASE {name} SET timezone TO 'Pacific/Auckland'")
    yield database
    await database.close()


def settings(database_url):
    return Settings.from_environ(environ(DATABASE_URL=database_url))


def numbers(seed):
    return random.Random(seed)  # noqa: S311 - the same in each run


def rows(chosen, count):
    """Of as many calls, with sums in which no float is rounded."""
    keys = {
        (chosen.choice(USERS), chosen.choice(TOKENS), chosen.choice("ab"), chosen.randrange(60)) for _ in range(count)
    }
    return [
        [user, token, model, BEGIN + timedelta(hours=hour), 3, 1, 7, 0.5]
        for user, token, model, hour in sorted(keys, key=str)
    ]


async def add(database, found):
    await database.execute(ADD, *map(list, zip(*found, strict=True)))


async def fold_until(stop, database_url, seed, begun):
    """As several workers of the version before do; how often. One that Postgres chose for a deadlock tries again."""
    chosen, times = numbers(seed), 0
    database = await asyncpg.connect(database_url)
    while not stop.is_set():
        try:
            await add(database, rows(chosen, 12))
            times += 1
            begun.add(seed)
        except asyncpg.DeadlockDetectedError:
            pass
    await database.close()
    return times


async def is_exact(database):
    hours, days = await database.fetch(HOURS), await database.fetch(DAYS)
    assert [tuple(row) for row in days] == [tuple(row) for row in hours] != []
    return True


async def test_days_are_filled_exactly_while_the_previous_version_rolls_up(before, database_url):
    await add(before, rows(numbers(0), 2000))
    stop = asyncio.Event()
    begun: set[int] = set()
    folders = [asyncio.create_task(fold_until(stop, database_url, seed, begun)) for seed in range(3)]
    await until(lambda: len(begun) == 3)

    assert await migrate.migrate(settings(database_url)) == [FILE]

    stop.set()
    assert min(await asyncio.gather(*folders)) > 0
    assert await is_exact(before)


async def test_what_was_broken_off_is_run_again(before, database_url, monkeypatch):
    chosen = numbers(1)
    await add(before, rows(chosen, 500))
    module = import_py_file(migrate.FOLDER / "models" / FILE)

    async with TortoiseContext() as context:
        await context.init(config=connection.config(settings(database_url)))
        db = context.connections.get("default")

        async def execute(query, values=None, whole=db.execute_query):
            # The first user of part 100 of 256.
            if values and values[0].startswith(f"{100:02x}000000-"):
                raise ConnectionResetError
            return await whole(query, values)

        monkeypatch.setattr(db, "execute_query", execute)
        with pytest.raises(ConnectionResetError):
            await module.upgrade(db)
    assert (
        0
        < await before.fetchval("SELECT count(*) FROM usage_days")
        < await before.fetchval(
            "SELECT count(DISTINCT (user_id, token_id, model, (hour AT TIME ZONE 'UTC')::date)) FROM usage"
        )
    )
    # Days that are filled and days that are not are written meanwhile, several hours of one day at once.
    for _ in range(20):
        await add(before, rows(chosen, 40))

    await migrate.migrate(settings(database_url))

    assert await is_exact(before)
    names = "SELECT indexname FROM pg_indexes WHERE tablename = 'usage' ORDER BY 1"
    found = [row["indexname"] for row in await before.fetch(names)]
    assert found == ["idx_usage_hour_4864e7", "usage_pkey", "usage_row_by_hour"]


async def test_it_can_be_taken_back_and_applied_again(before, database_url):
    await add(before, rows(numbers(2), 200))
    await migrate.migrate(settings(database_url))
    module = import_py_file(migrate.FOLDER / "models" / FILE)
    async with TortoiseContext() as context:
        await context.init(config=connection.config(settings(database_url)))
        async with in_transaction() as tx:
            await tx.execute_script(await module.downgrade(tx))
    await before.execute("DELETE FROM aerich WHERE version = $1", FILE)
    await add(before, rows(numbers(3), 200))

    assert await migrate.migrate(settings(database_url)) == [FILE]

    await add(before, rows(numbers(4), 200))
    assert await is_exact(before)


async def test_days_stay_when_hours_go_and_take_what_comes_late(before, database_url):
    await migrate.migrate(settings(database_url))
    one = [USERS[1], None, "a", BEGIN, 3, 1, 7, 0.5]
    await add(before, [one])
    await before.execute("DELETE FROM usage")

    await add(before, [one])

    assert [tuple(row) for row in await before.fetch(DAYS)] == [(USERS[1], None, "a", BEGIN.date(), 6, 2, 14, 1.0)]


async def test_two_rollups_of_one_user_start_a_day_once(before, database_url):
    await migrate.migrate(settings(database_url))
    other = await asyncpg.connect(database_url)
    first = [[USERS[1], None, "a", BEGIN, 3, 1, 7, 0.5]]
    second = [[USERS[1], None, "a", BEGIN + timedelta(hours=1), 1, 0, 1, 0.5]]

    async with before.transaction():
        await add(before, first)
        waiting = asyncio.create_task(add(other, second))
        await until(lambda: before.fetchval(WAITS, other.get_server_pid()))
        assert not waiting.done()
    await waiting

    assert await is_exact(before)
    assert [tuple(row)[4:] for row in await before.fetch(DAYS)] == [(4, 1, 8, 1.0)]
    await other.close()
