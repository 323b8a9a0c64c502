"""How much processor time each caller may take before anything is admitted, in this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import errors

if TYPE_CHECKING:
    from access.callers import Caller

LIMIT = "processor-time"
# Unused budgets are full, so the one that was charged longest ago can be forgotten. 10,000 take about 2 MB.
_KEPT = 10_000
# A budget that is used up is full again after so long.
_REFILL_SECONDS = 10.0


def budget_of(caller: Caller) -> str:
    """Whose budget pays for a caller: the network of an anonymous one, else the user.

    Sessions and API tokens have a budget each. More tokens give a user no more time, and a leaked token takes none from
    the sessions of its owner.
    """
    credential = caller.credential
    return caller.network if credential is None else f"{credential.kind} {credential.user_id}"


class Budgets:
    """A budget holds at most `most`, and refills to that within 10 s. Work is charged after it was done."""

    def __init__(self, most: timedelta, clock: Callable[[], float] = monotonic) -> None:
        self._most = most.total_seconds()
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def require(self, budget: str) -> None:
        """Raises RateLimited while nothing is left. The last work may have taken more than there was."""
        left = self._of(budget)
        if left <= 0:
            raise errors.RateLimited(LIMIT, timedelta(seconds=(-left + 0.05 * self._most) / self._per_second))

    def spend(self, budget: str, seconds: float) -> None:
        self._left[budget] = self._of(budget) - seconds, self._clock()
        self._left.move_to_end(budget)
        if len(self._left) > _KEPT:
            self._left.popitem(last=False)

    @property
    def _per_second(self) -> float:
        return self._most / _REFILL_SECONDS

    def _of(self, budget: str) -> float:
        if budget not in self._left:
            return self._most
        left, at = self._left[budget]
        return min(self._most, left + (self._clock() - at) * self._per_second)
