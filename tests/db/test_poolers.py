"""What stands before Postgres, with a real PgBouncer, and that no migration goes through one that keeps no session."""

import asyncpg
import pytest

from db import connection, migrate, poolers
from db.poolers import Pooling
from settings import Settings, SettingsError
from tests import forked, pgbouncer
from tests.environ import environ
from tests.mails import until
from tests.pgbouncer import PgBouncer


def settings(url: str) -> Settings:
    return Settings.from_environ(environ(DATABASE_URL=url))


async def tables(url: str) -> list[str]:
    database = await asyncpg.connect(url)
    try:
        return [row[0] for row in await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    finally:
        await database.close()


async def test_postgres_itself_is_no_pooler(database_url):
    assert await poolers.find(database_url) is Pooling.NONE


@pgbouncer.needed
@pytest.mark.parametrize("round_robin", [False, True])
@pytest.mark.parametrize("mode", [Pooling.SESSION, Pooling.TRANSACTION])
async def test_a_pooler_is_found_with_its_mode(database_url, tmp_path, mode, round_robin):
    with pgbouncer.before(database_url, tmp_path, mode=mode.value, round_robin=round_robin) as url:
        found = [await poolers.find(url) for _ in range(5)]

    assert found == [mode] * 5


@pgbouncer.needed
async def test_no_migration_goes_through_a_pooler_in_transaction_mode(database_url, tmp_path):
    with pgbouncer.before(database_url, tmp_path, mode="transaction") as url:
        ended = forked.run("migrate", environ=environ(DATABASE_URL=url))

    assert (ended.returncode, ended.stdout, ended.stderr) == (
        1,
        "",
        "gatehouse: GATEHOUSE_DATABASE_URL leads to a pooler in transaction mode, such as PgBouncer, through which the "
        "lock of a migration does not hold. Nothing was changed; set GATEHOUSE_DATABASE_DIRECT_URL to the address of "
        "Postgres itself.\n",
    )
    assert await tables(database_url) == []


def test_the_pool_prepares_statements_only_without_a_pooler():
    url, other = "postgres://a:b@127.0.0.1:1/c", "postgres://a:b@127.0.0.1:2/c"
    made = [Settings.from_environ(environ(DATABASE_URL=url, DATABASE_DIRECT_URL=direct)) for direct in ("", url, other)]

    assert [connection.direct_address(one) for one in made] == [url, url, other]
    assert [connection.address(one) for one in made] == [url, url, url]
    pools = [connection.config(one)["connections"]["default"]["credentials"] for one in made]
    assert [pool.get("statement_cache_size") for pool in pools] == [None, None, 0]
    of_migrations = connection.config(made[2], migrating=True)["connections"]["default"]["credentials"]
    assert (str(of_migrations["dsn"]), "statement_cache_size" in of_migrations) == (other, False)


async def test_a_malformed_address_past_a_pooler_is_named_without_its_password():
    malformed = environ(
        DATABASE_URL="postgres://a:b@127.0.0.1:1/c",
        DATABASE_DIRECT_URL="postgres://gatehouse:pass/word@127.0.0.1:5432/gatehouse",
    )

    with pytest.raises(SettingsError) as refused:
        await connection.connect(Settings.from_environ(malformed))

    assert str(refused.value) == (
        "GATEHOUSE_DATABASE_DIRECT_URL must be an address like postgres://user:password@host:5432/name, with special "
        "characters of user and password percent-encoded."
    )


@pgbouncer.needed
async def test_a_migration_goes_around_a_pooler_with_an_address_of_its_own(database_url, tmp_path):
    with pgbouncer.before(database_url, tmp_path, mode="transaction") as url:
        wrong = forked.run("migrate", environ=environ(DATABASE_URL=database_url, DATABASE_DIRECT_URL=url))
        before = await tables(database_url)
        ended = forked.run("migrate", environ=environ(DATABASE_URL=url, DATABASE_DIRECT_URL=database_url))
        checked = forked.run("migrate", "--check", environ=environ(DATABASE_URL=url, DATABASE_DIRECT_URL=database_url))

    assert (wrong.returncode, before) == (1, [])
    assert wrong.stderr.startswith("gatehouse: GATEHOUSE_DATABASE_DIRECT_URL leads to a pooler in transaction mode")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "users" in await tables(database_url)
    assert (checked.returncode, checked.stdout) == (0, "up to date\n")


@pgbouncer.needed
async def test_a_migration_goes_through_a_pooler_that_keeps_sessions(database_url, tmp_path):
    with pgbouncer.before(database_url, tmp_path, mode="session") as url:
        expected = await migrate.pending(settings(url))
        assert expected
        assert await migrate.migrate(settings(url)) == expected

    assert "users" in await tables(database_url)


@pgbouncer.needed
async def test_a_pooler_that_ends_by_itself_is_started_again_and_the_reason_is_looked_at(database_url, tmp_path):
    with PgBouncer(tmp_path, before=database_url, mode="transaction", round_robin=False) as pooler:
        first = pooler.pid
        with pytest.raises(AssertionError, match="killed by SIGKILL"), pgbouncer.kept_running(pooler):  # noqa: PT012
            pooler.kill()
            await until(lambda: pooler.is_running() and pooler.is_ready())
            found, second = await poolers.find(pooler.url), pooler.pid

    assert (found, second == first) == (Pooling.TRANSACTION, False)
