"""What Postgres, asyncpg, Tortoise and sockets raise, which of it is an outage, and the deadlines of queries."""

import asyncio
import gc
import os
import ssl
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.exceptions import OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

from db import postgres as asking
from db.postgres import PostgresDown, is_outage
from tests.service import free_port

# A state of each class that tells of an outage, and what asyncpg makes of it.
AWAY = {
    "08006": asyncpg.ConnectionFailureError,
    "08P01": asyncpg.ProtocolViolationError,
    "25006": asyncpg.ReadOnlySQLTransactionError,
    "25P03": asyncpg.IdleInTransactionSessionTimeoutError,
    "26000": asyncpg.InvalidSQLStatementNameError,
    "28000": asyncpg.InvalidAuthorizationSpecificationError,
    "28P01": asyncpg.InvalidPasswordError,
    "3D000": asyncpg.InvalidCatalogNameError,
    "40001": asyncpg.SerializationError,
    "40P01": asyncpg.DeadlockDetectedError,
    "42501": asyncpg.InsufficientPrivilegeError,
    "53100": asyncpg.DiskFullError,
    "53200": asyncpg.OutOfMemoryError,
    "53300": asyncpg.TooManyConnectionsError,
    "55000": asyncpg.ObjectNotInPrerequisiteStateError,
    "55P03": asyncpg.LockNotAvailableError,
    "57014": asyncpg.QueryCanceledError,
    "57P01": asyncpg.AdminShutdownError,
    "57P03": asyncpg.CannotConnectNowError,
    "58030": asyncpg.PostgresIOError,
}
OURS = {
    "22001": asyncpg.StringDataRightTruncationError,
    "22P02": asyncpg.InvalidTextRepresentationError,
    "23505": asyncpg.UniqueViolationError,
    "25P02": asyncpg.InFailedSQLTransactionError,
    "42601": asyncpg.PostgresSyntaxError,
    "42703": asyncpg.UndefinedColumnError,
    "42P01": asyncpg.UndefinedTableError,
}


@pytest.fixture
async def tortoise(migrated):
    return Tortoise.get_connection("default")


async def raised(awaitable):
    try:
        await awaitable
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(("state", "away"), [*((state, True) for state in AWAY), *((state, False) for state in OURS)])
async def test_postgres_own_errors_are_judged_by_their_state_with_and_without_tortoise(migrated, tortoise, state, away):
    say = f"DO $$ BEGIN RAISE EXCEPTION 'so' USING ERRCODE = '{state}'; END $$"
    direct = await asyncpg.connect(migrated)
    try:
        bare = await raised(direct.execute(say))
    finally:
        await direct.close()
    wrapped = await raised(tortoise.execute_query(say))

    assert type(bare) is (AWAY | OURS)[state]
    assert (is_outage(bare), is_outage(wrapped)) == (away, away)
    assert is_outage(ExceptionGroup("one", [bare])) is away


async def test_a_connection_that_cannot_be_made_is_an_outage(postgres, migrated):
    parts = urlsplit(migrated)
    nobody_listens = parts._replace(netloc=f"gatehouse:x@127.0.0.1:{free_port()}")
    wrong_password = parts._replace(netloc=f"gatehouse:wrong@127.0.0.1:{postgres.port}")
    for address in (nobody_listens, wrong_password, parts._replace(path="/no_such_database")):
        error = await raised(asyncpg.connect(urlunsplit(address), timeout=2))
        assert is_outage(error), error
    assert is_outage(await raised(asyncpg.connect(migrated + "?sslmode=require", timeout=2)))


async def test_a_server_that_says_nothing_or_nonsense_is_an_outage():
    for said in (None, b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"):
        async with _server_that(said) as port:
            error = await raised(asyncpg.connect(f"postgres://a:b@127.0.0.1:{port}/c", timeout=0.3))
            assert is_outage(error), error


async def test_a_connection_that_was_closed_is_an_outage_and_one_that_is_used_wrongly_is_none(migrated):
    connection = await asyncpg.connect(migrated)
    both = await asyncio.gather(connection.execute("SELECT 1"), raised(connection.execute("SELECT 1")))
    connection.terminate()
    closed = await raised(connection.execute("SELECT 1"))
    pool = await asyncpg.create_pool(migrated, min_size=0)
    taken = await pool.acquire()
    await pool.release(taken)
    with pytest.raises(asyncpg.InterfaceError, match="released back to the pool") as released:
        await taken.execute("SELECT 1")
    await pool.close()

    assert [type(one) for one in (both[1], closed)] == [asyncpg.InterfaceError] * 2
    assert [is_outage(one) for one in (both[1], closed, released.value)] == [False, True, False]
    assert is_outage(await raised(pool.acquire()))


async def test_a_read_only_database_is_an_outage_though_tortoise_calls_it_a_fault_of_the_transaction(tortoise):
    async with in_transaction() as tx:
        await tx.execute_script("SET TRANSACTION READ ONLY")
        error = await raised(tx.execute_query("DELETE FROM usage"))

    assert type(error) is TransactionManagementError
    assert is_outage(error)


async def test_an_argument_that_does_not_fit_is_a_fault_of_ours(tortoise):
    error = await raised(tortoise.execute_query("SELECT $1::int", ["three"]))

    assert isinstance(error, OperationalError)
    assert isinstance(error.__cause__, asyncpg.DataError)
    assert not is_outage(error)


def test_what_sockets_and_tls_raise_is_an_outage_and_anything_else_is_none():
    away = [TimeoutError(), ConnectionResetError(), ssl.SSLError(), EOFError(), OSError(os.EX_IOERR, "so")]
    ours = [ValueError(), RuntimeError(), KeyError(), asyncio.CancelledError(), OperationalError("so")]

    assert [is_outage(error) for error in away] == [True] * 5
    assert [is_outage(error) for error in ours] == [False] * 5
    assert not is_outage(ExceptionGroup("both", [TimeoutError(), ValueError()]))


async def _fails_when_cancelled():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        # As asyncpg does where the connection breaks while it cancels a query.
        raise ConnectionResetError from None


async def _cancelled_caller():
    task = asyncio.create_task(asking.run(_fails_when_cancelled(), within=timedelta(seconds=60)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _late_work():
    with pytest.raises(PostgresDown, match=r"^no answer within 0\.01 s$"):
        await asking.run(_fails_when_cancelled(), within=timedelta(seconds=0.01))


@pytest.mark.parametrize("leave", [_cancelled_caller, _late_work], ids=["the caller is cancelled", "it is too late"])
async def test_the_error_of_a_query_that_was_left_behind_is_not_logged_by_asyncio(leave):
    gc.collect()  # what earlier tests have left
    found = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: found.append(context["message"]))
    try:
        await leave()
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
    finally:
        loop.set_exception_handler(before)

    assert found == []


@asynccontextmanager
async def _server_that(said):
    """Answers with `said` and closes; with None it never answers."""
    done = asyncio.Event()

    async def answer(reader, writer):
        await reader.read(8)
        if said is None:
            await done.wait()
        writer.write(said or b"")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    done.set()
    server.close()
