"""Large buffers, whose memory is used again.

The first touch of each page of new memory is a fault of the processor, and the kernel clears the page. For 5 MB both
take longer than to receive as much.
"""

import asyncio
import ctypes
import mmap
import weakref
from collections import deque
from dataclasses import dataclass

# Smaller ones come from Python's own allocator.
_LARGE_BYTES = 256 * 1024
# Sizes are rounded up, so that memory fits again. What is not touched takes none.
_STEP_BYTES = 1024 * 1024
# Of memory that is kept for the next use, or is in use again.
_MOST_KEPT = 48 * 1024**2
# What was not used in between is given back to the system.
_LOOK_SECONDS = 0.4


@dataclass(slots=True, eq=False)
class _Region:
    memory: mmap.mmap
    size: int
    is_kept: bool = False
    is_idle: bool = False


class Buffers:
    """`take` is for the event loop only; a buffer may end in any thread."""

    def __init__(self) -> None:
        self._free: list[_Region] = []
        self._ended: deque[_Region] = deque()
        self._in_use = 0
        self.kept_bytes = 0
        self._looking: tuple[asyncio.AbstractEventLoop, asyncio.TimerHandle] | None = None

    def take(self, size: int) -> memoryview:
        """A buffer, which ends with its last view. It may hold bytes of another request: read only what was written."""
        if size < _LARGE_BYTES:
            return memoryview(bytearray(size))
        self._sort()
        region = self._fitting(size) or _new(-(-size // _STEP_BYTES) * _STEP_BYTES)
        # The views of a buffer hold the array, and only it tells when it ends.
        array = (ctypes.c_ubyte * region.size).from_buffer(region.memory)
        weakref.finalize(array, self._ended.append, region).atexit = False
        self._in_use += 1
        self._look_later()
        return memoryview(array).cast("B")[:size]

    def _fitting(self, size: int) -> _Region | None:
        for region in reversed(self._free):
            if size <= region.size <= 2 * size + _STEP_BYTES:
                self._free.remove(region)
                return region
        return None

    def _sort(self) -> None:
        """Keeps the memory of buffers that have ended, up to the limit."""
        while self._ended:
            region = self._ended.popleft()
            self._in_use -= 1
            if not region.is_kept and self.kept_bytes + region.size <= _MOST_KEPT:
                region.is_kept = True
                self.kept_bytes += region.size
            if region.is_kept:
                region.is_idle = False
                self._free.append(region)

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        if self._looking is None or self._looking[0] is not loop:
            self._looking = loop, loop.call_later(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._looking = None
        self._sort()
        self.kept_bytes -= sum(region.size for region in self._free if region.is_idle)
        self._free = [region for region in self._free if not region.is_idle]
        for region in self._free:
            region.is_idle = True
        if self._free or self._in_use:
            self._look_later()


def _new(size: int) -> _Region:
    return _Region(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), size)


# One for each process.
take = Buffers().take
