"""Redis' clock, as a process knows it."""

import time


class Clock:
    """Redis' clock, as far as its last word and the time since tell. Never ahead of it."""

    def __init__(self) -> None:
        self._at = 0.0
        self._ahead = 0.0

    def set(self, milliseconds: int) -> None:
        ahead = milliseconds - time.monotonic() * 1000
        # An answer that was long on its way tells too early a time: the best of a second is kept.
        if ahead >= self._ahead or time.monotonic() - self._at > 1:
            self._ahead, self._at = ahead, time.monotonic()

    def now(self) -> int:
        return int(time.monotonic() * 1000 + self._ahead)
