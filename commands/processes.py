"""Several processes of the API behind one listening socket: `gatehouse serve --processes N`.

The supervisor forks them, so what it has imported is in memory once. It has no thread and no event loop, so it can fork
again at any time. It starts another process for one that ends, and ends after all of them.
"""

import logging
import mmap
import os
import select
import signal
import socket
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic

logger = logging.getLogger(__name__)

_ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
_SIGNALS = _ENDING | {signal.SIGCHLD}
# A process that ends sooner after its start is started again after a pause, which doubles each time.
_STEADY_SECONDS = 10.0
_LONGEST_PAUSE = 30.0
# The connections of a process that takes none: the others need not leave any to it.
_TAKES_NONE = 2**31 - 1
_STARTING_LOOK = 0.05
_LOOK = 1.0


@dataclass(frozen=True, slots=True)
class Member:
    """What a process knows of its group. `number` counts from 0; a process that replaces another has its number.

    `supervisor` is a descriptor that becomes readable when the supervisor has ended.
    """

    number: int
    supervisor: int
    _ready: int
    _connections: memoryview

    def show_connections(self, count: int) -> None:
        self._connections[self.number] = count

    def leave_connections(self) -> None:
        self._connections[self.number] = _TAKES_NONE

    def has_fewest_connections(self) -> bool:
        return bool(self._connections[self.number] == min(self._connections))

    def report_ready(self) -> None:
        # The supervisor may have ended, and then this process is about to end too.
        with suppress(BrokenPipeError):
            os.write(self._ready, b"1")


@dataclass(slots=True)
class _Process:
    number: int
    ready: int
    started_at: float
    has_served: bool = False

    def look(self) -> bool:
        """True once: when it has begun to serve."""
        if self.has_served or not select.select([self.ready], [], [], 0)[0]:
            return False
        # Nothing is read where it has ended before.
        self.has_served = os.read(self.ready, 1) == b"1"
        return self.has_served


class Supervisor:
    """`listener` is bound; the processes listen on it. The supervisor closes its copy when it ends."""

    def __init__(self, count: int, listener: socket.socket) -> None:
        self._count = count
        self._listener = listener
        self._lifeline = os.pipe()
        # By the number of the process, in memory that all of them share.
        self._connections = memoryview(mmap.mmap(-1, 4 * count)).cast("i")
        self._connections[:] = array("i", [_TAKES_NONE] * count)
        self._processes: dict[int, _Process] = {}
        self._due: dict[int, float] = {0: 0.0}
        self._failures = dict.fromkeys(range(count), 0)
        self._has_served = False
        self._is_ending = False
        self._status = 0

    def run(self) -> Member | int:
        """Returns in each process that it forks, with its Member. In the supervisor it returns the exit status."""
        with _blocked():
            while self._due or self._processes:
                if member := self._start_those_due():
                    return member
                self._wait()
        return self._status

    def _wait(self) -> None:
        found = signal.sigtimedwait(_SIGNALS, self._seconds())
        if found is not None and found.si_signo in _ENDING:
            self._end(signal.SIGQUIT if self._is_ending else signal.SIGTERM)
        for pid, process in self._processes.items():
            if process.look():
                logger.info("Process %d (pid %d) serves", process.number, pid)
        self._start_the_rest()
        self._reap()

    def _seconds(self) -> float:
        is_starting = not all(process.has_served for process in self._processes.values())
        nearest = min(self._due.values(), default=monotonic() + _LOOK) - monotonic()
        return max(0.0, min(nearest, _STARTING_LOOK if is_starting else _LOOK))

    def _start_those_due(self) -> Member | None:
        for number, at in list(self._due.items()):
            if at <= monotonic():
                del self._due[number]
                if member := self._fork(number):
                    return member
        return None

    def _start_the_rest(self) -> None:
        """Once the first one serves: what stops a start is then reported once."""
        if self._has_served or not any(process.has_served for process in self._processes.values()):
            return
        self._has_served = True
        if not self._is_ending:
            self._due |= dict.fromkeys(range(1, self._count), 0.0)

    def _fork(self, number: int) -> Member | None:
        ready, report = os.pipe()
        pid = os.fork()
        if pid == 0:
            for descriptor in (ready, self._lifeline[1], *(process.ready for process in self._processes.values())):
                os.close(descriptor)
            return Member(number, self._lifeline[0], report, self._connections)
        os.close(report)
        self._processes[pid] = _Process(number, ready, monotonic())
        return None

    def _reap(self) -> None:
        for pid, process in list(self._processes.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._processes[pid]
                os.close(process.ready)
                self._connections[process.number] = _TAKES_NONE
                self._note_end(pid, process, os.waitstatus_to_exitcode(status))

    def _note_end(self, pid: int, process: _Process, status: int) -> None:
        if self._is_ending:
            self._status = self._status or _shown(status)
        elif not self._has_served:
            # It has said why.
            self._status = _shown(status)
            self._end(signal.SIGTERM)
        else:
            pause = self._pause(process)
            self._due[process.number] = monotonic() + pause
            logger.error(
                "Process %d (pid %d) ended %s; another one starts in %g s", process.number, pid, _how(status), pause
            )

    def _pause(self, process: _Process) -> float:
        if process.has_served and monotonic() - process.started_at >= _STEADY_SECONDS:
            self._failures[process.number] = 0
            return 0.0
        self._failures[process.number] += 1
        return min(_LONGEST_PAUSE, 2.0 ** (self._failures[process.number] - 1))

    def _end(self, number: signal.Signals) -> None:
        self._is_ending = True
        self._due.clear()
        # Else connections would wait here that no process accepts.
        self._listener.close()
        for pid in self._processes:
            os.kill(pid, number)


@contextmanager
def _blocked() -> Iterator[None]:
    """The signals wait until they are asked for; a forked process leaves this, and has them as before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _shown(status: int) -> int:
    """As a shell shows it. A process that was still starting ends by the signal itself, as it should."""
    if status in (-signal.SIGTERM, 128 + signal.SIGINT):
        return 0
    return status if status >= 0 else 128 - status


def _how(status: int) -> str:
    return f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"
