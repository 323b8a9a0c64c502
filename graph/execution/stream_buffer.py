"""Results of a stream between what makes them and what sends them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.http.contents import Content
    from resolvers.holds import Hold

    Payload = bytes | Content

# While so much waits for a slow reader, no more is asked of the model. With the result that is being made, it is 1 MB.
_ENOUGH = 512 * 1024
# What Python needs for each result besides its bytes.
_BESIDE = 100


class StreamBuffer:
    """`hold` counts what waits. One task puts results, and another takes them."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._waiting: deque[Payload] = deque()
        self._has_ended = False
        # Who waits for a result, and who for room. Events and timeouts of asyncio take twenty calls for each result.
        self._taking: asyncio.Future[None] | None = None
        self._putting: asyncio.Future[None] | None = None

    async def put(self, result: Payload) -> None:
        """Adds it, and returns when there is room for another one."""
        self.add(result)
        while self._hold.count >= _ENOUGH:
            self._putting = asyncio.get_running_loop().create_future()
            await self._putting

    def add(self, result: Payload) -> None:
        self._waiting.append(result)
        self._hold.be(self._hold.count + len(result) + _BESIDE)
        wake(self._taking)

    def drop(self) -> None:
        """Forgets what waits."""
        self._waiting.clear()
        self._hold.be(0)

    def end(self) -> None:
        """Nothing more will come."""
        self._has_ended = True
        wake(self._taking)

    async def take(self, within: float | None = None) -> Payload | None:
        """The next one, or None at the end. Cancelling it loses nothing. Raises TimeoutError after so many seconds."""
        while not self._waiting:
            if self._has_ended:
                return None
            loop = asyncio.get_running_loop()
            taking = self._taking = loop.create_future()
            timer = None if within is None else loop.call_later(within, _give_up, taking)
            try:
                await taking
            finally:
                if timer is not None:
                    timer.cancel()
        return self._take_first()

    def take_ready(self) -> Payload | None:
        """The next one if it is there already."""
        return self._take_first() if self._waiting else None

    def _take_first(self) -> Payload:
        result = self._waiting.popleft()
        self._hold.give(len(result) + _BESIDE)
        wake(self._putting)
        return result

    def close(self) -> None:
        self.drop()
        self._hold.__exit__(None, None, None)


def wake(waiting: asyncio.Future[None] | None) -> None:
    """If it still waits."""
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def _give_up(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())
