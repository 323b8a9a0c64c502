"""Tortoise's asyncpg client, over a pool in which nothing waits for ever. `connection` names it as its engine."""

from collections.abc import Callable
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

from telemetry import metrics, traces

_ACQUIRE_SECONDS = 2.0
_PARTS_OF_ADDRESS = ("host", "port", "user", "password", "database")


class _Pool(asyncpg.Pool):
    def acquire(self, *, timeout: float | None = None) -> Any:
        # Tortoise gives none, and asyncpg then waits for ever, for a free connection and again when it gives one back.
        return super().acquire(timeout=_ACQUIRE_SECONDS if timeout is None else timeout)


class _Transaction(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            # Tortoise keeps the connection of a BEGIN that fails or is cancelled, until the pool has none left.
            await self._give_back()
            raise

    async def _give_back(self) -> None:
        if self.client._connection is not None:
            await self.client._parent._pool.release(self.client._connection)
        if hasattr(self, "token"):
            get_connections().reset(self.token)


class Client(AsyncpgDBClient):
    """Takes its address as one Secret, `dsn`, so that asyncpg reads all of it and no log shows it."""

    async def create_pool(self, **template: Any) -> _Pool:
        for part in _PARTS_OF_ADDRESS:
            del template[part]
        dsn = str(template.pop("dsn"))
        return await _Pool(
            dsn,
            init=_watch,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            record_class=asyncpg.Record,
            **template,
        )

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(TransactionWrapper(self), self._pool_init_lock)


async def _watch(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    connection.add_query_logger(_seen_unless(connection.get_reset_query()))


def _seen_unless(reset: str) -> Callable[[Any], None]:
    def see(query: Any) -> None:
        # Between two who use a connection the pool clears it; that is nobody's query.
        if query.query != reset:
            metrics.POSTGRES_SECONDS.observe(query.elapsed)
            verb = query.query.split(maxsplit=1)[0].rstrip(";").upper()
            # The text alone: values are sent apart from it.
            traces.ended(f"postgres {verb}", query.elapsed, query=query.query)

    return see


client_class = Client
