"""The calls of one model in a fair share: who waits, whose turn it is, and how long a call takes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from math import ceil
from typing import NamedTuple, Protocol

from inference.turns import Turns

# What a weight of 1 may spend in one round, in milliseconds.
ROUND = 10.0
# Triton gets so many milliseconds of work ahead, so that it need not wait for the next call.
_AHEAD = 10.0
# How much a new measurement counts.
PART = 1 / 16
# A call with more inputs takes a while to reach Triton.
LARGE_BYTES = 64 * 1024
# Callers who neither wait nor run, and are remembered because they have spent more than their share.
_REMEMBERED = 1024
# Others who may call again soon, so that they need not be set up again.
_LAST = 64


class Limits(NamedTuple):
    """Of a model: how many calls Triton runs at once, and how many more must stand ready at least; how many slots it
    has, if its declaration says so; and how many of them one caller may have.
    """

    model: str
    at_once: int = 1
    ahead: int = 0
    slots: int | None = None
    of_one: int | None = None


class Room(Protocol):
    """The memory of a call."""

    def take(self) -> bool:
        """Takes it, if there is room now."""

    def waits_for_own(self) -> bool:
        """Whether the caller's own calls leave no room."""

    def keeps_results(self) -> bool:
        """Whether its operation keeps memory until it ends, for which other calls may wait."""

    def waits_behind(self) -> None:
        """Is told that the call waits behind one that waits for memory."""


class Call:
    """One call of a model. `position` and `estimate`, in milliseconds, are of the moment when it began to wait. It has
    its `room` until it begins or leaves. The room refers to the call: if the call kept it, only the garbage collector
    would free both.
    """

    begun_at = worked_from = 0.0
    charged = 0.0
    position = 0
    estimate: float | None = None
    # Called when it gets its slot later.
    begin: Callable[[], None] | None = None
    # To be called if it can never have its memory: the reason ends its wait.
    refuse: Callable[[Exception], None] | None = None

    def __init__(self, seat: Seat, room: Room, size: int) -> None:
        self.seat = seat
        self.room = room
        self.size = size
        self.has_begun = False
        # Its inputs are still converted or sent, and Triton cannot work on it.
        self.is_on_its_way = False


class Person:
    """A user or a network, over all models. `spent` is in milliseconds by weight."""

    # As the fair share has counted it, while the caller waits.
    waiting_weight = 0
    bytes = 0

    def __init__(self, name: str, spent: float) -> None:
        self.name = name
        self.spent = spent
        self.weight = 1
        self.seats = self.running = self.waiting = 0


class Seat:
    """A caller at one model. `spent` says in which round the caller's turn is: each round allows `ROUND` more."""

    # There was no memory for its next call.
    is_short = False
    # As the lane has counted it, while the caller waits.
    weight = 0

    def __init__(self, lane: Lane, person: Person) -> None:
        self.lane = lane
        self.person = person
        self.queue: OrderedDict[Call, None] = OrderedDict()
        self.running = 0
        self.spent = lane.round_from
        # Spent, but not used.
        self.credit = 0.0
        # Which of the lane's two has it while it is idle: neither waits nor runs.
        self.among: OrderedDict[Seat, None] | None = None

    @property
    def round(self) -> int:
        return int(self.spent // ROUND)

    @property
    def is_full(self) -> bool:
        """Whether it has as many slots as the model gives to one caller."""
        of_one = self.lane.limits.of_one
        return of_one is not None and self.running >= of_one

    @property
    def may_have_turn(self) -> bool:
        return bool(self.queue) and not self.is_short and not self.is_full

    def charge(self, milliseconds: float) -> None:
        """What it was charged too much before makes this smaller. So `spent` never falls, and no turn comes earlier."""
        left = milliseconds - self.credit
        if left <= 0:
            self.credit = -left
            return
        self.credit, person = 0.0, self.person
        by_weight = left / person.weight
        self.spent += by_weight
        person.spent += by_weight


class Lane:
    """One model. Its callers take turns by deficit round robin. A caller that has spent more than its round allows
    comes again in the round in which its deficit is made up. That round is computed, and not reached round by round.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.running = 0
        # Of those that run: large ones, whose inputs Triton does not have yet.
        self.on_their_way = 0
        self.waiting = 0
        # A caller's turn is in this round if it has spent at least `round_from` and less than `_round_to`.
        self.round_from = 0.0
        self._round_to = ROUND
        # How long Triton works on a call; None before the first one has ended.
        self.average: float | None = None
        self._weights = 0
        self.seats: dict[str, Seat] = {}
        # Idle callers who have spent more than their share.
        self._resting: OrderedDict[Seat, None] = OrderedDict()
        # The last idle callers of the others.
        self._last: OrderedDict[Seat, None] = OrderedDict()
        # By what a caller has spent on this model, and by what it has spent on all.
        self._turns: Turns[Seat] = Turns(lambda seat: seat.round, lambda seat: seat.may_have_turn)
        self._turns_of_all: Turns[Seat] = Turns(
            lambda seat: int(seat.person.spent // ROUND), lambda seat: seat.may_have_turn
        )
        # The calls that Triton has, but does not work on yet.
        self._ahead: OrderedDict[Call, None] = OrderedDict()

    @property
    def slots(self) -> int:
        """As many as Triton runs at once, and as many more as end in the next milliseconds or fill the next batches."""
        if self.limits.slots is not None:
            return self.limits.slots
        at_once, ahead = self.limits.at_once, self.limits.ahead
        average = _AHEAD if self.average is None else self.average
        return at_once + max(ahead, ceil(at_once * _AHEAD / max(average, 0.1)))

    @property
    def at_work(self) -> int:
        """As `slots`, but without the calls that stand ready while others take longer than a moment."""
        if self.average is not None and self.average < _AHEAD:
            return self.slots
        return self.limits.at_once

    @property
    def has_slot(self) -> bool:
        """Whether fewer run than `slots`."""
        limits = self.limits
        if limits.slots is not None:
            return self.running < limits.slots
        more = self.running - limits.at_once
        average = _AHEAD if self.average is None else self.average
        return more < limits.ahead or more < limits.at_once * _AHEAD / max(average, 0.1)

    @property
    def callers(self) -> int:
        """How many are remembered."""
        return len(self.seats)

    @property
    def turns(self) -> int:
        """How many are kept, also of callers who cannot have theirs now."""
        return max(len(self._turns), len(self._turns_of_all))

    def new_seat(self, person: Person) -> Seat:
        seat = self.seats[person.name] = Seat(self, person)
        person.seats += 1
        return seat

    def comes_again(self, seat: Seat, among: OrderedDict[Seat, None]) -> None:
        """Its caller was remembered `among` others, and has a call now."""
        del among[seat]
        seat.among = None
        if seat.spent < self.round_from:
            # Nobody saves up turns.
            seat.spent = self.round_from

    def wait(self, call: Call) -> None:
        seat = call.seat
        if not seat.queue:
            seat.weight = seat.person.weight
            self._weights += seat.weight
        others = (self._weights - seat.weight) / seat.weight
        own = len(seat.queue) + 1
        seat.queue[call] = None
        self.waiting += 1
        call.position = min(self.waiting, own + ceil(own * others))
        if self.average is not None:
            call.estimate = self.until(call.position)
        self.list(seat)

    def until(self, position: int) -> float:
        """In how many milliseconds a call at this position begins, about."""
        return position * (self.average or 0) / self.limits.at_once

    def list(self, seat: Seat) -> None:
        """The caller gets turns again, if it waits."""
        for turns in (self._turns, self._turns_of_all):
            turns.add(seat)
            turns.tidy(self.callers)

    def next(self, *, of_all: bool) -> Seat | None:
        """Whose turn it is. `of_all`: what callers have spent on other models counts, too."""
        return (self._turns_of_all if of_all else self._turns).next()

    def leave(self, call: Call) -> None:
        """It waits no longer."""
        seat = call.seat
        del seat.queue[call]
        self.waiting -= 1
        if not seat.queue:
            self._weights -= seat.weight

    def begin(self, call: Call, now: float) -> None:
        seat = call.seat
        self.running += 1
        seat.running += 1
        if call.size > LARGE_BYTES:
            call.is_on_its_way = True
            self.on_their_way += 1
        elif self.running <= self.limits.at_once:
            call.worked_from = now
        else:
            self._reach(call, now)
        if seat.spent >= self._round_to:
            self.round_from = seat.round * ROUND
            self._round_to = self.round_from + ROUND
        call.charged = charged = ROUND if self.average is None else self.average
        seat.charge(charged)

    def arrive(self, call: Call, now: float) -> None:
        """Triton has all of a large call."""
        if call.is_on_its_way:
            call.is_on_its_way = False
            self.on_their_way -= 1
            self._reach(call, now)

    def _reach(self, call: Call, now: float) -> None:
        if self.running - self.on_their_way - len(self._ahead) > self.limits.at_once:
            self._ahead[call] = None
        else:
            call.worked_from = now

    def end(self, call: Call, now: float, *, answered: bool) -> None:
        seat, took = call.seat, 0.0
        self.running -= 1
        seat.running -= 1
        if call.is_on_its_way:
            call.is_on_its_way = False
            self.on_their_way -= 1
        elif call in self._ahead:
            del self._ahead[call]
        else:
            took = now - call.worked_from
            if self._ahead:
                # Triton works on them in the order in which they came.
                following, _ = self._ahead.popitem(last=False)
                following.worked_from = now
            if answered:
                self.average = took if self.average is None else self.average + (took - self.average) * PART
        if took > call.charged:
            seat.charge(took - call.charged)
        else:
            seat.credit += call.charged - took
        if seat.queue:
            self.list(seat)

    def rest(self, seat: Seat, *, has_called: bool) -> Person | None:
        """Remembers an idle caller, or not. Returns who was forgotten: this one, or the one remembered longest."""
        if seat.spent >= self._round_to:
            among, most = self._resting, _REMEMBERED
        elif has_called:
            among, most = self._last, _LAST
        else:
            return self._forget(seat)
        seat.among = among
        among[seat] = None
        return None if len(among) <= most else self._forget(among.popitem(last=False)[0])

    def _forget(self, seat: Seat) -> Person:
        del self.seats[seat.person.name]
        seat.person.seats -= 1
        return seat.person

    def empty(self) -> Iterator[Person]:
        """All its callers, none of whom runs or waits. It is not used any more."""
        for seat in self.seats.values():
            seat.person.seats -= 1
            yield seat.person
