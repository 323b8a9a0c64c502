"""Waiting for what a service notices by itself."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def eventually(ask: Callable[..., Any], *arguments: Any, becomes: object, within: float = 15) -> float:
    """Seconds until the answer is this. The bound is generous: a busy machine is no fault of the service."""
    begun = time.monotonic()
    while (answer := await _asked(ask, *arguments)) != becomes:
        assert time.monotonic() - begun < within, f"still {answer!r}"
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def _asked(ask: Callable[..., Any], *arguments: Any) -> Any:
    answer = ask(*arguments)
    return await answer if inspect.isawaitable(answer) else answer
