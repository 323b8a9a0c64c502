"""A fair share on a simulated clock, with a simulated Triton behind it. The code of the fair share is the service's."""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from itertools import count

from inference.fair_share import FairShare, Full
from inference.lanes import Call, Limits


class Memory:
    """Of all calls. `share` is how much one caller may hold."""

    def __init__(self, most: int, share: int) -> None:
        self.most = most
        self.share = share
        self.all_held = 0
        self.held: dict[str, int] = defaultdict(int)

    def fits(self, caller: str, size: int) -> bool:
        return self.all_held + size <= self.most and self.held[caller] + size <= self.share

    def add(self, caller: str, size: int) -> None:
        self.all_held += size
        self.held[caller] += size


class Asked:
    """A call from when it arrives: of a caller, for a model, that Triton works on for `service` milliseconds. Before,
    `sending` passes: only of a large one.
    """

    def __init__(
        self, memory: Memory, caller: str, limits: Limits, service: float, *, weight: int, size: int, sending: float
    ) -> None:
        self.memory = memory
        self.caller = caller
        self.limits = limits
        self.service = service
        self.weight = weight
        self.size = size
        self.sending = sending
        self.call: Call | None = None
        self.arrived_at = 0.0
        self.begun_at: float | None = None
        # When Triton began to work on it, and when it was answered.
        self.worked_from: float | None = None
        self.ended_at: float | None = None
        self.refused: Full | None = None
        self.has_left = False

    def take(self) -> bool:
        if not self.memory.fits(self.caller, self.size):
            return False
        self.memory.add(self.caller, self.size)
        return True

    def waits_for_own(self) -> bool:
        return self.memory.held[self.caller] + self.size > self.memory.share

    def keeps_results(self) -> bool:
        return False

    def waits_behind(self) -> None: ...

    @property
    def place(self) -> tuple[int, float | None]:
        """Its position in the queue, and in how many milliseconds it was to begin."""
        assert self.call is not None
        return self.call.position, self.call.estimate

    @property
    def waited(self) -> float:
        """Until Triton began to work on it."""
        assert self.worked_from is not None
        return self.worked_from - self.arrived_at


class Simulation:
    """After each step it checks that no slot is free that a waiting call could have."""

    def __init__(self, slots: int = 1000, *, most_waiting: int = 10_000, most_bytes: int = 10**9) -> None:
        self.now = 0.0
        self.share = FairShare(slots, most_waiting=most_waiting, most_bytes=most_bytes, clock=lambda: self.now)
        self.memory = Memory(10**12, 10**12)
        self.asked: list[Asked] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._working: dict[str, int] = defaultdict(int)
        self._triton: dict[str, deque[Asked]] = defaultdict(deque)
        # By model and caller.
        self._waiting: dict[str, dict[str, dict[Asked, None]]] = defaultdict(lambda: defaultdict(dict))

    def at(self, time: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._numbers), act))

    def ask(
        self,
        at: float,
        caller: str,
        limits: Limits,
        service: float,
        *,
        weight: int = 1,
        size: int = 0,
        sending: float = 0,
    ) -> Asked:
        asked = Asked(self.memory, caller, limits, service, weight=weight, size=size, sending=sending)
        self.asked.append(asked)
        self.at(at, lambda: self._arrive(asked))
        return asked

    def leave(self, at: float, asked: Asked) -> None:
        """Its caller leaves, if it has not been answered by then."""
        self.at(at, lambda: self._leave(asked))

    def run(self, until: float = float("inf")) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, act = heapq.heappop(self._events)
            act()
            self._check()
        self.now = max(self.now, until) if until != float("inf") else self.now

    def received(self, callers: Iterable[str]) -> dict[str, float]:
        """How many milliseconds Triton has worked for each."""
        sums = dict.fromkeys(callers, 0.0)
        for asked in self.asked:
            if asked.worked_from is not None and asked.caller in sums:
                sums[asked.caller] += min(self.now, asked.ended_at or self.now) - asked.worked_from
        return sums

    def _arrive(self, asked: Asked) -> None:
        asked.arrived_at = self.now
        try:
            call = self.share.enter(asked.limits, asked.caller, weight=asked.weight, size=asked.size, room=asked)
        except Full as full:
            asked.refused = full
            return
        asked.call = call
        if call.has_begun:
            self._begin(asked)
        else:
            self._waiting_with(asked)[asked] = None
            call.begin = lambda: self._begin(asked)

    def _begin(self, asked: Asked) -> None:
        self._waiting_with(asked).pop(asked, None)
        asked.begun_at = self.now
        if asked.sending:
            self.at(self.now + asked.sending, lambda: self._reach(asked))
        else:
            self._reach(asked)

    def _reach(self, asked: Asked) -> None:
        if asked.has_left:
            return
        if asked.sending:
            assert asked.call is not None
            self.share.arrive(asked.call)
        self._triton[asked.limits.model].append(asked)
        self._work(asked.limits)

    def _work(self, limits: Limits) -> None:
        """As Triton does: first come, first served."""
        queue = self._triton[limits.model]
        while queue and self._working[limits.model] < limits.at_once:
            asked = queue.popleft()
            self._working[limits.model] += 1
            asked.worked_from = self.now
            self.at(self.now + asked.service, lambda asked=asked: self._end(asked))  # type: ignore[misc]

    def _end(self, asked: Asked) -> None:
        self._working[asked.limits.model] -= 1
        if not asked.has_left:
            asked.ended_at = self.now
            self._give(asked, answered=True)
        self._work(asked.limits)

    def _leave(self, asked: Asked) -> None:
        if asked.call is None or asked.ended_at is not None:
            return
        asked.has_left = True
        if asked in self._waiting_with(asked):
            del self._waiting_with(asked)[asked]
            self.share.leave(asked.call)
        else:
            if asked in self._triton[asked.limits.model]:
                self._triton[asked.limits.model].remove(asked)
            self._give(asked, answered=False)

    def _give(self, asked: Asked, *, answered: bool) -> None:
        assert asked.call is not None
        self.memory.add(asked.caller, -asked.size)
        if asked.size:
            self.share.look_again()
        self.share.end(asked.call, answered=answered)

    def _waiting_with(self, asked: Asked) -> dict[Asked, None]:
        """The calls of the same caller that wait for the same model."""
        return self._waiting[asked.limits.model][asked.caller]

    def _check(self) -> None:
        if self.share.running >= self.share.slots or not self.share.waiting:
            return
        for callers in self._waiting.values():
            for first in (next(iter(calls)) for calls in callers.values() if calls):
                assert first.call is not None
                seat = first.call.seat
                could = seat.lane.has_slot and not seat.is_full and self.memory.fits(first.caller, first.size)
                assert not could, f"{first.caller} waits although a slot is free"
                if not seat.lane.has_slot:
                    break


def jain(shares: Iterable[float]) -> float:
    """1 if all are equal, 1/n if one has everything."""
    values = list(shares)
    return sum(values) ** 2 / (len(values) * sum(value * value for value in values))
