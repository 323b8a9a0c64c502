"""Postgres as the rooms above see it: it answers, or ServiceUnavailable is raised."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

import errors
from db import outages


@asynccontextmanager
async def reached() -> AsyncIterator[None]:
    """Around statements, and nothing but statements. Raises ServiceUnavailable where Postgres does not answer."""
    try:
        yield
    except Exception as error:
        if not outages.is_outage(error):
            raise
        raise errors.ServiceUnavailable() from error


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """Commits at the end, rolls back at an exception. Raises ServiceUnavailable: then nothing may be claimed."""
    async with reached(), in_transaction() as tx:
        yield tx
