"""How the rooms query Postgres: the deadline of each query, and what an error means.

`rows` and `run` raise PostgresDown, for code that goes on without Postgres. `transaction` and `as_service_unavailable`
raise ServiceUnavailable, for code that answers a caller. `is_outage` decides for all of them what counts as an outage.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import BaseORMException, DBConnectionError
from tortoise.transactions import in_transaction

import errors
from telemetry import traces

T = TypeVar("T")

# Of a connection of the pool: until it is made, until one of them is free, and until a statement is answered.
CONNECT_WITHIN = timedelta(seconds=2)
ACQUIRE_WITHIN = timedelta(seconds=2)
STATEMENT_WITHIN = timedelta(seconds=5)
# Of all these together, for `rows`.
_ANSWER_WITHIN = timedelta(seconds=2)
# A timer that comes so much later has waited for the processor.
_STOOD_STILL_SECONDS = 0.05
_MOST_WAITS = 3

# SQLSTATEs of an outage: whole classes, then single codes of classes whose other codes are faults of ours.
_CLASSES = (
    "08",  # the connection
    "28",  # user or password refused, also by pg_hba.conf
    "3D",  # the database does not exist, as between a drop and a restore
    "40",  # serialization, deadlock
    "53",  # connections, memory, disk
    "55",  # locked, in use, or a database that takes no connections
    "57",  # stopping, starting, cancelled, terminated
    "58",  # its disk, its files
)
_CODES = (
    "25006",  # read-only: a standby, or a server that was set so
    "25P03",  # terminated: idle in a transaction for too long
    "25P04",  # terminated: a transaction for too long
    "26000",  # a statement prepared before the connection pooler in between was restarted
    "42501",  # a right was taken away
)
# The class of these errors of asyncpg does not tell them apart, so their text does. They mean that we misuse a
# connection.
_MISUSE = ("another operation is in progress", "released back to the pool", "is not initialized")


class PostgresDown(Exception):
    """Postgres does not answer, or not in time. The statement may have been executed all the same."""


async def rows(sql: str, *values: object, within: timedelta = _ANSWER_WITHIN) -> list[dict[str, Any]]:
    """The rows of one statement, outside of any transaction. Raises PostgresDown."""
    return await run(_query(sql, values), within=within)


async def run(work: Coroutine[Any, Any, T], *, within: timedelta) -> T:
    """The result of `work`, which asks Postgres.

    Raises PostgresDown where Postgres is away or `work` takes too long. Any other error of `work` is raised as it is.
    """
    # In a context of its own, so never inside a transaction that the caller has open: a rollback of that one would undo
    # what is committed here. And not simply a timeout: a cancelled query waits until Postgres has heard of it.
    task = asyncio.create_task(work, context=traces.apart())
    # Also for a task that is left behind: asyncio logs an error that no code has looked at.
    task.add_done_callback(look_at_error)
    try:
        is_done = await ends(task, within)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not is_done:
        task.cancel()
        raise PostgresDown(f"no answer within {within.total_seconds():g} s")
    async with as_postgres_down():
        return task.result()


async def ends(task: "asyncio.Task[Any]", within: timedelta) -> bool:
    """Whether it ends within this time. It waits longer only if this process stood still meanwhile."""
    loop = asyncio.get_running_loop()
    for _ in range(_MOST_WAITS):
        due = loop.time() + within.total_seconds()
        done, _ = await asyncio.wait({task}, timeout=within.total_seconds())
        # Timers run before answers are read. After a time without the processor, the answer may be here already.
        if done or loop.time() - due < _STOOD_STILL_SECONDS:
            break
    return task.done()


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """Commits at the end, rolls back at an exception.

    Raises ServiceUnavailable where Postgres does not answer. The commit may have happened all the same.
    """
    async with as_service_unavailable(), in_transaction() as tx:
        yield tx


@asynccontextmanager
async def as_postgres_down() -> AsyncIterator[None]:
    """Around statements, and nothing but statements: raises PostgresDown for an outage."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise
        raise PostgresDown(f"{type(error).__name__}: {error}") from error


@asynccontextmanager
async def as_service_unavailable() -> AsyncIterator[None]:
    """Around statements, and nothing but statements: raises ServiceUnavailable for an outage."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise
        raise errors.ServiceUnavailable() from error


def is_outage(error: BaseException) -> bool:
    """Whether `error`, of Tortoise, asyncpg or a socket, is an outage of Postgres. Any other error is a fault of ours.

    An outage passes without a change of our code: Postgres is not there, does not answer in time, starts or stops,
    refuses this user, has no room or no connection left, is read-only, or breaks off one of two transactions that
    waited for each other. A column that does not exist or a value that does not fit is a fault of ours: waiting does
    not help.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_outage, error.exceptions))
    if isinstance(error, asyncpg.PostgresError):
        return _is_outage_by_state(error)
    if isinstance(error, asyncpg.InterfaceError):
        # With a ValueError asyncpg refuses an argument or an address.
        return not isinstance(error, ValueError) and not any(words in str(error) for words in _MISUSE)
    if isinstance(error, BaseORMException):
        # Tortoise wraps SQLSTATE classes 22, 23, 25 and 42 and keeps what it wraps as its argument or cause.
        inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error.__cause__
        return isinstance(error, DBConnectionError) or (inner is not None and is_outage(inner))
    # TimeoutError and the errors of TLS are OSErrors; EOFError is a stream that ends too soon.
    return isinstance(error, OSError | EOFError | asyncpg.InternalClientError)


def _is_outage_by_state(error: asyncpg.PostgresError) -> bool:
    # A migration has made this plan void. The next try makes a new one.
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return True
    state = str(error.sqlstate or "")
    return state.startswith(_CLASSES) or state in _CODES


async def _query(sql: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await Tortoise.get_connection("default").execute_query_dict(sql, list(values))
    return found


def look_at_error(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled():
        task.exception()
