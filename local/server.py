"""What the three servers have in common. Other code imports `local.servers`."""

import re
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from local.child import Child
from local.trouble import CannotRun


class Server:
    """One server with its state in the folder `<data>/<name>`. After any end it starts again on the same address."""

    name: ClassVar[str]
    title: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    # What the server puts before the reason for its own end; the group is the reason.
    complaint: ClassVar[re.Pattern[str]]
    stop_within: ClassVar[timedelta] = timedelta(seconds=4)

    def __init__(self, data: Path, *, held: tuple[int, ...] = ()) -> None:
        """`held` are descriptors that the server shall keep open, for the locks on them."""
        self.folder = data.absolute() / self.name
        self.log = self.folder / "log"
        self._child = Child(self.title, log=self.log, held=held)

    @property
    def url(self) -> str:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        return self._child.pid

    def inspect(self) -> None:
        """Raises CannotRun for what is wrong already before a start."""

    def begin(self) -> None:
        """Starts the process and does not wait until it serves."""
        self.inspect()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_name("log.old"))
        self._launch()

    def is_ready(self) -> bool:
        """Raises CannotRun where it has ended."""
        ready = self._says_ready()
        self.check()
        return ready

    def check(self) -> None:
        """Raises CannotRun where it has ended."""
        if not self._child.is_running():
            raise CannotRun(self._why_it_ended())

    def start(self, *, within: timedelta = timedelta(seconds=60)) -> None:
        """Returns when the server serves."""
        self.begin()
        wait_until_ready(self, within=within)

    def stop(self) -> None:
        """Ends the server in good order; one that is not running stays so."""
        self._child.end(self.stop_signal, within=self.stop_within)

    def ask_to_stop(self) -> None:
        self._child.ask_to_end(self.stop_signal)

    def kill(self) -> None:
        """SIGKILL to all its processes at once."""
        self._child.kill()

    def pause(self) -> None:
        """SIGSTOP to all its processes: the kernel accepts connections, and no process answers."""
        self._child.send(signal.SIGSTOP)

    def resume(self) -> None:
        self._child.send(signal.SIGCONT)

    def is_running(self) -> bool:
        return self._child.is_running()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        raise NotImplementedError

    def _says_ready(self) -> bool:
        raise NotImplementedError

    def _why_it_ended(self) -> str:
        why = self._child.how_it_ended()
        return f"{self.title} has ended ({self._last_words() or why}); its log is {self.log}."

    def _last_words(self) -> str | None:
        """The last line of the log that gives the reason for the end."""
        if (self._child.poll() or 0) < 0:
            return None  # A killed server writes no reason.
        found = self.complaint.findall(self.log.read_text(errors="replace"))
        return found[-1].strip().rstrip(".") if found else None

    def _log_says(self, words: str) -> bool:
        return self.log.exists() and words in self.log.read_text(errors="replace")


def wait_until_ready(*servers: Server, within: timedelta | None, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Raises CannotRun as soon as one of them ends. Without `within` it waits for as long as they live."""
    end = None if within is None else time.monotonic() + within.total_seconds()
    waiting = list(servers)
    while waiting := [server for server in waiting if not server.is_ready()]:
        if end is not None and time.monotonic() > end:
            raise CannotRun(f"{waiting[0].title} was not ready in time; its log is {waiting[0].log}.")
        meanwhile()
        time.sleep(0.02)
