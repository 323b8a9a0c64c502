"""Who calls a model next. The slots of a process, and those of each model, are shared fairly by callers (decision 68).

Nothing here waits or looks at a clock of its own, so a simulation runs the same code. Times are in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, KeysView
from enum import StrEnum
from math import ceil
from time import perf_counter

from inference.lanes import PART, Call, Lane, Limits, Person, Room, Seat

# Models of which it is known how long a call takes.
_REMEMBERED = 1024


def _milliseconds() -> float:
    return perf_counter() * 1000


class Reason(StrEnum):
    """Why a call does not wait, or does not wait any longer. A label of metrics."""

    FULL = "full"
    SHARE = "share"
    LATE = "late"
    MEMORY = "memory"


class Full(Exception):
    """No more calls may wait: of all callers, or of this one."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


class FairShare:
    """One for all calls of a process. A caller may have as many calls waiting as there is room left for others, and the
    same of their bytes. So a newcomer always finds room.
    """

    def __init__(
        self, slots: int, *, most_waiting: int, most_bytes: int, clock: Callable[[], float] = _milliseconds
    ) -> None:
        self.slots = slots
        self.running = 0
        self.waiting = self.waiting_bytes = 0
        self._most_waiting = most_waiting
        self._most_bytes = most_bytes
        # Of callers who wait.
        self._weights = 0
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        # Those in which calls wait.
        self._crowded: dict[str, Lane] = {}
        self._people: dict[str, Person] = {}
        # Callers who wait for memory, of each model.
        self.short: dict[Seat, None] = {}
        # How long a call has its slot.
        self._average: float | None = None
        # What the caller had spent whose call began last.
        self._spent = 0.0

    @property
    def models(self) -> KeysView[str]:
        """Those of which it is known how long a call takes."""
        return self._lanes.keys()

    @property
    def callers(self) -> int:
        """How many are remembered, over all models."""
        return len(self._people)

    def enter(self, limits: Limits, caller: str, *, weight: int, size: int, room: Room) -> Call:
        """A call that has a slot, or waits for one. Raises Full. `size` counts the bytes of its inputs."""
        lane = self._lanes.get(limits.model) or self._new_lane(limits)
        lane.limits = limits
        seat = lane.seats.get(caller)
        if seat is None:
            seat = lane.new_seat(self._people.get(caller) or self._new_person(caller))
        elif (among := seat.among) is not None:
            lane.comes_again(seat, among)
        person = seat.person
        if person.spent < self._spent and not person.running and not person.waiting:
            person.spent = self._spent
        person.weight = weight
        call = Call(seat, room, size)
        if (
            self.running < self.slots
            and not lane.waiting
            # There are at least as many slots.
            and (lane.running < limits.at_once or lane.has_slot)
            and (limits.of_one is None or not seat.is_full)
            and room.take()
        ):
            self._begin(call)
            return call
        self._wait(call)
        self._start()
        return call

    def leave(self, call: Call) -> None:
        """The call waits no longer, or its slot is given back because it was not used."""
        if call.has_begun:
            self.end(call, answered=False)
        else:
            self._leave(call)
            del call.room
            if self.short.pop(call.seat, False) is None:
                # The caller's next call may need less memory.
                call.seat.is_short = False
                call.seat.lane.list(call.seat)
                self._start()
            self._give_up(call.seat)

    def end(self, call: Call, *, answered: bool) -> None:
        """The call gives its slot back. Only calls that were answered tell how long the model takes."""
        seat, now = call.seat, self._clock()
        self.running -= 1
        seat.person.running -= 1
        seat.lane.end(call, now, answered=answered)
        if answered:
            took = now - call.begun_at
            self._average = took if self._average is None else self._average + (took - self._average) * PART
        if not seat.running and not seat.queue and (gone := seat.lane.rest(seat, has_called=True)) is not None:
            self._let_go(gone)
        if self.waiting:
            self._start()

    def arrive(self, call: Call) -> None:
        """Triton has all of a call with more than `LARGE_BYTES` of inputs. Before, it had begun, but no instance could
        work on it.
        """
        call.seat.lane.arrive(call, self._clock())

    def at_work(self, limits: Limits) -> int:
        """How many calls of a model are worked on at once, as far as is known."""
        lane = self._lanes.get(limits.model) or Lane(limits)
        lane.limits = limits
        return lane.at_work

    def look_again(self) -> None:
        """There is memory again."""
        if self.short:
            short = list(self.short)
            self.short.clear()
            for seat in short:
                seat.is_short = False
                seat.lane.list(seat)
            self._start()

    def tell_those_behind(self) -> None:
        """Tells each call that waits for memory behind another one of its caller."""
        for seat in self.short:
            for call in seat.queue:
                call.room.waits_behind()

    def waits_for_own(self, call: Call) -> bool:
        """Whether only calls of the same caller keep it waiting."""
        seat = call.seat
        return seat.is_full or (seat.is_short and call.room.waits_for_own())

    def _new_lane(self, limits: Limits) -> Lane:
        lane = self._lanes[limits.model] = Lane(limits)
        if len(self._lanes) > _REMEMBERED:
            # Of models that are not served any more, or are called rarely.
            others = (one for one in self._lanes.values() if one is not lane and not one.running and not one.waiting)
            if (idle := next(others, None)) is not None:
                del self._lanes[idle.limits.model]
                for person in idle.empty():
                    self._let_go(person)
        return lane

    def _new_person(self, name: str) -> Person:
        person = self._people[name] = Person(name, self._spent)
        return person

    def _wait(self, call: Call) -> None:
        person = call.seat.person
        if reason := self._full(person, call.size):
            self._give_up(call.seat)
            raise Full(reason)
        lane = call.seat.lane
        if call.seat.is_short and call.room.keeps_results():
            # Those before it wait for what it has.
            del self.short[call.seat]
            call.seat.is_short = False
        lane.wait(call)
        if not person.waiting:
            person.waiting_weight = person.weight
            self._weights += person.weight
        self._crowded[lane.limits.model] = lane
        self.waiting += 1
        self.waiting_bytes += call.size
        person.waiting += 1
        person.bytes += call.size
        if self.running >= self.slots and call.estimate is not None and self._average is not None:
            # Calls of other models end before it, too.
            call.estimate = max(call.estimate, self._place(person) * self._average / self.slots)

    def _full(self, person: Person, size: int) -> Reason | None:
        free, bytes_free = self._most_waiting - self.waiting, self._most_bytes - self.waiting_bytes
        if free < 1 or bytes_free < size:
            return Reason.FULL
        if person.waiting >= free or (person.bytes and person.bytes + size > bytes_free):
            return Reason.SHARE
        return None

    def _leave(self, call: Call) -> None:
        seat = call.seat
        seat.lane.leave(call)
        if not seat.lane.waiting:
            del self._crowded[seat.lane.limits.model]
        self.waiting -= 1
        self.waiting_bytes -= call.size
        seat.person.waiting -= 1
        seat.person.bytes -= call.size
        if not seat.person.waiting:
            self._weights -= seat.person.waiting_weight

    def _start(self) -> None:
        """Gives free slots to callers in turn. A caller for whose call there is no memory waits until there is more."""
        while self.waiting and self.running < self.slots and (seat := self._next()) is not None:
            call = _with_memory(seat)
            if call is not None:
                self._leave(call)
                self._begin(call)
                if call.begin is not None:
                    call.begin()
            else:
                seat.is_short = True
                self.short[seat] = None

    def _next(self) -> Seat | None:
        """If models lack slots, they are shared by what callers have spent on each; if the process lacks them, by what
        callers have spent on all.
        """
        found: Seat | None = None
        is_last = self.running + 1 >= self.slots
        for lane in self._crowded.values():
            if lane.has_slot:
                seat = lane.next(of_all=is_last)
                if seat is not None and (found is None or seat.person.spent < found.person.spent):
                    found = seat
        return found

    def _begin(self, call: Call) -> None:
        seat = call.seat
        person = seat.person
        del call.room
        self.running += 1
        if person.spent >= self._spent:
            self._spent = person.spent
        elif self.running < self.slots:
            # The process has slots for all. What callers spend now must not count when it has none.
            person.spent = self._spent
        person.running += 1
        call.has_begun = True
        call.begun_at = now = self._clock()
        seat.lane.begin(call, now)

    def _give_up(self, seat: Seat) -> None:
        """Forgets the seat of a call that does not begin, if it has no other call."""
        if not seat.running and not seat.queue and (gone := seat.lane.rest(seat, has_called=False)) is not None:
            self._let_go(gone)

    def _let_go(self, person: Person) -> None:
        """Forgets it, if no model remembers it."""
        if not person.seats:
            del self._people[person.name]

    def _place(self, person: Person) -> int:
        """Of its last call, among the calls that wait for any model."""
        others = (self._weights - person.waiting_weight) / person.waiting_weight
        return min(self.waiting, person.waiting + ceil(person.waiting * others))


def _with_memory(seat: Seat) -> Call | None:
    """The caller's next call, if there is memory for it. If not, one for which there is, and whose operation keeps
    memory that the next one may wait for.
    """
    calls = iter(seat.queue)
    first = next(calls)
    if first.room.take():
        return first
    return next((call for call in calls if call.room.keeps_results() and call.room.take()), None)
