"""Time as this process's event loop sees it, for the deadlines that tests hold the service to."""

import asyncio
import time
from types import TracebackType
from typing import Self

_STEP = 0.01


async def rounds() -> None:
    """So many rounds of the event loop that both sides of a connection within this process know what the other did."""
    for _ in range(30):
        await asyncio.sleep(0.001)


class LoopTime:
    """`async with LoopTime() as passed:` counts how often the loop woke from a sleep of 10 ms.

    Deadlines are timers of the loop. On a busy machine a process may not run for a while: a clock goes on then, and a
    bound on it fails. The loop's timers and this count stand still together. Do not use it for work that holds the
    loop or for a wait for another process.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._began_at = self._ended_at = 0.0

    @property
    def seconds(self) -> float:
        """Never more than passed on the clock: for upper bounds."""
        return self._steps * _STEP

    @property
    def on_the_clock(self) -> float:
        """Seconds until the block ended: for lower bounds."""
        return self._ended_at - self._began_at

    async def __aenter__(self) -> Self:
        self._began_at = time.monotonic()
        self._counting = asyncio.create_task(self._count())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended_at = time.monotonic()
        self._counting.cancel()
        await asyncio.wait({self._counting})

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(_STEP)
            self._steps += 1
