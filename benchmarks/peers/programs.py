"""A service that is measured, as a process of its own."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2

from benchmarks.peers import meters
from local.child import Child

_START_SECONDS, _IDLE_SECONDS = 60, 1


@dataclass(frozen=True, slots=True)
class Program:
    """`start_cpu`: seconds of processor time until it was ready. `idle_rss`: bytes of memory a second later."""

    url: str
    pid: int
    start_cpu: float
    idle_rss: int


@contextmanager
def running(
    command: Sequence[str], *, url: str, ready: str, environ: Mapping[str, str], folder: Path, log: Path
) -> Iterator[Program]:
    """From when the path `ready` answers 200 until the end of the block. `folder` is the working directory."""
    child = Child(Path(command[0]).name, log=log)
    child.start(command, env={"PATH": os.environ["PATH"], **environ}, cwd=folder)
    try:
        _wait(child, url + ready, log)
        start_cpu = meters.cpu_seconds(child.pid)
        # Some memory of the start is given back only then.
        time.sleep(_IDLE_SECONDS)
        yield Program(url, child.pid, start_cpu, meters.rss_bytes(child.pid))
    finally:
        child.end(within=timedelta(seconds=10))


def _wait(child: Child, url: str, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while not _answers(url):
        if not child.is_running() or time.monotonic() > end:
            raise RuntimeError(f"{child.name} did not start:\n{log.read_text()}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2).status_code == 200
    except httpx2.TransportError:
        return False
