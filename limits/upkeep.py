"""What the worker does again and again with the calls in Redis."""

import re
from datetime import timedelta

from limits import reaper, revocation, rollup
from store.redis import Store

_ANSWER_WITHIN = timedelta(seconds=1)


class Upkeep:
    """One per process. Two workers may do the same at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def roll_up(self) -> None:
        """Adds all calls that have ended to usage. Raises StoreDown, PostgresDown, RuntimeError."""
        await rollup.roll_up_all(self._store)

    async def reap(self) -> int:
        """Ends the calls whose process died, and returns their number. Raises StoreDown."""
        return await reaper.reap(self._store)

    async def finish_revocations(self) -> int:
        """Confirms the revocations whose process died, and returns their number.

        Raises PostgresDown, ServiceUnavailable, and the error of an event that failed by a fault of our own.
        """
        return await revocation.finish(self._store)

    async def rollup_lag(self) -> timedelta:
        """How long the oldest call that has ended has waited to be added to usage. Raises StoreDown."""
        return await rollup.lag(self._store)

    async def redis_info(self) -> dict[str, int]:
        """The whole numbers that Redis reports about itself, by name. Raises StoreDown."""
        (info,) = await self._store.batch([("INFO",)], within=_ANSWER_WITHIN)
        found = re.findall(r"^(\w+):(\d+)\r?$", info.decode(), re.MULTILINE)
        return {name: int(number) for name, number in found}
