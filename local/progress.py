"""What the launcher tells whoever waits. Its standard output is for the address alone."""

import sys
import time


def say(line: str) -> None:
    print(f"{line} ...", file=sys.stderr, flush=True)


class Reminder:
    """Says its line every ten seconds, so that nobody takes a long wait for the end."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._next = time.monotonic() + 10

    def tell(self) -> None:
        if time.monotonic() > self._next:
            say(self._line)
            self._next += 10
