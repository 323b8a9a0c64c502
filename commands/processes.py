"""Several processes of the API behind one listening socket: `gatehouse serve --processes N`.

The supervisor forks them, so what it has imported is in memory once. It has no thread and no event loop, so it can fork
again at any time. It starts another process for one that ends, and ends after all of them.
"""

import logging
import mmap
import os
import signal
import socket
from array import array
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

logger = logging.getLogger(__name__)

# A process that ends sooner after its start is started again after a pause, which doubles each time.
_STEADY_SECONDS = 10.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# The count of a process that accepts no connections: the others need not leave any to it.
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
        """True once, when the process has begun to serve."""
        if self.has_served:
            return False
        with suppress(BlockingIOError):
            # If it ended before, nothing is read.
            self.has_served = os.read(self.ready, 1) == b"1"
        return self.has_served

    def is_steady(self) -> bool:
        return self.has_served and monotonic() - self.started_at >= _STEADY_SECONDS


class Supervisor:
    """`listener` is bound; the processes listen on it. The supervisor closes its copy when it ends.

    From its creation on, signals wait until `run` reads them. Signals after the end of `run` do nothing, so that this
    process can clean up.
    """

    def __init__(self, count: int, listener: socket.socket) -> None:
        self._count = count
        self._listener = listener
        self._ending = _ending()
        self._signals = self._ending | {signal.SIGCHLD}
        # If the program that starts this one ignores SIGCHLD, the kernel would not keep the exit status of a process.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        self._lifeline = os.pipe()
        # By the number of the process, in memory that all of them share.
        self._connections = memoryview(mmap.mmap(-1, 4 * count)).cast("i")
        self._connections[:] = array("i", [_TAKES_NONE] * count)
        self._processes: dict[int, _Process] = {}
        self._due: dict[int, float] = {0: 0.0}
        # By the number of the process, how long the next pause is.
        self._pauses: dict[int, float] = {}
        self._has_served = False
        self._is_ending = False
        self._status = 0

    def run(self) -> Member | int:
        """Returns in each process that it forks, with its Member. In the supervisor it returns the exit status."""
        while self._due or self._processes:
            if member := self._start_those_due():
                return member
            self._wait()
        return self._status

    def _wait(self) -> None:
        found = signal.sigtimedwait(self._signals, self._seconds())
        if found is not None and found.si_signo in self._ending:
            self._ask_to_end(found.si_signo)
        for pid, process in list(self._processes.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            # After `waitpid`: it may have begun to serve just before it ended.
            self._look_at(pid, process)
            if ended:
                self._note_end(pid, process, os.waitstatus_to_exitcode(status))

    def _ask_to_end(self, number: int) -> None:
        if not self._is_ending:
            self._end(signal.SIGTERM)
        # A terminal that is closed may send it twice.
        elif number != signal.SIGHUP:
            self._end(signal.SIGUSR1)

    def _seconds(self) -> float:
        is_starting = not all(process.has_served for process in self._processes.values())
        nearest = min(self._due.values(), default=monotonic() + _LOOK) - monotonic()
        return max(0.0, min(nearest, _STARTING_LOOK if is_starting else _LOOK))

    def _start_those_due(self) -> Member | None:
        for number, at in list(self._due.items()):
            if at <= monotonic():
                del self._due[number]
                if member := self._start(number):
                    return member
        return None

    def _start(self, number: int) -> Member | None:
        try:
            return self._fork(number)
        # Of processes, descriptors or memory the machine may have enough again in a while.
        except OSError as error:
            pause = self._put_off(number)
            logger.error("Process %d cannot be started (%s); the next try is in %g s", number, error.strerror, pause)
            return None

    def _fork(self, number: int) -> Member | None:
        ready, report = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(ready)
            os.close(report)
            raise
        if pid == 0:
            for descriptor in (ready, self._lifeline[1], *(process.ready for process in self._processes.values())):
                os.close(descriptor)
            self._give_back_signals()
            return Member(number, self._lifeline[0], report, self._connections)
        os.close(report)
        os.set_blocking(ready, False)
        self._processes[pid] = _Process(number, ready, monotonic())
        return None

    def _give_back_signals(self) -> None:
        # Those of a terminal reach all processes, and the supervisor's answer to them is SIGTERM.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)

    def _look_at(self, pid: int, process: _Process) -> None:
        if not process.look():
            return
        logger.info("Process %d (pid %d) serves", process.number, pid)
        if not self._has_served and not self._is_ending:
            # Not before: what stops a start is then reported once.
            self._due |= dict.fromkeys(range(1, self._count), 0.0)
        self._has_served = True

    def _note_end(self, pid: int, process: _Process, status: int) -> None:
        del self._processes[pid]
        os.close(process.ready)
        self._connections[process.number] = _TAKES_NONE
        if self._is_ending:
            self._status = self._status or _shown(status)
        elif status >= 0 and not self._has_served:
            # It has said why.
            self._status = status
            self._end(signal.SIGTERM)
        else:
            pause = self._put_off(process.number, is_steady=process.is_steady())
            logger.error(
                "Process %d (pid %d) ended %s; another one starts in %g s", process.number, pid, _how(status), pause
            )

    def _put_off(self, number: int, *, is_steady: bool = False) -> float:
        """The seconds until the next start of the process with this number."""
        pause = 0.0 if is_steady else self._pauses.get(number, _FIRST_PAUSE)
        self._pauses[number] = min(_LONGEST_PAUSE, 2 * pause) or _FIRST_PAUSE
        self._due[number] = monotonic() + pause
        return pause

    def _end(self, number: signal.Signals) -> None:
        self._is_ending = True
        self._due.clear()
        # Else connections would wait here that no process accepts.
        self._listener.close()
        for pid in self._processes:
            os.kill(pid, number)
            # One that was stopped would never end.
            os.kill(pid, signal.SIGCONT)


def _ending() -> frozenset[signal.Signals]:
    """The signals that ask for the end. A service that was started by nohup does not hear SIGHUP."""
    hears_of_terminal = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
    return frozenset({signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hears_of_terminal else [])})


def _shown(status: int) -> int:
    """As a shell shows it. A process that was still starting ends by our signal itself, as it should."""
    if status in (-signal.SIGTERM, -signal.SIGUSR1):
        return 0
    return status if status >= 0 else 128 - status


def _how(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    # Those of real time have no names.
    return f"by {signal.Signals(-status).name}" if -status in set(signal.Signals) else f"by signal {-status}"
