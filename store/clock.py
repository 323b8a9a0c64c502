"""Redis' clock, as far as this process knows it."""

from datetime import UTC, datetime


class Clock:
    """Estimates Redis' time from its last answer and the time since then. It is never ahead of Redis' clock."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """For another server, which has another clock."""
        self._set_at = 0.0
        self._ahead = 0.0

    def set(self, milliseconds: int, now: float) -> None:
        """`now` is by `time.monotonic`, after the answer has come."""
        ahead = milliseconds - now * 1000
        # A slow answer gives a time that is too early, so the best estimate of each second is kept.
        if ahead >= self._ahead or now - self._set_at > 1:
            self._ahead, self._set_at = ahead, now

    def at(self, now: float) -> int:
        """In ms since 1970, when it is `now` by `time.monotonic`."""
        return int(now * 1000 + self._ahead)


def datetime_from_ms(milliseconds: int) -> datetime:
    """A time of Redis' clock, given in ms since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
