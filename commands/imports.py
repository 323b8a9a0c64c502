"""How a command that runs for long imports its code."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Imported objects are never freed. The collector does not search them, neither now nor in the rest of the start.

    It would, again and again: that takes a sixth of the time of the imports, and as much again of the rest.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
