"""How much processor time of this process each caller may use before its operations are admitted."""

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
# A budget that is not used is full, so the one charged longest ago can be forgotten. 10,000 take about 2 MB.
KEPT = 10_000
# How long an empty budget takes to be full again.
_REFILL_SECONDS = 10.0


def budget_of(caller: Caller) -> str:
    """The name of the budget that pays for a caller: the network of an anonymous caller, else the user.

    A user has one budget for all sessions and one for all API tokens. So more tokens give no more time, and a leaked
    token takes none from the sessions of its owner.
    """
    credential = caller.credential
    return caller.network if credential is None else f"{credential.kind} {credential.user_id}"


class Budgets:
    """A budget holds at most `most`, and is full again after 10 s. Work is charged when it is done."""

    def __init__(self, most: timedelta, clock: Callable[[], float] = monotonic) -> None:
        self._most = most.total_seconds()
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def require(self, budget: str) -> None:
        """Raises RateLimited while nothing is left. The last work may have taken more than was left."""
        left = self._of(budget)
        if left <= 0:
            raise errors.RateLimited(LIMIT, timedelta(seconds=(-left + 0.05 * self._most) / self._per_second))

    def spend(self, budget: str, seconds: float) -> None:
        self._left[budget] = self._of(budget) - seconds, self._clock()
        self._left.move_to_end(budget)
        if len(self._left) > KEPT:
            self._left.popitem(last=False)

    @property
    def _per_second(self) -> float:
        return self._most / _REFILL_SECONDS

    def _of(self, budget: str) -> float:
        if budget not in self._left:
            return self._most
        left, charged_at = self._left[budget]
        return min(self._most, left + (self._clock() - charged_at) * self._per_second)
