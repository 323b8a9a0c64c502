"""What an operator does beside the running processes, and what must hold in all of them when it has answered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from commands.stopped import Stopped
from settings import Settings

if TYPE_CHECKING:
    from access.gate import Gate

T = TypeVar("T")


def act(settings: Settings, what: Callable[["Gate"], Awaitable[T]]) -> T:
    """Raises Stopped where Postgres does not answer."""
    import errors

    try:
        return asyncio.run(_within_gate(settings, what))
    except errors.ServiceUnavailable as error:
        raise Stopped("Postgres does not answer, so nothing is certain; try again.") from error


async def _within_gate(settings: Settings, what: Callable[["Gate"], Awaitable[T]]) -> T:
    from access.gate import Gate
    from db import connection

    gate = Gate(settings)
    await connection.connect(settings)
    try:
        await gate.start()
        return await what(gate)
    finally:
        await gate.aclose()
        await connection.close()
