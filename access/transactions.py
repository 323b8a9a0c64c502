"""Postgres as the rooms above see it: it answers, or ServiceUnavailable is raised."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import DBConnectionError
from tortoise.transactions import in_transaction

import errors

# It is not there, does not answer in time (TimeoutError is an OSError), is starting or stopping, has no connection to
# give, or has given up one of two transactions that waited for each other. All may be well a moment later.
_PASSING = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    DBConnectionError,
)


@asynccontextmanager
async def reached() -> AsyncIterator[None]:
    """Around statements, and nothing but statements. Raises ServiceUnavailable where Postgres does not answer."""
    try:
        yield
    except _PASSING as error:
        # asyncpg's word for an argument that does not fit its column: a bug of ours, which does not pass by itself.
        if isinstance(error, ValueError):
            raise
        raise errors.ServiceUnavailable() from error


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """Commits at the end, rolls back at an exception. Raises ServiceUnavailable: then nothing may be claimed."""
    async with reached(), in_transaction() as tx:
        yield tx
