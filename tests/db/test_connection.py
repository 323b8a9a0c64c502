import asyncio
import logging
import socket
import time
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from aerich.utils import load_tortoise_config
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from db import connection
from db import postgres as db_postgres
from settings import Settings
from tests.environ import environ
from tests.loop_time import LoopTime
from tests.mails import until


def settings(database_url):
    return Settings.from_environ(environ(DATABASE_URL=database_url))


@pytest.fixture
async def connected(database_url):
    await connection.connect(settings(database_url))
    yield
    await connection.close()


@pytest.fixture
async def impatient(database_url):
    """As `connected`, but a statement has one second instead of five."""
    config = connection.config(settings(database_url), answer_within=timedelta(seconds=1))
    await Tortoise.init(config=config, _enable_global_fallback=True)
    yield
    await connection.close()


async def test_the_process_is_connected_in_every_task(connected, database_url):
    client = await asyncio.create_task(asyncio.to_thread(Tortoise.get_connection, "default"))

    answer = await client.execute_query_dict("SELECT current_database() AS name, $1::int AS number", [7])

    assert answer == [{"name": database_url.rsplit("/", 1)[1], "number": 7}]


async def test_a_process_can_connect_again_after_it_closed(connected):
    assert await connection.ping()
    config: Any = vars(Tortoise.get_connection("default"))["extra"]

    await connection.close()
    await connection.connect(settings(str(config["dsn"])))

    assert await connection.ping()


async def test_a_ping_is_answered_long_before_a_query_while_postgres_hangs(connected, postgres):
    assert await connection.ping()
    postgres.pause()
    try:
        # Any other query waits five seconds, so that this one is answered in the end.
        query = asyncio.create_task(Tortoise.get_connection("default").execute_query("SELECT 1"))
        answers = await asyncio.gather(*(connection.ping() for _ in range(30)))
        waits = not query.done()
    finally:
        postgres.resume()

    assert answers == [False] * 30
    assert waits
    await query
    assert await soon(connection.ping)


async def test_a_query_gives_up_while_postgres_hangs(connected, postgres):
    client = Tortoise.get_connection("default")
    await client.execute_query("SELECT 1")
    postgres.pause()
    try:
        async with LoopTime() as passed:
            answers = await asyncio.gather(
                *(client.execute_query("SELECT 1") for _ in range(30)), return_exceptions=True
            )
    finally:
        postgres.resume()

    assert {type(answer) for answer in answers} == {TimeoutError}
    assert passed.seconds < 9
    assert await soon(connection.ping)


async def test_who_gives_up_a_statement_does_not_wait_until_postgres_has_heard_of_it(impatient, postgres):
    client = Tortoise.get_connection("default")
    await asyncio.gather(*(client.execute_query("SELECT pg_sleep(0.1)") for _ in range(10)))
    postgres.pause()
    try:
        async with LoopTime() as passed:
            answers = await asyncio.gather(
                *(client.execute_query("SELECT 1") for _ in range(10)), return_exceptions=True
            )
    finally:
        postgres.resume()

    assert [type(answer) for answer in answers] == [TimeoutError] * 10
    # The statement had one second, and the release of its connection has two.
    assert passed.seconds < 2.5
    assert await soon(connection.ping)
    assert len(await asyncio.gather(*(client.execute_query_dict("SELECT pg_sleep(0.1)") for _ in range(10)))) == 10


async def test_a_full_pool_is_waited_for_two_seconds(connected):
    ends, held = asyncio.Event(), []

    async def hold():
        async with in_transaction():
            held.append(1)
            await ends.wait()

    holding = [asyncio.create_task(hold()) for _ in range(10)]
    await until(lambda: len(held) == 10)

    async with LoopTime() as passed:
        with pytest.raises(TimeoutError):
            await Tortoise.get_connection("default").execute_query("SELECT 1")

    assert passed.on_the_clock > 1.9
    ends.set()
    await asyncio.gather(*holding)
    assert await connection.ping()


async def test_transactions_that_cannot_begin_give_their_connections_back(connected, postgres):
    async def begin():
        async with in_transaction():
            pass

    async def use_all():
        client = Tortoise.get_connection("default")
        await asyncio.gather(*(client.execute_query("SELECT pg_sleep(0.2)") for _ in range(10)))

    await use_all()
    postgres.pause()
    try:
        started = [asyncio.create_task(begin()) for _ in range(10)]
        await asyncio.sleep(0.1)
        for task in started:
            task.cancel()
    finally:
        postgres.resume()
    await asyncio.wait(started)

    assert all(task.cancelled() for task in started)
    await use_all()


async def test_nothing_remains_of_an_outage(connected, postgres):
    assert await connection.ping()
    postgres.kill()
    assert not await connection.ping()

    postgres.start()

    assert await soon(connection.ping)


async def soon(claim):
    """The service is to recover in three seconds, which benchmarks/outages.py measures; a busy machine has more."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if await claim():
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_process_starts_without_postgres_and_says_so_in_its_log_without_the_password(caplog):
    caplog.set_level(logging.DEBUG)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgres://someone:the-password@127.0.0.1:{closed.getsockname()[1]}/nothing"
        await connection.connect(settings(url))
        try:
            assert await connection.ping() is False
        finally:
            await connection.close()

    assert "Postgres does not answer: ConnectionRefusedError" in caplog.text
    assert "the-password" not in caplog.text


async def test_aerich_finds_its_configuration(monkeypatch):
    for name, value in environ(DATABASE_URL="postgres://someone@somewhere/something").items():
        monkeypatch.setenv(name, value)

    config = load_tortoise_config()

    assert str(config["connections"]["default"]["credentials"]["dsn"]) == "postgres://someone@somewhere/something"
    assert "aerich.models" in config["apps"]["models"]["models"]


def test_the_module_has_no_other_lazy_names():
    with pytest.raises(AttributeError, match="has no attribute 'TORTOISE'"):
        connection.TORTOISE  # noqa: B018 - the look-up is the test


async def test_a_transaction_whose_connection_cannot_be_released_leaves_nothing_behind(impatient, postgres):
    async def count():
        async with in_transaction() as tx:
            return await tx.execute_query_dict("SELECT 1 AS one")

    async def hang():
        async with in_transaction() as tx:
            await tx.execute_query("SELECT 1")
            postgres.pause()
            # The statement is given up first, then its rollback, and then the release of its connection.
            await tx.execute_query("SELECT 1")

    assert await count() == [{"one": 1}]
    try:
        with pytest.raises((TimeoutError, asyncpg.InterfaceError)) as raised:
            await hang()
    finally:
        postgres.resume()

    # On a busy machine asyncpg has closed the connection before the rollback.
    assert db_postgres.is_outage(raised.value)
    # In the same task, and with every connection of the pool.
    assert await soon(connection.ping)
    assert await count() == [{"one": 1}]
    assert await asyncio.gather(*(count() for _ in range(10))) == [[{"one": 1}]] * 10


async def test_what_was_committed_is_said_to_be_though_its_connection_cannot_be_released(connected, postgres):
    client = Tortoise.get_connection("default")
    await client.execute_script("CREATE TABLE kept (id int)")

    async def write():
        async with in_transaction() as tx:
            await tx.execute_query("INSERT INTO kept VALUES (1)")
            commit = tx.commit

            async def commit_and_pause():
                await commit()
                postgres.pause()

            vars(tx)["commit"] = commit_and_pause

    try:
        await write()
    finally:
        postgres.resume()

    assert await client.execute_query_dict("SELECT id FROM kept") == [{"id": 1}]
    async with in_transaction() as tx:
        assert await tx.execute_query_dict("SELECT count(*) AS rows FROM kept") == [{"rows": 1}]
