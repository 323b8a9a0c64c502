"""Tortoise's asyncpg client, over a pool in which nothing waits for ever. `connection` names it as its engine."""

from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

_ACQUIRE_SECONDS = 2.0
_PARTS_OF_ADDRESS = ("host", "port", "user", "password", "database")


class _Pool(asyncpg.Pool):
    def acquire(self, *, timeout: float | None = None) -> Any:
        # Tortoise gives none, and asyncpg then waits for ever, for a free connection and again when it gives one back.
        return super().acquire(timeout=_ACQUIRE_SECONDS if timeout is None else timeout)


class Client(AsyncpgDBClient):
    """Takes its address as one Secret, `dsn`, so that asyncpg reads all of it and no log shows it."""

    async def create_pool(self, **template: Any) -> _Pool:
        for part in _PARTS_OF_ADDRESS:
            del template[part]
        dsn = str(template.pop("dsn"))
        return await _Pool(
            dsn, max_queries=50_000, max_inactive_connection_lifetime=300.0, record_class=asyncpg.Record, **template
        )


client_class = Client
