"""Waiting for fields, as graphql-core does: fields that wait run side by side, and a failure ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from types import CoroutineType, GeneratorType
from typing import Any, TypeGuard

from graphql.pyutils import gather_with_cancel
from graphql.pyutils import is_awaitable as is_awaited


def is_awaitable(value: object) -> TypeGuard[Awaitable[Any]]:
    kind = type(value)
    return kind is CoroutineType or (may_be_awaited(kind) and is_awaited(value))


def _may_be_awaited(kind: type[Any]) -> bool:
    return kind is GeneratorType or hasattr(kind, "__await__")


# Of values of this class. Where each field or item is looked at, this is asked first: it takes no Python function.
may_be_awaited: Callable[[type[Any]], bool] = lru_cache(1024)(_may_be_awaited)  # type: ignore[assignment]  # a class is hashable


async def replace(values: Any, places: Sequence[Any]) -> Any:
    """`values`, a list or a dict, with what is awaited in place of the awaitables at `places`."""
    if len(places) == 1:
        place = places[0]
        values[place] = await values[place]
        return values
    tasks = [asyncio.ensure_future(values[place]) for place in places]
    try:
        # What is cancelled before its first step never awaits what it was made to await.
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    awaited = await gather_with_cancel(*tasks)
    for place, value in zip(places, awaited, strict=True):
        values[place] = value
    return values
