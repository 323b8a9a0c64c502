"""What the worker does again and again with the calls in Redis."""

import re
from collections.abc import Sequence
from datetime import timedelta

from limits import reaper, revocation, rollup
from limits.comparison import results
from limits.comparison.turns import Comparison
from store.redis import Store, StoreDown

_ANSWER_WITHIN = timedelta(seconds=1)
# The time around the calls of models, the margin of a lease, and then some until Redis has heard of the end.
_LOST_MARGIN = timedelta(seconds=60)


class Upkeep:
    """One per process. Two workers may do the same at once. `longest_call` is how long a request may run."""

    def __init__(self, store: Store, longest_call: timedelta) -> None:
        self._store = store
        self._comparison = Comparison(store, longest_call + _LOST_MARGIN)

    async def roll_up(self, names: Sequence[str] | None = None) -> None:
        """Adds all calls of these partitions, or of all, that have ended to usage.

        Raises StoreDown, PostgresDown, RuntimeError.
        """
        await rollup.roll_up_all(self._store, names)

    async def is_rollup_due(self, names: Sequence[str]) -> bool:
        """Whether any call of these partitions waits to be rolled up. True if a server does not answer."""
        return await rollup.is_due(self._store, names)

    async def reap(self) -> int:
        """Ends the calls whose process died, and returns their number. Raises StoreDown."""
        return await reaper.reap(self._store)

    async def is_reaping_due(self) -> bool:
        """Whether any call is open. True if a server does not answer."""
        return await reaper.is_due(self._store)

    async def finish_revocations(self) -> int:
        """Confirms the revocations whose process died, and returns their number.

        Raises PostgresDown, ServiceUnavailable, and the error of an event that failed by a fault of our own.
        """
        return await revocation.finish(self._store)

    async def is_revocation_due(self) -> bool:
        """Whether any revocation was not confirmed. Raises PostgresDown."""
        return await revocation.is_due()

    async def compare(self) -> None:
        """Compares the units that Redis has spent with those that are counted, where that is due.

        Raises StoreDown, PostgresDown, RuntimeError.
        """
        await self._comparison.compare()

    async def comparison(self) -> results.Total:
        """What the last comparisons of any worker found. Raises PostgresDown."""
        return await results.total()

    async def rollup_lag(self) -> timedelta:
        """How long the oldest call that has ended has waited to be added to usage. Raises StoreDown."""
        return await rollup.lag(self._store)

    async def redis_info(self) -> list[dict[str, int]]:
        """Of each server that answers: the whole numbers that it reports about itself, by name.

        Raises StoreDown if none does.
        """
        serving = [node for node in self._store.nodes if node.up]
        if not serving:
            raise StoreDown("no Redis server answers")
        return [_numbers((await node.batch([("INFO",)], _ANSWER_WITHIN))[0]) for node in serving]


def _numbers(info: bytes) -> dict[str, int]:
    found = re.findall(r"^(\w+):(\d+)\r?$", info.decode(), re.MULTILINE)
    return {name: int(number) for name, number in found}
