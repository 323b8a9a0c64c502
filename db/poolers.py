"""Whether a connection pooler such as PgBouncer stands between this process and Postgres, and what it keeps.

A pooler invents the process id that a client is given at the start. In transaction mode each transaction of a client
may run in another session of Postgres: advisory locks, LISTEN and SET of a session are lost, or are another client's.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from enum import Enum

import asyncpg

_CONNECT_WITHIN = timedelta(seconds=4)
# A pooler may always give a client the same session while no other client wants it, so other clients ask. With two of
# them a transaction pooler is found whether it hands out the session used last or the one used longest ago.
_OTHERS = 2


class Pooling(Enum):
    NONE = "none"
    SESSION = "session"
    TRANSACTION = "transaction"


async def find(address: str) -> Pooling:
    """Raises the errors of asyncpg and the network where there is no answer."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(_connected(address))
        session = await _session(client)
        if session == client.get_server_pid():
            return Pooling.NONE
        for _ in range(_OTHERS):
            other = await stack.enter_async_context(_connected(address))
            # Left open, so that it keeps its session.
            await other.execute("BEGIN")
            if session == await _asked(other) or session != await _session(client):
                return Pooling.TRANSACTION
        return Pooling.SESSION


async def _session(client: asyncpg.Connection) -> int:
    # In a transaction, as asyncpg sends a statement in two parts that need one session.
    async with client.transaction():
        return await _asked(client)


async def _asked(client: asyncpg.Connection) -> int:
    pid: int = await client.fetchval("SELECT pg_backend_pid()")
    return pid


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[asyncpg.Connection]:
    seconds = _CONNECT_WITHIN.total_seconds()
    client = await asyncpg.connect(address, timeout=seconds, command_timeout=seconds, statement_cache_size=0)
    try:
        yield client
    finally:
        client.terminate()
