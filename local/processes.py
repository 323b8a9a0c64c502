"""What the kernel says about processes: who belongs to a server, who is alive, who holds a file."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")


class Process(NamedTuple):
    """A process. The tick at which it started distinguishes it from a later process with the same id."""

    pid: int
    parent: int
    session: int
    started: int
    state: str


def find(pid: int) -> Process | None:
    try:
        line = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field is the command in parentheses and may itself hold spaces and parentheses.
    fields = line[line.rindex(")") + 2 :].split()
    return Process(pid, int(fields[1]), int(fields[3]), int(fields[19]), fields[0])


def family(leader: Process) -> list[Process]:
    """Every living process of the session that `leader` opened, and all their descendants.

    Both are needed: Postgres gives each of its children a session of its own, and what tritonserver leaves behind
    when it is killed is no longer its descendant.
    """
    everyone = list(_everyone())
    if any(one.pid == leader.pid and one.started != leader.started for one in everyone):
        return []  # The kernel gives a number away again only when no member of its session is left.
    members = {one.pid: one for one in everyone if leader.pid in (one.pid, one.session)}
    while more := {one.pid: one for one in everyone if one.parent in members and one.pid not in members}:
        members |= more
    return [one for one in members.values() if one.state not in "ZX"]


def send(signal_number: signal.Signals, processes: Iterable[Process]) -> None:
    for process in processes:
        if is_alive(process):
            try:
                os.kill(process.pid, signal_number)
            except ProcessLookupError:
                continue  # It ended in this very moment.


def is_alive(process: Process) -> bool:
    now = find(process.pid)
    return now is not None and now.started == process.started and now.state not in "ZX"


def wait_until_gone(processes: Iterable[Process], within: timedelta) -> list[Process]:
    """Those that are still there when the time is up."""
    end = time.monotonic() + within.total_seconds()
    left = list(processes)
    while left := [one for one in left if is_alive(one)]:
        if time.monotonic() > end:
            break
        time.sleep(0.02)
    return left


def holders(file: Path) -> list[Process]:
    """Who has `file` open, as far as we may see; ourselves left out."""
    wanted = file.stat()
    return [one for one in _everyone() if one.pid != os.getpid() and _holds(one, wanted)]


def _holds(process: Process, wanted: os.stat_result) -> bool:
    try:
        return any(os.path.samestat(entry.stat(), wanted) for entry in (_PROC / str(process.pid) / "fd").iterdir())
    except OSError:
        return False  # Another user's, or it has just ended.


def _everyone() -> Iterator[Process]:
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (process := find(int(entry.name))):
            yield process
