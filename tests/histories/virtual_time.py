"""An event loop whose clock stands still while code runs, and jumps when all tasks wait."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` begins at 0. Nothing but timers can wake it, so no code on it may use files or sockets."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Jumps(self))

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds


class _Jumps(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("every task waits, and no timer will wake one")
        # A little more, so that the timer is over in spite of rounding.
        self._loop.jump(timeout and timeout + 1e-9)
        return []


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main`. Tasks that still wait at its end are cancelled."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
