"""Deadlines for commands to Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

from store.connections import StoreDown

T = TypeVar("T")

_EXTRA_LOOK_SECONDS = 0.02
_MOST_LOOKS = 4


class Deadline:
    """Calls `end` when its time is over."""

    def __init__(self, seconds: float, end: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._end = end
        self._looks = 0
        self._timer = self._wait(seconds, self._look_again)

    def restart(self) -> None:
        self._timer.cancel()
        self._timer = self._wait(self._seconds, self._look_again)

    def stop(self) -> None:
        self._timer.cancel()

    def _look_again(self) -> None:
        # In a busy process the answer may have arrived but is not read yet, because timers run first. If this timer was
        # late, the code that reads the answer may be late too: it gets another look, but only a few times.
        is_late = self._loop.time() - self._due > _EXTRA_LOOK_SECONDS
        self._looks += 1
        then = self._look_again if is_late and self._looks < _MOST_LOOKS else self._end
        self._timer = self._wait(_EXTRA_LOOK_SECONDS, then)

    def _wait(self, seconds: float, then: Callable[[], None]) -> asyncio.TimerHandle:
        self._due = self._loop.time() + seconds
        return self._loop.call_later(seconds, then)


class TaskDeadline(Deadline):
    """Cancels the current task when its time is over."""

    def __init__(self, limit: timedelta) -> None:
        self.is_over = False
        self.task = cast("asyncio.Task[Any]", asyncio.current_task())
        super().__init__(limit.total_seconds(), self._cancel)

    def _cancel(self) -> None:
        self.is_over = True
        self.task.cancel()


async def keep(work: Awaitable[T], limit: timedelta) -> T:
    """The result of `work`. Raises StoreDown if it takes longer than `limit`."""
    deadline = TaskDeadline(limit)
    try:
        return await work
    except asyncio.CancelledError:
        # Other code may have cancelled the task too.
        if not deadline.is_over or deadline.task.uncancel() > 0:
            raise
        raise StoreDown(f"no answer within {limit.total_seconds()} s") from None
    finally:
        deadline.stop()
