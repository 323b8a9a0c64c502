"""The time that each operation has in all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class Deadlines:
    """All work has the same time, so what began first is late first: one timer is enough for all of it."""

    def __init__(self, within: timedelta) -> None:
        self._seconds = within.total_seconds()
        # When the work of a task must end, a time of the event loop. In the order in which they began.
        self._until: dict[asyncio.Task[Any], float] = {}
        # Those that were cancelled here.
        self._late: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def keep(self, work: Awaitable[T]) -> T:
        """The result of `work`, which is cancelled if it takes too long. A task keeps one at a time.

        Raises TimeoutError, as `asyncio.timeout`.
        """
        loop = asyncio.get_running_loop()
        task: asyncio.Task[Any] = asyncio.current_task(loop)  # type: ignore[assignment]  # a coroutine runs this
        cancelling = task.cancelling()
        self._until[task] = until = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(until, self._end_late, loop)
        try:
            return await work
        except asyncio.CancelledError:
            # Other code may have cancelled the task, too.
            if task not in self._late or task.uncancel() > cancelling:
                raise
            raise TimeoutError from None
        finally:
            del self._until[task]
            self._late.discard(task)

    def _end_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for task, until in self._until.items():
            if until > loop.time():
                self._timer = loop.call_at(until, self._end_late, loop)
                return
            if task not in self._late:
                self._late.add(task)
                task.cancel()
