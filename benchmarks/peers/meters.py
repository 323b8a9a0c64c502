"""Processor time and memory of programs with all their child processes."""

import threading
from collections.abc import Collection, Iterator
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
def reading(pids: Collection[int]) -> Iterator[Reading]:
    """Of a block of code. The memory is looked at 50 times a second."""
    found, family, ended = Reading(), _family(pids), threading.Event()
    begin = _cpu_seconds(pids)
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
        found.cpu = _cpu_seconds(pids) - begin
        found.after = _rss(family)


def cpu_seconds(pid: int) -> float:
    return _cpu_seconds([pid])


def rss_bytes(pid: int) -> int:
    return _rss(_family([pid]))


def _cpu_seconds(pids: Collection[int]) -> float:
    times = [one.cpu_times() for one in _family(pids)]
    return float(sum(each.user + each.system for each in times))


def _family(pids: Collection[int]) -> list[psutil.Process]:
    firsts = [psutil.Process(pid) for pid in pids]
    return [*firsts, *(child for first in firsts for child in first.children(recursive=True))]


def _rss(family: list[psutil.Process]) -> int:
    return sum(one.memory_info().rss for one in family)
