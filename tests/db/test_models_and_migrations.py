"""The migrations make what the models say, and `gatehouse migrate --check` says what is missing."""

import asyncio

from aerich import Command
from aerich.migrate import Migrate
from aerich.utils import get_models_describe
from tortoise.context import TortoiseContext

from db import connection, migrate
from tests import forked
from tests.db.migrations import folder as folder
from tests.db.migrations import rows, settings
from tests.environ import environ


async def test_the_check_names_what_is_missing_and_changes_nothing(database_url):
    missing = await migrate.pending(settings(database_url))

    ended = await check(database_url)

    assert ended == (1, "".join(f"{name}\n" for name in missing), "")
    assert await rows(database_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


async def test_the_check_is_content_with_a_database_that_is_newer(migrated_url):
    assert await check(migrated_url) == (0, "up to date\n", "")
    await rows(migrated_url, "INSERT INTO aerich (version, app, content) VALUES ('999_newer.py', 'models', '{}')")
    try:
        ended = await check(migrated_url)
    finally:
        await rows(migrated_url, "DELETE FROM aerich WHERE version = '999_newer.py'")

    said = "The database is newer than this version, which works with it: it has 999_newer.py.\n"
    assert ended == (0, "up to date\n", said)


async def check(database_url):
    ended = await asyncio.to_thread(forked.run, "migrate", "--check", environ=environ(DATABASE_URL=database_url))
    return ended.returncode, ended.stdout, ended.stderr


async def test_the_models_are_what_the_migrations_say(database_url, monkeypatch):
    config = connection.config(settings(database_url))
    async with TortoiseContext() as context:
        await context.init(config=config)
        await Migrate.init(config, connection.APP, str(migrate.FOLDER), offline=True)
        monkeypatch.setattr(Migrate, "upgrade_operators", [])

        Migrate.diff_models(Migrate._last_version_content or {}, get_models_describe(connection.APP))

    assert Migrate.upgrade_operators == []


async def test_migrating_gives_the_columns_comments_and_indexes_of_the_models(database_url):
    """Indexes that models cannot say, partial ones, may come on top, and so do the tables of PgQueuer."""
    await migrate.migrate(settings(database_url))
    columns, comments, indexes = await layout(database_url)
    await rows(database_url, "DROP SCHEMA public CASCADE")
    await rows(database_url, "CREATE SCHEMA public")
    async with TortoiseContext() as context:
        await context.init(config=connection.config(settings(database_url), migrating=True))
        await context.generate_schemas()

    of_models = await layout(database_url)

    assert columns == of_models[0] != []
    assert comments == of_models[1] != []
    assert indexes >= of_models[2] != set()


async def test_the_migrations_since_the_tenth_can_be_taken_back_and_applied_again(database_url, folder):
    newest = (await migrate.pending(settings(database_url)))[10:]
    for name in newest:
        (folder / name).rename(folder.parent / name)
    await migrate.migrate(settings(database_url))
    before = await whole(database_url)
    for name in newest:
        (folder.parent / name).rename(folder / name)
    await migrate.migrate(settings(database_url))
    after = await whole(database_url)

    async with TortoiseContext() as context:
        tortoise = connection.config(settings(database_url))
        await context.init(config=tortoise)
        command = Command(tortoise, app=connection.APP, location=str(migrate.FOLDER))
        await command.init()
        for name in reversed(newest):
            assert await command.downgrade(-1, delete=False) == [name]

    assert await whole(database_url) == before != after
    assert await migrate.migrate(settings(database_url)) == newest
    assert await whole(database_url) == after


async def whole(database_url):
    """The layout, and the triggers and functions."""
    triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
    return *await layout(database_url), await rows(database_url, triggers), await rows(database_url, functions)


async def layout(database_url):
    """Of all tables but those of PgQueuer, which are its own affair."""
    columns = "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    ours = "table_schema = 'public' AND table_name NOT LIKE 'pgqueuer%'"
    comments = "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relkind = 'r'"
    tables = "relnamespace = 'public'::regnamespace AND relname NOT LIKE 'pgqueuer%'"
    indexes = "SELECT tablename, indexdef FROM pg_indexes"
    return (
        await rows(database_url, f"{columns} WHERE {ours} ORDER BY 1, 2"),
        await rows(database_url, f"{comments} AND {tables} ORDER BY 1"),
        set(await rows(database_url, f"{indexes} WHERE schemaname = 'public' AND tablename NOT LIKE 'pgqueuer%'")),
    )
