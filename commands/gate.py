"""Runs an operator's change beside the running processes. When it returns, the change holds in all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from commands.stopped import Stopped
from settings import Settings

if TYPE_CHECKING:
    from limits.gate import Gate

T = TypeVar("T")


def act(settings: Settings, what: Callable[["Gate"], Awaitable[T]]) -> T:
    """Raises Stopped where Postgres does not answer."""
    import errors

    try:
        return asyncio.run(_within_gate(settings, what))
    except errors.ServiceUnavailable as error:
        raise Stopped("Postgres does not answer, so the change may or may not have happened. Try again.") from error


async def _within_gate(settings: Settings, what: Callable[["Gate"], Awaitable[T]]) -> T:
    from db import connection
    from limits.gate import Gate

    gate = Gate(settings)
    await connection.connect(settings)
    try:
        await gate.start()
        return await what(gate)
    finally:
        await gate.aclose()
        await connection.close()
