"""Pipelining: requests that a client sends before its earlier ones are answered.

uvicorn limits neither how many wait nor how much is read after them: 250 KB of small requests took 20 MB of memory and
blocked the event loop for a second.
"""

import asyncio
from collections.abc import Sized

from uvicorn.protocols.http.flow_control import FlowControl

# After the request that is being answered. No more are accepted from a connection.
MOST_WAITING = 50


class Flow(FlowControl):
    """Reads nothing while a request waits. uvicorn's own reads on after each answer, and does not count the bytes."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if self.read_paused and not self._waiting:
            super().resume_reading()
