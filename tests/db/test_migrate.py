"""Migrations are applied once, in their order, and keep nobody waiting."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from db import connection, migrate
from tests.db.migrations import folder as folder
from tests.db.migrations import rows, settings
from tests.environ import environ

FIRST = "0_20261122223730_init.py"
SLOW = """RUN_IN_TRANSACTION = True
async def upgrade(db):
    return "SELECT pg_sleep(0.5); CREATE TABLE slow (id int)"
async def downgrade(db):
    return "DROP TABLE slow"
"""
# A statement that waits, in any other session, for what this one holds would keep it from ever ending.
CONCURRENT = """RUN_IN_TRANSACTION = False
async def upgrade(db):
    return "CREATE INDEX CONCURRENTLY slow_id ON slow (id)"
async def downgrade(db):
    return "DROP INDEX slow_id"
"""
BROKEN = """RUN_IN_TRANSACTION = True
async def upgrade(db):
    return "CREATE TABLE half (id int); SELECT 1 / 0"
async def downgrade(db):
    return "DROP TABLE half"
"""
ALTERS = """RUN_IN_TRANSACTION = True
async def upgrade(db):
    return "CREATE TABLE beside (id int); ALTER TABLE busy ADD COLUMN more int"
async def downgrade(db):
    return "ALTER TABLE busy DROP COLUMN more; DROP TABLE beside"
"""
PROCESS = """
import asyncio, pathlib, sys
from db import migrate
from settings import Settings
migrate.FOLDER = pathlib.Path(sys.argv[1])
sys.stdin.readline()
print(*asyncio.run(migrate.migrate(Settings.from_environ())))
"""


@pytest.fixture
async def busy(database_url, folder, monkeypatch):
    """A migrated database with a table `busy`, and a file that alters it. A statement waits only briefly for a lock."""
    await migrate.migrate(settings(database_url))
    await rows(database_url, "CREATE TABLE busy (id int)")
    (folder / "999_20300101000000_alters.py").write_text(ALTERS)
    monkeypatch.setattr(migrate, "LOCK_WITHIN", timedelta(milliseconds=200))
    monkeypatch.setattr(migrate, "LOOK_EVERY", timedelta(milliseconds=20))
    monkeypatch.setattr(migrate, "PAUSE", timedelta(milliseconds=50))
    return database_url


@asynccontextmanager
async def reading(database_url):
    """A transaction that goes on reading the table `busy`; the number of its process in Postgres."""
    database = await asyncpg.connect(database_url)
    try:
        async with database.transaction():
            await database.execute("SELECT count(*) FROM busy")
            yield await database.fetchval("SELECT pg_backend_pid()")
    finally:
        await database.close()


async def test_an_empty_database_gets_every_migration_once(database_url):
    pending = await migrate.pending(settings(database_url))

    applied = await migrate.migrate(settings(database_url))

    assert applied == pending
    assert applied[0] == FIRST
    assert await migrate.pending(settings(database_url)) == []
    assert await migrate.migrate(settings(database_url)) == []
    assert await rows(database_url, "SELECT version FROM aerich ORDER BY id") == [(name,) for name in applied]


async def test_asking_what_is_pending_changes_nothing(database_url):
    await migrate.pending(settings(database_url))

    assert await rows(database_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


async def test_migrations_are_applied_in_the_order_of_their_numbers(database_url, folder):
    before = await migrate.pending(settings(database_url))
    (folder / "1000_20300101000000_second.py").write_text(SLOW.replace("slow", "second"))
    (folder / "999_20300101000000_first.py").write_text(SLOW.replace("slow", "first"))

    applied = await migrate.migrate(settings(database_url))

    assert applied == [*before, "999_20300101000000_first.py", "1000_20300101000000_second.py"]


async def test_a_migration_that_fails_leaves_nothing_and_those_before_it_stay(database_url, folder):
    (folder / "998_20300101000000_slow.py").write_text(SLOW)
    (folder / "999_20300101000000_broken.py").write_text(BROKEN)

    with pytest.raises(Exception, match="division by zero"):
        await migrate.migrate(settings(database_url))

    assert await migrate.pending(settings(database_url)) == ["999_20300101000000_broken.py"]
    tables = await rows(database_url, "SELECT tablename FROM pg_tables WHERE tablename IN ('slow', 'half')")
    assert tables == [("slow",)]


async def test_four_processes_at_once_apply_each_migration_once(database_url, folder):
    (folder / "998_20300101000000_slow.py").write_text(SLOW)
    (folder / "999_20300101000000_concurrent.py").write_text(CONCURRENT)
    expected = await migrate.pending(settings(database_url))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", PROCESS, folder.parent,
            cwd=Path(migrate.__file__).parent.parent, env=os.environ | environ(DATABASE_URL=database_url),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip

    answers = await asyncio.gather(*(process.communicate(b"\n") for process in processes))

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert sorted(answer.split() for answer, _ in answers) == [[], [], [], [name.encode() for name in expected]]
    assert await rows(database_url, "SELECT version FROM aerich ORDER BY id") == [(name,) for name in expected]


async def test_others_read_on_while_a_migration_waits_for_their_table(busy, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 1_000_000)
    waits = "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'busy'::regclass AND NOT granted"
    async with reading(busy):
        migrating = asyncio.create_task(migrate.migrate(settings(busy)))
        for _ in range(3):
            while not await rows(busy, waits):
                assert not migrating.done()

            # Behind the migration, which gives way.
            assert await rows(busy, "SELECT count(*) FROM busy") == [(0,)]
        assert not migrating.done()

    assert await migrating == ["999_20300101000000_alters.py"]
    assert await rows(busy, "SELECT more FROM busy") == []


async def test_a_migration_that_gets_no_lock_says_which_and_who_has_it(busy, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 2)
    # On a busy machine nobody may look for 0.2 s.
    monkeypatch.setattr(migrate, "LOCK_WITHIN", timedelta(seconds=1))
    async with reading(busy) as pid:
        with pytest.raises(migrate.LockHeld) as refusal:
            await migrate.migrate(settings(busy))

    said, _, rest = str(refusal.value).partition(" since ")
    assert said == (
        "999_20300101000000_alters.py was not applied: 2 times it waited 1 s for AccessExclusiveLock on busy, which "
        f"process {pid} of Postgres has (idle in transaction"
    )
    assert rest[len("12:34:56") :] == (" UTC). Nothing of it was changed; migrate again when that has ended.")
    assert await migrate.pending(settings(busy)) == ["999_20300101000000_alters.py"]
    assert await rows(busy, "SELECT to_regclass('beside') IS NULL") == [(True,)]


async def test_what_is_pending_can_be_asked_while_another_migrates(busy, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 1_000_000)
    async with reading(busy):
        migrating = asyncio.create_task(migrate.migrate(settings(busy)))

        assert await migrate.pending(settings(busy)) == ["999_20300101000000_alters.py"]
        assert not migrating.done()

    await migrating


async def test_the_connected_process_is_left_alone(database_url, postgres):
    await connection.connect(settings(postgres.url))
    try:
        assert FIRST in await migrate.migrate(settings(database_url))
        assert await connection.ping()
    finally:
        await connection.close()

    assert await rows(postgres.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
