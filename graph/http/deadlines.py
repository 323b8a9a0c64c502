"""When a connection must end. Each request moves that time, and most connections never reach it."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls `reached` at the time that was set last, unless it was cleared. `at` is that time, or None.

    The timer of the event loop is not moved each time: when it fires, it looks whether the time has come.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, reached: Callable[[], None]) -> None:
        self._loop = loop
        self._reached: Callable[[], None] | None = reached
        self.at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._fires_at = 0.0

    def set(self, seconds: float) -> None:
        """In so many seconds from now."""
        self.at = at = self._loop.time() + seconds
        if self._timer is None or at < self._fires_at:
            self._start_timer(at)

    def clear(self) -> None:
        self.at = None

    def close(self) -> None:
        """Clears it for good, and lets go of the timer and of what it would call."""
        self.at = self._reached = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_timer(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fires_at = at
        self._timer = self._loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        if self.at is None:
            return
        if self._loop.time() < self.at:
            self._start_timer(self.at)
        elif self._reached is not None:
            self.at = None
            self._reached()
