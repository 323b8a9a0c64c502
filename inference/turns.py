"""Limits the calls of one model that a caller has in flight, so that other callers do not wait behind all of them."""

import asyncio
from datetime import timedelta
from weakref import WeakValueDictionary

import errors


class Turns:
    """One per process. More calls of the same caller wait here, first come, first served."""

    def __init__(self) -> None:
        # A semaphore is kept while a call holds it or waits for it.
        self._slots: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = WeakValueDictionary()

    async def take(
        self, model: str, caller: str, *, slots: int, within: timedelta
    ) -> tuple[asyncio.Semaphore, timedelta]:
        """Waits for a turn. Returns what must be released after the call, and the rest of `within`.

        Raises DeadlineExceeded.
        """
        key = model, caller
        semaphore = self._slots.get(key)
        if semaphore is None:
            semaphore = self._slots[key] = asyncio.Semaphore(slots)
        loop = asyncio.get_running_loop()
        end = loop.time() + within.total_seconds()
        try:
            async with asyncio.timeout_at(end):
                await semaphore.acquire()
        except TimeoutError as error:
            raise errors.DeadlineExceeded(
                "Your other calls of this model used up the time. Send fewer calls at once, or raise `timeout`."
            ) from error
        return semaphore, timedelta(seconds=max(end - loop.time(), 0.001))
