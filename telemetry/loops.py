"""Background loops: the only way in which a process repeats work.

A loop is a row of turns. Each turn is a task of its own, with a deadline and an empty context: what a turn raises,
hangs in or leaves in a context variable ends that turn and never the loop. The module is in this room because every
room has loops, and all of them are counted and logged in the same way.
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telemetry import metrics

logger = logging.getLogger(__name__)

# A failure that lasts is logged again after this long.
SAY_AGAIN_AFTER = timedelta(minutes=1)
# A turn that ends by itself has this long after it was cancelled. One that does not is left behind.
_LEAVE_AFTER = timedelta(milliseconds=200)
# Turns of one loop that may lie behind it unended; at that number it waits for one of them to end.
_MOST_LEFT = 3
# A loop that only waits to be woken tries a failed turn again after this long.
_AGAIN_AFTER = timedelta(seconds=1)
# How often the lag of the event loop is measured, in seconds.
_LOOK_EVERY = 0.25

Turn = Callable[[], Coroutine[Any, Any, object]]
Every = timedelta | Callable[[], timedelta] | None


class TurnTooLong(Exception):
    """A turn of a loop did not end within its deadline."""


async def forever(
    name: str,
    turn: Turn,
    *,
    every: Every,
    within: timedelta,
    wake: asyncio.Event | None = None,
    until: asyncio.Event | None = None,
    is_outage: Callable[[BaseException], bool] = lambda error: False,
) -> None:
    """Does `turn` again and again, until it is cancelled or `until` is set; a turn that runs then is let end.

    The next turn begins `every` after the end of the last one, and at once when `wake` is set; with `every` None only
    then. An error that `is_outage` knows is logged in a line, any other one with its traceback.
    """
    loop = _Loop(name, turn, within, is_outage)
    try:
        while until is None or not until.is_set():
            if every is None and not loop.fails and wake is not None:
                await wake.wait()
            if wake is not None:
                wake.clear()
            pause = every() if callable(every) else every
            await loop.take(pause or _AGAIN_AFTER)
            # Read again: the turn may have changed it.
            pause = every() if callable(every) else every
            if pause is not None or loop.fails:
                await _rest(_AGAIN_AFTER if pause is None else pause, *filter(None, (until, wake)))
    finally:
        loop.end()


class _Loop:
    def __init__(self, name: str, turn: Turn, within: timedelta, is_outage: Callable[[BaseException], bool]) -> None:
        self._name, self._turn, self._within, self._is_outage = name, turn, within, is_outage
        self._left: set[asyncio.Task[object]] = set()
        self._said: tuple[type[BaseException], float] | None = None
        self.fails = False

    async def take(self, every: timedelta) -> None:
        error = await self._take()
        self.fails = error is not None
        if error is None:
            metrics.LOOP_DONE_AT.labels(self._name).set_to_current_time()
            if self._said is not None:
                logger.info("%s works again", self._name)
            self._said = None
        else:
            metrics.LOOP_FAILURES.labels(self._name, "late" if isinstance(error, TurnTooLong) else "error").inc()
            self._say(error, every)

    def end(self) -> None:
        for task in self._left:
            task.cancel()

    async def _take(self) -> BaseException | None:
        """What the turn failed with."""
        if len(self._left) >= _MOST_LEFT:
            await asyncio.wait(self._left, timeout=self._within.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
            if len(self._left) >= _MOST_LEFT:
                return TurnTooLong(f"{len(self._left)} earlier turns have not ended")
        task = asyncio.create_task(self._turn(), name=self._name, context=contextvars.Context())
        try:
            done, _ = await asyncio.wait({task}, timeout=self._within.total_seconds())
        except asyncio.CancelledError:
            await self._leave(task)
            raise
        if not done:
            where = _where(task)
            await self._leave(task)
            return TurnTooLong(f"not done within {self._within.total_seconds():g} s, at {where}")
        if task.cancelled():
            return asyncio.CancelledError("the turn was cancelled from within")
        return task.exception()

    async def _leave(self, task: "asyncio.Task[object]") -> None:
        # A cancelled turn may still wait for a server: asyncpg waits until Postgres has received the cancellation.
        self._left.add(task)
        task.add_done_callback(self._forget)
        task.cancel()
        await asyncio.wait({task}, timeout=_LEAVE_AFTER.total_seconds())

    def _forget(self, task: "asyncio.Task[object]") -> None:
        self._left.discard(task)
        # Its deadline was logged already; asyncio would log its error a second time as never retrieved.
        if not task.cancelled():
            task.exception()

    def _say(self, error: BaseException, every: timedelta) -> None:
        now, kind = time.monotonic(), type(error)
        if self._said is not None and self._said[0] is kind and now - self._said[1] < SAY_AGAIN_AFTER.total_seconds():
            return
        self._said = kind, now
        seconds = every.total_seconds()
        if isinstance(error, TurnTooLong) or self._is_outage(error):
            logger.warning("%s waits, and is tried every %s s: %s: %s", self._name, seconds, kind.__name__, error)
        else:
            logger.error("%s failed, and is tried again every %s s", self._name, seconds, exc_info=error)


async def _rest(duration: timedelta, *events: asyncio.Event) -> None:
    """Until one of the events is set, at most for `duration`."""
    if not events:
        await asyncio.sleep(duration.total_seconds())
        return
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=duration.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


def _where(task: "asyncio.Task[object]") -> str:
    """The innermost line of code, ours or a library's, at which the turn waits."""
    waiting: Any = task.get_coro()
    where = "its beginning"
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        where = f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
        waiting = getattr(waiting, "cr_await", None)
    return where


async def watch_lag() -> None:
    """Measures without end how long a ready task of this process waits for the event loop."""
    await forever("lag", _measure_lag, every=timedelta(0), within=timedelta(minutes=1))


async def _measure_lag() -> None:
    due = time.perf_counter() + _LOOK_EVERY
    await asyncio.sleep(_LOOK_EVERY)
    metrics.LOOP_LAG_SECONDS.observe(max(0.0, time.perf_counter() - due))
