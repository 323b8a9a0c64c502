"""How many calls of one model a caller may have in flight, so that nobody else waits behind all of theirs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from weakref import WeakValueDictionary

import errors


class Turns:
    """One per process. Further calls of the same caller wait here, first come, first served."""

    def __init__(self) -> None:
        # A semaphore is kept for as long as somebody holds it or waits for it.
        self._places: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, model: str, caller: str, *, places: int | None, within: timedelta) -> AsyncIterator[timedelta]:
        """What is left of `within`. Without `places` there is no wait. Raises DeadlineExceeded."""
        if places is None:
            yield within
            return
        key = model, caller
        semaphore = self._places.get(key)
        if semaphore is None:
            semaphore = self._places[key] = asyncio.Semaphore(places)
        loop = asyncio.get_running_loop()
        end = loop.time() + within.total_seconds()
        try:
            async with asyncio.timeout_at(end):
                await semaphore.acquire()
        except TimeoutError as error:
            raise errors.DeadlineExceeded("Your other calls of this model took all of the time.") from error
        try:
            yield timedelta(seconds=max(end - loop.time(), 0.001))
        finally:
            semaphore.release()
