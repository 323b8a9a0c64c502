"""Tortoise's asyncpg client, over a pool in which nothing waits for ever. `connection` names it as its engine."""

import logging
from collections.abc import Callable
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from db import outages
from telemetry import metrics, traces

logger = logging.getLogger(__name__)

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

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        # Not Tortoise's own: where the release fails it leaves the connection in the context, and whatever this task
        # does later with Postgres fails.
        try:
            await self._finish(kind)
        finally:
            await self._give_back()

    async def _finish(self, kind: Any) -> None:
        if self.client._finalized:
            return
        if kind is None:
            await self.client.commit()
        # Tortoise's word for a transaction that has no beginning or has ended already.
        elif kind is not TransactionManagementError:
            await self.client.rollback()

    async def _give_back(self) -> None:
        if hasattr(self, "token"):
            get_connections().reset(self.token)
        pool, connection = self.client._parent._pool, self.client._connection
        if pool is None or connection is None:
            return
        try:
            await pool.release(connection)
        except Exception as error:
            # The pool has cut the line, and makes a new one. What was committed is committed, and an error of the
            # statements is the one to tell.
            if not outages.is_outage(error):
                raise
            logger.info("A connection to Postgres was cut: %s: %s", type(error).__name__, error)


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
