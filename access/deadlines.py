"""Deadlines for what is asked of Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

from access.links import StoreDown

T = TypeVar("T")

_SECOND_LOOK_SECONDS = 0.02
_MOST_LOOKS = 4


class Deadline:
    """Cancels the current task when its time is over."""

    def __init__(self, limit: timedelta) -> None:
        self.is_over = False
        self.task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._loop = asyncio.get_running_loop()
        self._seconds = limit.total_seconds()
        self._looks = 0
        self._timer = self._wait(self._seconds, self._look_again)

    def restart(self) -> None:
        self._timer.cancel()
        self._timer = self._wait(self._seconds, self._look_again)

    def stop(self) -> None:
        self._timer.cancel()

    def _look_again(self) -> None:
        # The answer of a busy process may lie there unread, and its timers come first. Where this one came late, so may
        # what reads the answer: it gets another look, and so on, but not for ever.
        is_late = self._loop.time() - self._due > _SECOND_LOOK_SECONDS
        self._looks += 1
        then = self._look_again if is_late and self._looks < _MOST_LOOKS else self._end
        self._timer = self._wait(_SECOND_LOOK_SECONDS, then)

    def _wait(self, seconds: float, then: Callable[[], None]) -> asyncio.TimerHandle:
        self._due = self._loop.time() + seconds
        return self._loop.call_later(seconds, then)

    def _end(self) -> None:
        self.is_over = True
        self.task.cancel()


async def keep(work: Awaitable[T], limit: timedelta) -> T:
    """What `work` answers. Raises StoreDown where it takes longer."""
    deadline = Deadline(limit)
    try:
        return await work
    except asyncio.CancelledError:
        # Somebody else may have cancelled it too.
        if not deadline.is_over or deadline.task.uncancel() > 0:
            raise
        raise StoreDown(f"no answer within {limit.total_seconds()} s") from None
    finally:
        deadline.stop()
