"""How long an answer takes where it must not tell what there was to do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

# Longer than any of the ways through takes while Postgres is well.
_STEADY = timedelta(milliseconds=250)


@asynccontextmanager
async def steadily() -> AsyncIterator[None]:
    """Takes no less than a set time, so that it does not tell whether there was a mail to send."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _STEADY.total_seconds()
    try:
        yield
    finally:
        await asyncio.sleep(end - loop.time())
