"""Processor time and memory of a program with all its child processes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

_EACH = 0.02


@dataclass(slots=True)
class Reading:
    """Seconds of processor time, and bytes of resident memory: before, at the most, and afterwards."""

    cpu: float = 0.0
    before: int = 0
    peak: int = 0
    after: int = 0


@contextmanager
def reading(pid: int) -> Iterator[Reading]:
    """Of a block of code. The memory is looked at 50 times a second."""
    found, family, ended = Reading(), _family(pid), threading.Event()
    begin = cpu_seconds(pid)
    found.before = found.peak = _rss(family)

    def look() -> None:
        while not ended.wait(_EACH):
            found.peak = max(found.peak, _rss(family))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        ended.set()
        looking.join()
        found.cpu = cpu_seconds(pid) - begin
        found.after = _rss(family)


def cpu_seconds(pid: int) -> float:
    times = [one.cpu_times() for one in _family(pid)]
    return float(sum(each.user + each.system for each in times))


def rss_bytes(pid: int) -> int:
    return _rss(_family(pid))


def _family(pid: int) -> list[psutil.Process]:
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _rss(family: list[psutil.Process]) -> int:
    return sum(one.memory_info().rss for one in family)
