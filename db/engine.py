"""Tortoise's asyncpg client, over a pool with a deadline on every wait. `connection` names it as its engine."""

import logging
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from db import postgres
from telemetry import metrics, traces

logger = logging.getLogger(__name__)

_RELEASE_SECONDS = 0.5
_PARTS_OF_ADDRESS = ("host", "port", "user", "password", "database")


class _Pool(asyncpg.Pool):
    def acquire(self, *, timeout: float | None = None) -> Any:
        # Without a timeout, and Tortoise gives none, asyncpg waits for ever for a free connection.
        return super().acquire(timeout=postgres.ACQUIRE_WITHIN.total_seconds() if timeout is None else timeout)

    async def release(self, connection: Any, **options: Any) -> None:
        # It waits until Postgres has heard that a statement was given up, and rolls back an open transaction. If that
        # takes longer the connection is closed: Postgres hangs, and the caller is to be refused.
        await super().release(connection, **{"timeout": _RELEASE_SECONDS, **options})


class _Transaction(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            # Tortoise keeps the connection of a BEGIN that fails or is cancelled, until the pool has none left.
            await self._give_back()
            raise

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        # Not Tortoise's own method: where the release fails, that leaves the connection in the context, and every later
        # query of this task fails.
        try:
            await self._finish(kind)
        finally:
            await self._give_back()

    async def _finish(self, kind: Any) -> None:
        if self.client._finalized:
            return
        if kind is None:
            await self.client.commit()
        # Tortoise raises it for a transaction that has not started or has ended already.
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
            # The pool has closed this connection and makes a new one. What was committed is committed, and an error of
            # the statements matters more than this one.
            if not postgres.is_outage(error):
                raise
            logger.info("A connection to Postgres was closed: %s: %s", type(error).__name__, error)


class Client(AsyncpgDBClient):
    """Takes its address as one Secret, `dsn`, so that asyncpg parses the whole address and no log shows it."""

    async def create_pool(self, **template: Any) -> _Pool:
        for part in _PARTS_OF_ADDRESS:
            del template[part]
        dsn = str(template.pop("dsn"))
        return await _Pool(
            dsn,
            init=_record_queries,
            reset=_reset,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            record_class=asyncpg.Record,
            **template,
        )

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(TransactionWrapper(self), self._pool_init_lock)


async def _record_queries(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    connection.add_query_logger(_record)


async def _reset(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Asks Postgres nothing when a connection is given back: no statement here changes more than its transaction.

    asyncpg's own reset is a second round trip for each query. The pool still rolls back a transaction that is open.
    """


def _record(query: Any) -> None:
    metrics.POSTGRES_SECONDS.observe(query.elapsed)
    if traces.is_recording():
        verb = query.query.split(maxsplit=1)[0].rstrip(";").upper()
        # This is the text only: its values are sent separately.
        traces.ended(f"postgres {verb}", query.elapsed, query=query.query)


client_class = Client
