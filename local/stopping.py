"""SIGTERM, Ctrl-C and a closed terminal end the launcher in good order."""

import signal
from types import FrameType

# Set explicitly: a shell without job control starts what it puts into the background with SIGINT ignored.
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asks us to end. It passes every `except Exception` and leaves by the `finally` blocks."""


def listen() -> None:
    for number in _SIGNALS:
        signal.signal(number, _stop)


def ignore() -> None:
    """The end has started; a second Ctrl-C must not interrupt it."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, frame: FrameType | None) -> None:
    ignore()
    raise Stopped
