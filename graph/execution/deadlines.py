"""The time that each operation has in all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class _Kept:
    """Work of a task, which must end by `until`, a time of the event loop."""

    __slots__ = ("cancelling", "is_over", "task", "until")

    def __init__(self, until: float) -> None:
        self.task: asyncio.Task[Any] = asyncio.current_task()  # type: ignore[assignment]  # a coroutine runs this
        self.cancelling = self.task.cancelling()
        self.until = until
        self.is_over = False


class Deadlines:
    """All work has the same time, so what began first is late first: one timer is enough for all of it."""

    def __init__(self, within: timedelta) -> None:
        self._seconds = within.total_seconds()
        # In the order in which they began.
        self._kept: dict[_Kept, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def keep(self, work: Awaitable[T]) -> T:
        """The result of `work`, which is cancelled if it takes too long. Raises TimeoutError, as `asyncio.timeout`."""
        loop = asyncio.get_running_loop()
        kept = _Kept(loop.time() + self._seconds)
        self._kept[kept] = None
        if self._timer is None:
            self._timer = loop.call_at(kept.until, self._end_late, loop)
        try:
            return await work
        except asyncio.CancelledError:
            # Other code may have cancelled the task, too.
            if not kept.is_over or kept.task.uncancel() > kept.cancelling:
                raise
            raise TimeoutError from None
        finally:
            del self._kept[kept]

    def _end_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for kept in self._kept:
            if kept.until > loop.time():
                self._timer = loop.call_at(kept.until, self._end_late, loop)
                return
            if not kept.is_over:
                kept.is_over = True
                kept.task.cancel()
