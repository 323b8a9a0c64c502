"""The launcher's messages while the user waits. Its standard output is for the address only."""

import sys
import time
from collections.abc import Callable


def say(line: str) -> None:
    """What it does now."""
    tell(f"{line} ...")


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Reminder:
    """Prints its current line every ten seconds, so that a long wait does not look like a hang."""

    def __init__(self, line: Callable[[], str]) -> None:
        self._line = line
        self._next = time.monotonic() + 10

    def tell(self) -> None:
        if time.monotonic() > self._next:
            say(self._line())
            self._next += 10
