"""Postgres as this room asks it: a deadline on every answer, and one exception for whatever keeps it from answering."""

import asyncio
from collections.abc import Awaitable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from tortoise import Tortoise

from db import outages
from telemetry import traces

T = TypeVar("T")

_ANSWER_WITHIN = timedelta(seconds=2)


class PostgresDown(Exception):
    """Postgres does not answer, or not in time. What was asked may still have been done."""


async def rows(sql: str, *values: object, within: timedelta = _ANSWER_WITHIN) -> list[dict[str, Any]]:
    """Raises PostgresDown."""
    return await answered(_query(sql, values), within=within)


async def answered(work: Coroutine[Any, Any, T], *, within: timedelta) -> T:
    """What `work` answers. Raises PostgresDown where Postgres is away or it takes too long; what it raises for a fault
    of ours is raised as it is."""
    # In a context of its own, so never inside a transaction that the caller has open: what is committed here would be
    # undone with it. And not simply a timeout: a query that is cancelled waits for Postgres to hear of it.
    task = asyncio.create_task(work, context=traces.apart())
    try:
        done, _ = await asyncio.wait({task}, timeout=within.total_seconds())
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.add_done_callback(_drop)
        task.cancel()
        raise PostgresDown(f"no answer within {within.total_seconds()} s")
    return await translated(task)


async def translated(work: Awaitable[T]) -> T:
    try:
        return await work
    except Exception as error:
        if not outages.is_outage(error):
            raise
        raise PostgresDown(f"{type(error).__name__}: {error}") from error


async def _query(sql: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await Tortoise.get_connection("default").execute_query_dict(sql, list(values))
    return found


def _drop(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled():
        task.exception()
