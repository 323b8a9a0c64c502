"""Raises the epoch for all callers of a process that need it at about the same time."""

import asyncio

from db import postgres
from store import epoch

# While a Redis server is lost, each revocation for one of its users raises the epoch, and each time all cached
# credentials are read from Postgres again, also those on other servers. A revocation waits two seconds in any case.
_PAUSE_SECONDS = 0.5


class Raising:
    """One per process. The epoch rises at once, and then at most every half second."""

    def __init__(self) -> None:
        self._next: asyncio.Task[int] | None = None
        self._began_at = float("-inf")

    async def raise_it(self) -> int:
        """The number of an epoch that is higher than any of before this call. Raises PostgresDown."""
        if self._next is None:
            self._next = asyncio.create_task(self._raise())
            self._next.add_done_callback(postgres.look_at_error)
        # One that leaves does not stop it for the others.
        return await asyncio.shield(self._next)

    async def _raise(self) -> int:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._began_at + _PAUSE_SECONDS - loop.time()))
        # For who asks from here on, the statement may come too early.
        self._next, self._began_at = None, loop.time()
        return await epoch.raise_it()
