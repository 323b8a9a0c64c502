"""Waiting for what a service notices by itself."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def eventually(
    ask: Callable[..., Any], *arguments: Any, becomes: object, within: float = 30, every: float = 0.05
) -> float:
    """Seconds until the answer is this. The bound is generous: a busy machine is no fault of the service."""
    started = time.monotonic()
    while (answer := await _asked(ask, *arguments)) != becomes:
        assert time.monotonic() - started < within, f"still {answer!r}"
        await asyncio.sleep(every)
    return time.monotonic() - started


async def _asked(ask: Callable[..., Any], *arguments: Any) -> Any:
    answer = ask(*arguments)
    return await answer if inspect.isawaitable(answer) else answer
