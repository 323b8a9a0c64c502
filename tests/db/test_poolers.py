"""What stands before Postgres, with a real PgBouncer, and that no migration goes through one that keeps no session."""

import asyncpg
import pytest

from db import migrate, poolers
from db.poolers import Pooling
from settings import Settings
from tests import forked, pgbouncer
from tests.environ import environ


def settings(url: str) -> Settings:
    return Settings.from_environ(environ(DATABASE_URL=url))


async def tables(url: str) -> list[str]:
    database = await asyncpg.connect(url)
    try:
        return [row[0] for row in await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    finally:
        await database.close()


async def test_postgres_itself_is_no_pooler(database_url):
    assert await poolers.find(settings(database_url)) is Pooling.NONE


@pgbouncer.needed
@pytest.mark.parametrize("round_robin", [False, True])
@pytest.mark.parametrize("mode", [Pooling.SESSION, Pooling.TRANSACTION])
async def test_a_pooler_is_found_with_its_mode(database_url, tmp_path, mode, round_robin):
    with pgbouncer.before(database_url, tmp_path, mode=mode.value, round_robin=round_robin) as url:
        found = [await poolers.find(settings(url)) for _ in range(5)]

    assert found == [mode] * 5


@pgbouncer.needed
async def test_no_migration_goes_through_a_pooler_in_transaction_mode(database_url, tmp_path):
    with pgbouncer.before(database_url, tmp_path, mode="transaction") as url:
        ended = forked.run("migrate", environ=environ(DATABASE_URL=url))

    assert (ended.returncode, ended.stdout, ended.stderr) == (
        1,
        "",
        "gatehouse: GATEHOUSE_DATABASE_URL leads to a pooler in transaction mode, such as PgBouncer, through which the "
        "lock of a migration does not hold. Nothing was changed; migrate with the address of Postgres itself.\n",
    )
    assert await tables(database_url) == []


@pgbouncer.needed
async def test_a_migration_goes_through_a_pooler_that_keeps_sessions(database_url, tmp_path):
    with pgbouncer.before(database_url, tmp_path, mode="session") as url:
        expected = await migrate.pending(settings(url))
        assert expected
        assert await migrate.migrate(settings(url)) == expected

    assert "users" in await tables(database_url)
