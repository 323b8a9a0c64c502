"""A process that ends with us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import IO

from local import processes

# The kernel ends a child with the *thread* that started it. One thread that lives as long as the process starts
# them all, so that servers may be started from any thread; and a signal to the launcher, whose handler raises in the
# main thread, cannot strike between the start of a process and the note of its number.
_starter = ThreadPoolExecutor(1, thread_name_prefix="starter")


class Child:
    """`log` None leaves its output on the terminal. `held` are descriptors, and so the locks on them, that it keeps."""

    def __init__(self, name: str, *, log: Path | None = None, held: Sequence[int] = ()) -> None:
        self.name = name
        self.log = log
        self._held = tuple(held)
        self._process: subprocess.Popen[bytes] | None = None
        self._leader: processes.Process | None = None
        self._asked_to_end = False

    def start(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        privileges: Sequence[str] = (),
        dies_by: str = "TERM",
        says: str = "",
        held: Sequence[int] = (),
    ) -> None:
        """`privileges` are setpriv's options; `says` is its standard input, of at most 4 KB; `held` come on top.

        A session of its own keeps the terminal's Ctrl-C away from it.
        """
        line = ["setpriv", "--pdeathsig", dies_by, *privileges, "--", *map(str, command)]
        _starter.submit(self._start, line, dict(env), cwd, says, (*self._held, *held)).result()

    def _start(self, line: list[str], env: dict[str, str], cwd: Path | None, says: str, held: tuple[int, ...]) -> None:
        with ExitStack() as until_started:
            # What has no log speaks on standard error: standard output is for the launcher's one line.
            output = sys.stderr.fileno() if self.log is None else until_started.enter_context(_appendable(self.log))
            self._process = subprocess.Popen(  # noqa: S603 - the command lines are this package's own
                line,
                stdin=until_started.enter_context(_readable(says)),
                stdout=output,
                stderr=output,
                env=env,
                cwd=cwd,
                pass_fds=held,
                start_new_session=True,
            )
        self._leader = processes.find(self._process.pid)
        self._asked_to_end = False

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status, or None while it runs or before it was started."""
        return None if self._process is None else self._process.poll()

    def wait(self) -> int:
        """The exit status, once it has ended by itself."""
        while (status := self.poll()) is None:
            time.sleep(0.02)
        return status

    def how_it_ended(self) -> str:
        status = self.poll()
        if status is not None and status < 0:
            return f"killed by {signal.Signals(-status).name}"
        return f"status {status}"

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def send(self, signal_number: signal.Signals) -> None:
        """To it and all that it started."""
        processes.send(signal_number, self._members())

    def ask_to_end(self, signal_number: signal.Signals = signal.SIGTERM) -> None:
        # A start that a signal interrupted is finished first.
        _starter.submit(lambda: None).result()
        # Asked twice, some servers drop what they are doing.
        if self.is_running() and not self._asked_to_end:
            self._asked_to_end = True
            self.send(signal.SIGCONT)
            os.kill(self.pid, signal_number)

    def end(self, signal_number: signal.Signals = signal.SIGTERM, *, within: timedelta) -> None:
        """Ends it and all that it started, by force once the time is up."""
        self.ask_to_end(signal_number)
        processes.wait_until_gone(self._members(), within)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to it and all that it started; returns when they are gone."""
        if self._process is None:
            return
        # Stopped first, so that none of them starts another one meanwhile.
        self.send(signal.SIGSTOP)
        members = self._members()
        processes.send(signal.SIGKILL, members)
        processes.wait_until_gone(members, timedelta(seconds=5))
        self._process.wait()
        self._leader = None

    def _members(self) -> list[processes.Process]:
        return [] if self._leader is None else processes.family(self._leader)


def _appendable(log: Path) -> IO[bytes]:
    return open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _readable(text: str) -> IO[bytes]:
    """A pipe that holds all of `text` already; a file would leave a password on the disk."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return open(reading, "rb")
