"""Waiting for fields, as graphql-core does: fields that wait run side by side, and a failure ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from types import CoroutineType, GeneratorType
from typing import Any, TypeGuard

from graphql.pyutils import gather_with_cancel
from graphql.pyutils import is_awaitable as is_awaited

# Of those that are remembered. Models that come and go have classes of their own.
_MOST_CLASSES = 1024


def is_awaitable(value: object) -> TypeGuard[Awaitable[Any]]:
    kind = type(value)
    return kind is CoroutineType or (may_be_awaited[kind] and is_awaited(value))


class _ByClass(dict[type[Any], bool]):
    def __missing__(self, kind: type[Any]) -> bool:
        if len(self) >= _MOST_CLASSES:
            self.clear()
        found = self[kind] = kind is GeneratorType or hasattr(kind, "__await__")
        return found


# Whether values of a class may be. Where each field or item is looked at, this is asked first: it takes no Python
# function.
may_be_awaited = _ByClass()


async def replace(values: Any, positions: Sequence[Any]) -> Any:
    """`values`, a list or a dict, with what is awaited in place of the awaitables at `positions`."""
    if len(positions) == 1:
        position = positions[0]
        values[position] = await values[position]
        return values
    tasks = [asyncio.ensure_future(values[position]) for position in positions]
    try:
        # What is cancelled before its first step never awaits what it was made to await.
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    awaited = await gather_with_cancel(*tasks)
    for position, value in zip(positions, awaited, strict=True):
        values[position] = value
    return values
