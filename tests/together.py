"""Services and workers side by side: a start, and so an end, takes each of them a second or two."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from tests.service import Process


@contextmanager
def running(*ones: Process) -> Iterator[None]:
    """Started together and ended together."""
    with ThreadPoolExecutor(len(ones)) as threads:
        started = [threads.submit(one.start) for one in ones]
        try:
            wait(started)
            for start in started:
                start.result()
            yield
        finally:
            for end in [threads.submit(one.__exit__) for one in ones]:
                end.result()
