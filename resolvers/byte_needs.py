"""The operations that wait for bytes: which comes first, and which is refused because they all wait for each other.

An operation keeps what models have answered until it ends. If several keep much and each needs more, none of them would
ever get it (decision 85).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

import errors

# Enough for a login or a revocation and its answer: these work even when there is no room for larger requests.
SMALL_BYTES = 256 * 1024
# Operations that keep less than this do not come before others: they hardly hold up anybody.
_LITTLE = 256 * 1024
BUSY = "Running calls use all the memory that is set aside for calls."


@dataclass(eq=False, slots=True)
class Need:
    """Bytes that an operation waits for. `refuse` ends its wait. `comes_back`: once taken, they are released although
    the operation gets no more, as those of a call that runs.
    """

    count: int
    refuse: Callable[[errors.GatehouseError], None]
    comes_back: bool = False


class Holder(Protocol):
    """What an operation holds. Later ones have greater numbers. `kept` is released only when the operation has ended:
    `kept_of_share` of its subject's share, `kept_of_all` with its body.
    """

    subject: str
    number: int
    was_refused: bool

    @property
    def kept_of_share(self) -> int: ...

    @property
    def kept_of_all(self) -> int: ...


Waiting: TypeAlias = Mapping[Holder, Iterable[Need]]


class Stuck(NamedTuple):
    """An operation that is to be refused. `needs_too_much`: more than it may have, whatever others do."""

    hold: Holder
    needs: Sequence[Need]
    needs_too_much: bool = False


class Needs:
    """`share` is the most that one subject may hold, `most` what all may. `left` says what a subject, or all of them,
    will hold when running calls have ended.
    """

    def __init__(self, share: int, most: int, left: Callable[[str | None], int]) -> None:
        self._share = share
        self._most = most
        self._left = left
        # Empty if nobody waits.
        self.by_subject: dict[str, dict[Holder, dict[Need, None]]] = {}

    def __bool__(self) -> bool:
        return bool(self.by_subject)

    def add(self, hold: Holder, need: Need) -> None:
        self.by_subject.setdefault(hold.subject, {}).setdefault(hold, {})[need] = None

    def drop(self, hold: Holder, need: Need) -> bool:
        """It waits no longer, if it did. Returns whether others may have come after it."""
        holds = self.by_subject.get(hold.subject)
        if holds is None or (needs := holds.get(hold)) is None or need not in needs:
            return False
        del needs[need]
        if not needs:
            del holds[hold]
        if not holds:
            del self.by_subject[hold.subject]
        return hold.kept_of_share > _LITTLE

    def comes_after(self, hold: Holder) -> bool:
        """Whether another operation of the same subject comes first: one that waits, keeps much, and has what it needs
        as soon as running calls have ended. Of two that keep much the older one comes first.
        """
        holds = self.by_subject.get(hold.subject)
        if not holds:
            return False
        free = self._free(hold.subject)
        keeps_much = hold.kept_of_share > _LITTLE
        for other, needs in holds.items():
            if (
                other is not hold
                and other.kept_of_share > _LITTLE
                and (not keeps_much or other.number < hold.number)
                and _least(needs) <= free
            ):
                return True
        return False

    def stuck(self, behind: Callable[[], Waiting]) -> Stuck | None:
        """An operation that is to be refused now. Look again afterwards.

        `behind` finds operations whose calls wait for memory, too, but behind another call of the same subject.
        """
        everybody = {hold: needs for holds in self.by_subject.values() for hold, needs in holds.items()}
        for hold, needs in everybody.items():
            if hold.was_refused:
                return Stuck(hold, [*needs])
        if all(self._goes_on(subject, holds) for subject, holds in self.by_subject.items()):
            return None
        # To look at all who wait takes longer. One that was refused ends soon, and keeps nothing then.
        others = {hold: needs for hold, needs in behind().items() if not (hold in everybody or hold.was_refused)}
        circle = self._circle(everybody, others)
        for hold in circle:
            if hold in everybody and _least(everybody[hold]) > self._share - hold.kept_of_share:
                return Stuck(hold, [*everybody[hold]], needs_too_much=True)
        keeping = [hold for hold in circle if hold.kept_of_all]
        if not keeping:
            return None
        youngest = max(keeping, key=lambda hold: hold.number)
        return Stuck(youngest, [*(everybody.get(youngest) or others[youngest])])

    def _free(self, subject: str) -> int:
        """What one of its operations can have when running calls have ended."""
        return min(self._share - self._left(subject), self._most - self._left(None))

    def _goes_on(self, subject: str, holds: Waiting) -> bool:
        free = self._free(subject)
        return any(_least(needs) <= free for needs in holds.values())

    def _circle(self, waiting: Waiting, behind: Waiting) -> Sequence[Holder]:
        """Those who get nothing, even if all others end: also those who can go on now, and then those who can go on
        after them, and so forth.
        """
        stuck = [*waiting, *behind]
        of_all = self._most - sum(hold.kept_of_all for hold in stuck)
        of_share: dict[str, int] = defaultdict(lambda: self._share)
        for hold in stuck:
            of_share[hold.subject] -= hold.kept_of_share
        while True:
            first = {hold.subject for hold in stuck if hold in waiting}
            ends = [
                hold
                for hold in stuck
                if (hold in waiting or hold.subject not in first)
                and _least(waiting.get(hold) or behind[hold]) <= min(of_all, of_share[hold.subject])
            ]
            if not ends:
                return stuck
            for hold in ends:
                of_all += hold.kept_of_all
                of_share[hold.subject] += hold.kept_of_share
            stuck = [hold for hold in stuck if hold not in ends]


def _least(needs: Iterable[Need]) -> int:
    return min(need.count for need in needs)
