"""Whose turn it is among callers who wait: a heap of callers by the rounds in which their turns are."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import Generic, TypeVar

Taker = TypeVar("Taker")

_FEW = 64


class Turns(Generic[Taker]):
    """`round_of` tells the round of a caller's turn, which never becomes smaller, and `may_have` whether it can have a
    turn now. In one round, first come, first served.
    """

    def __init__(self, round_of: Callable[[Taker], int], may_have: Callable[[Taker], bool]) -> None:
        self._round_of = round_of
        self._may_have = may_have
        self._heap: list[tuple[int, int, Taker]] = []
        self._listed: set[Taker] = set()
        self._numbers: Iterator[int] = count()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, taker: Taker) -> None:
        if taker not in self._listed and self._may_have(taker):
            self._listed.add(taker)
            heapq.heappush(self._heap, (self._round_of(taker), next(self._numbers), taker))

    def next(self) -> Taker | None:
        """The caller whose turn it is. A caller that cannot have a turn is removed until it is added again."""
        while self._heap:
            round_, _, taker = self._heap[0]
            if not self._may_have(taker):
                heapq.heappop(self._heap)
                self._listed.discard(taker)
            elif (later := self._round_of(taker)) > round_:
                heapq.heapreplace(self._heap, (later, next(self._numbers), taker))
            else:
                return taker
        return None

    def tidy(self, callers: int) -> None:
        """Forgets those who cannot have a turn, if they are more than the others."""
        if len(self._heap) > _FEW + 2 * callers:
            self._heap = [turn for turn in self._heap if self._may_have(turn[2])]
            self._listed = {turn[2] for turn in self._heap}
            heapq.heapify(self._heap)
