"""Answers that take the same time whatever there was to do, so that their duration gives nothing away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

# Longer than any branch takes while Postgres is healthy.
LEAST = timedelta(milliseconds=250)


@asynccontextmanager
async def minimum_duration(more: timedelta = timedelta(0)) -> AsyncIterator[None]:
    """Takes at least 250 ms and `more`, so that the time does not show whether an email was sent."""
    loop = asyncio.get_running_loop()
    end = loop.time() + (LEAST + more).total_seconds()
    try:
        yield
    finally:
        await asyncio.sleep(end - loop.time())
