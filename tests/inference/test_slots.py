"""How a call waits for its slot on the event loop, and how its wait ends."""

import asyncio
from datetime import timedelta

import pytest

import errors
from inference.fair_share import FairShare
from inference.lanes import Limits
from inference.slots import Slots

LIMITS = Limits("model", slots=1)
LONG = timedelta(seconds=60)
SHORT = timedelta(milliseconds=30)


class Room:
    """Memory for one call, if `has_room`."""

    def __init__(self, *, has_room: bool = True, of_own: bool = False) -> None:
        self.has_room = has_room
        self.of_own = of_own
        self.taken = 0
        self.asked = 0

    def take(self) -> bool:
        self.asked += 1
        self.taken += self.has_room
        return self.has_room

    def waits_for_own(self) -> bool:
        return self.of_own

    def keeps_results(self) -> bool:
        return False

    def waits_behind(self) -> None: ...


@pytest.fixture
def share():
    return FairShare(8, most_waiting=100, most_bytes=100)


def enter(slots, caller="ada", *, limits=LIMITS, room=None):
    return slots.enter(limits, caller, weight=1, size=1, room=room or Room())


async def test_a_call_that_waits_begins_when_another_ends_and_has_the_rest_of_its_time(share):
    slots = Slots(share, kind="calls", longest=LONG)
    first, second = enter(slots), enter(slots, "bob")
    waiting = asyncio.create_task(slots.wait(second, LONG))
    await asyncio.sleep(0)
    assert (first.has_begun, second.has_begun) == (True, False)

    slots.end(first, answered=True)

    assert timedelta(0) < await waiting <= LONG
    assert (second.has_begun, share.running, share.waiting) == (True, 1, 0)


async def test_a_call_that_is_cancelled_as_it_gets_its_slot_gives_it_back(share):
    slots = Slots(share, kind="calls", longest=LONG)
    first, second, third = enter(slots), enter(slots, "bob"), enter(slots, "eve")
    waiting = [asyncio.create_task(slots.wait(call, LONG)) for call in (second, third)]
    await asyncio.sleep(0)

    slots.end(first, answered=True)
    waiting[0].cancel()

    await asyncio.wait(waiting)
    assert [task.cancelled() for task in waiting] == [True, False]
    assert (third.has_begun, share.running, share.waiting) == (True, 1, 0)


async def test_a_call_waits_for_others_for_some_seconds_and_for_own_calls_up_to_its_deadline(share):
    slots = Slots(share, kind="calls", longest=SHORT)
    enter(slots)
    of_one = Limits("other", slots=8, of_one=1)
    enter(slots, limits=of_one)

    with pytest.raises(errors.ModelBusy, match=r"^Other calls take every slot of model 'model'\."):
        await slots.wait(enter(slots, "bob"), LONG)
    with pytest.raises(errors.DeadlineExceeded, match=r"^Your other calls of this model used up the time\."):
        await slots.wait(enter(slots, limits=of_one), SHORT * 10)

    assert (share.running, share.waiting) == (2, 0)


async def test_with_no_time_to_wait_a_call_is_refused_at_once_and_still_waits_for_own_calls(share):
    slots = Slots(share, kind="calls", longest=timedelta(0))
    of_one = Limits("other", slots=8, of_one=1)
    enter(slots)
    own = enter(slots, limits=of_one)
    with pytest.raises(errors.ModelBusy):
        await slots.wait(enter(slots, "bob"), LONG)

    waiting = asyncio.create_task(slots.wait(enter(slots, limits=of_one), LONG))
    await asyncio.sleep(0)
    assert not waiting.done()
    slots.end(own, answered=True)

    assert await waiting <= LONG
    assert (share.running, share.waiting) == (2, 0)


async def test_a_call_without_memory_is_passed_over_and_begins_when_there_is_some(share):
    slots = Slots(share, kind="calls", longest=SHORT)
    wide, room = Limits("wide", slots=8), Room(has_room=False, of_own=True)
    large = enter(slots, limits=wide, room=room)
    small = enter(slots, "bob", limits=wide)
    assert (large.has_begun, small.has_begun) == (False, True)
    waiting = asyncio.create_task(slots.wait(large, LONG))
    await asyncio.sleep(0)

    room.has_room = True
    slots.look_again()

    await waiting
    assert (room.taken, share.running, share.waiting) == (1, 2, 0)


async def test_with_many_callers_without_memory_not_each_release_looks_at_all_of_them(share):
    slots = Slots(share, kind="calls", longest=LONG)
    wide, rooms = Limits("wide", slots=8), [Room(has_room=False) for _ in range(80)]
    calls = [enter(slots, f"user {number}", limits=wide, room=room) for number, room in enumerate(rooms)]
    waiting = [asyncio.create_task(slots.wait(call, LONG)) for call in calls]
    await asyncio.sleep(0)
    before = [room.asked for room in rooms]

    for _ in range(100):
        slots.look_again()

    assert [room.asked for room in rooms] == before
    rooms[70].has_room = True
    await waiting[70]
    assert [room.taken for room in rooms] == [number == 70 for number in range(80)]
    assert [room.asked for room in rooms] == [asked + 1 for asked in before]
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    assert (share.running, share.waiting) == (1, 0)


async def test_a_call_that_gets_no_memory_is_told_so(share):
    slots = Slots(share, kind="calls", longest=SHORT)

    with pytest.raises(errors.ModelBusy, match=r"^Running calls use all the memory that is set aside for calls\."):
        await slots.wait(enter(slots, room=Room(has_room=False)), LONG)

    assert (share.running, share.waiting) == (0, 0)
