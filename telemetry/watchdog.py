"""Ends a process whose event loop stands still, so that its supervisor starts it again.

A loop that stands still answers nothing, neither /healthz nor SIGTERM, and Docker starts again only what has ended. A
thread counts the seconds without a beat of the loop. Where the thread cannot run, because one call of C code keeps the
interpreter's lock, a timer counts the processor time without a beat.
"""

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

logger = logging.getLogger(__name__)

# EX_SOFTWARE of sysexits.h; nothing else in this project ends with it.
STATUS = 70
_BEAT_SECONDS = 1.0
# The processor time is that of all threads together: while the loop is only late, others hash passwords on other cores.
_PROCESSOR_TIMES = 4
# What is written last may wait for a full pipe or a lock that the loop holds; the process ends all the same.
_SAY_WITHIN = 5.0
_STANDARD_ERROR = 2


@contextmanager
def watching(limit: timedelta) -> Iterator[None]:
    """Within it the running event loop must come round every `limit`; zero watches nothing.

    Else the stack of the main thread is written to standard error and the log, and the process ends with `STATUS`, or
    by SIGPROF where one call of C code has spent four times `limit` of processor time.
    """
    if not limit:
        yield
        return
    dog = _Watchdog(limit)
    dog.begin()
    try:
        yield
    finally:
        dog.end()


class _Watchdog:
    def __init__(self, limit: timedelta) -> None:
        self._limit = limit.total_seconds()
        self._slice = min(_BEAT_SECONDS, self._limit / 10)
        self._beats = 0
        self._ended = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        # Written by C code without the interpreter's lock; then the signal does what it does by default.
        faulthandler.register(signal.SIGPROF, all_threads=True, chain=True)
        self._beat()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def end(self) -> None:
        self._ended.set()
        if self._timer is not None:
            self._timer.cancel()
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.unregister(signal.SIGPROF)

    def _beat(self) -> None:
        self._beats += 1
        signal.setitimer(signal.ITIMER_PROF, self._limit * _PROCESSOR_TIMES)
        self._timer = self._loop.call_later(self._slice, self._beat)

    def _watch(self) -> None:
        seen, still = self._beats, 0.0
        # Slept, not measured by a clock: a process that was stopped, with all its threads, has missed no beat.
        while not self._ended.wait(self._slice):
            still = still + self._slice if self._beats == seen else 0.0
            seen = self._beats
            if still >= self._limit:
                self._put_an_end()

    def _put_an_end(self) -> None:
        telling = threading.Thread(target=_tell, args=(self._limit,), daemon=True)
        telling.start()
        telling.join(_SAY_WITHIN)
        # Nothing of the process can be closed in good order: what would do it stands still.
        os._exit(STATUS)


def _tell(limit: float) -> None:
    # By way of a file in memory: to write to a pipe that is full, faulthandler would wait with the interpreter's lock.
    with open(os.memfd_create("stack"), "w+b") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        os.write(_STANDARD_ERROR, file.read())
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    stack = "".join(traceback.format_stack(frame))
    logger.critical("The event loop has stood still for %g s; the process ends. It stands here:\n%s", limit, stack)
