"""Operations that wait for bytes and hold some: that none waits for ever, and which comes first."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

import errors
from inference.fair_share import FairShare
from inference.lanes import Limits
from inference.slots import Slots
from resolvers.byte_needs import Need
from resolvers.bytes_in_flight import BytesInFlight
from resolvers.holds import Hold
from resolvers.operation_bytes import OperationBytes

MB = 1024**2
# Large requests of all may hold 56, those of one user 24.
MOST = 64 * MB
LONG = timedelta(hours=1)
SEEDS = range(20)


@pytest.fixture
def flight():
    return BytesInFlight(MOST)


def unexpected(refusal: Exception) -> None:
    raise AssertionError(refusal)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def waiting(hold: Hold, count: int) -> asyncio.Task[None]:
    return asyncio.create_task(hold.wait_for(count, LONG))


async def code(task: "asyncio.Task[None]") -> str:
    try:
        await task
    except errors.GatehouseError as error:
        return error.code
    return "OK"


async def test_of_two_that_hold_what_the_other_needs_the_younger_is_refused(flight):
    older, younger = flight.hold("ada"), flight.hold("ada")
    for hold in (younger, older):
        hold.take(10 * MB, what="answer")
    tasks = [waiting(hold, 6 * MB) for hold in (younger, older)]

    assert await code(tasks[0]) == "MODEL_BUSY"

    await settled()
    assert not tasks[1].done()
    younger.close()
    assert await code(tasks[1]) == "OK"
    assert (older.count, younger.count) == (16 * MB, 0)


async def test_what_an_operation_that_was_refused_also_waits_for_is_refused_at_once(flight):
    older, younger = flight.hold("ada"), flight.hold("ada")
    for hold in (older, younger):
        hold.take(10 * MB, what="answer")
    tasks = [waiting(hold, 6 * MB) for hold in (older, younger, younger)]

    assert [await code(task) for task in tasks[1:]] == ["MODEL_BUSY", "MODEL_BUSY"]
    assert await code(waiting(younger, 5 * MB)) == "MODEL_BUSY"
    assert not tasks[0].done()

    # What is free it may still have.
    assert await code(waiting(younger, 4 * MB)) == "OK"
    younger.close()
    assert await code(tasks[0]) == "OK"


async def test_nobody_is_refused_while_one_of_them_can_go_on(flight):
    older, younger = flight.hold("ada"), flight.hold("ada")
    older.take(8 * MB, what="answer")
    younger.take(14 * MB, what="answer")
    large = waiting(older, 8 * MB)
    await settled()

    small = waiting(younger, 2 * MB)

    assert await code(small) == "OK"
    younger.close()
    assert await code(large) == "OK"


async def test_bytes_of_a_running_call_come_back_so_nobody_is_refused(flight):
    older, younger = flight.hold("ada"), flight.hold("ada")
    older.take(4 * MB, what="answer")
    call = Need(14 * MB, unexpected, comes_back=True)
    assert younger.takes(call)
    tasks = [waiting(older, 8 * MB), waiting(younger, 7 * MB)]
    await settled()
    assert [task.done() for task in tasks] == [False, False]

    younger.add(2 * MB)
    younger.release(call)

    assert [await code(task) for task in tasks] == ["OK", "OK"]
    assert (older.count, younger.count) == (12 * MB, 9 * MB)


async def test_one_that_needs_more_than_its_user_may_hold_is_refused_by_that_name(flight):
    hold = flight.hold("ada")
    hold.take(20 * MB, what="answer")

    assert await code(waiting(hold, 5 * MB)) == "PAYLOAD_TOO_LARGE"
    assert hold.count == 20 * MB
    assert await code(waiting(hold, 4 * MB)) == "OK"


async def test_a_newcomer_waits_until_those_of_its_user_that_hold_results_have_what_they_need(flight):
    running, older, newcomer, other = (flight.hold(name) for name in ("ada", "ada", "ada", "bob"))
    call = Need(10 * MB, unexpected, comes_back=True)
    assert running.takes(call)
    older.take(8 * MB, what="answer")
    large = waiting(older, 8 * MB)
    await settled()

    small, of_other = waiting(newcomer, 2 * MB), waiting(other, 2 * MB)

    assert await code(of_other) == "OK"
    await settled()
    assert (small.done(), large.done()) == (False, False)
    running.release(call)
    assert await code(large) == "OK"
    assert await code(small) == "OK"


async def test_a_newcomer_goes_on_when_one_that_came_before_waits_no_longer(flight):
    running, older, newcomer = (flight.hold("ada") for _ in range(3))
    assert running.takes(Need(10 * MB, unexpected, comes_back=True))
    older.take(8 * MB, what="answer")
    large = waiting(older, 8 * MB)
    await settled()
    small = waiting(newcomer, 2 * MB)
    await settled()
    assert not small.done()

    large.cancel()

    assert await code(small) == "OK"


async def test_of_users_that_hold_all_of_it_the_youngest_operation_is_refused(flight):
    holds = [flight.hold(name) for name in ("ada", "bob", "eve")]
    for hold in holds:
        hold.take(18 * MB, what="answer")

    tasks = [waiting(hold, 4 * MB) for hold in reversed(holds)]

    assert await code(tasks[0]) == "MODEL_BUSY"
    await settled()
    assert [task.done() for task in tasks[1:]] == [False, False]
    holds[2].close()
    assert [await code(task) for task in tasks[1:]] == ["OK", "OK"]


async def test_bodies_of_operations_that_wait_count_too(flight):
    bodies = [flight.hold(f"network {number}") for number in range(4)]
    holds = [Hold(flight, f"user {number}", body=body) for number, body in enumerate(bodies)]
    for body in bodies:
        body.take(12 * MB, what="body")

    tasks = [waiting(hold, 12 * MB) for hold in holds]

    assert await code(tasks[3]) == "MODEL_BUSY"
    holds[3].close()
    bodies[3].close()
    assert await code(tasks[0]) == "OK"
    for hold, body, task in zip(holds[:3], bodies[:3], tasks[:3], strict=True):
        assert await code(task) == "OK"
        hold.close()
        body.close()


async def test_an_answer_that_was_refused_is_not_given_back_with_the_others_of_its_stream(flight):
    older, hold = flight.hold("ada"), flight.hold("ada")
    older.take(10 * MB, what="answer")
    stream = OperationBytes(hold, most=MOST, answer=MOST)
    stream.receive(10 * MB)
    large = waiting(older, 6 * MB)
    await settled()
    with pytest.raises(errors.ModelBusy):
        await stream.write_later(3 * MB)
    with pytest.raises(errors.ServiceUnavailable):
        stream.write(3 * MB)

    stream.forget()

    assert hold.count == 0
    assert await code(large) == "OK"
    # The next answer may wait again.
    writing = asyncio.create_task(stream.write_later(5 * MB))
    await settled()
    assert not writing.done()
    older.close()
    assert await code(writing) == "OK"
    assert hold.count == 10 * MB


class Room:
    """The memory of a call, as `resolvers.calls` has it."""

    def __init__(self, hold: Hold, count: int) -> None:
        self.hold = hold
        self.need = Need(count, self._refuse, comes_back=True)
        self.refuse: Callable[[Exception], None] | None = None

    def take(self) -> bool:
        return self.hold.takes(self.need)

    def waits_for_own(self) -> bool:
        return self.hold.waits_for_own(self.need.count)

    def keeps_results(self) -> bool:
        return self.hold.keeps_results

    def waits_behind(self) -> None:
        self.hold.waits_behind(self.need)

    def _refuse(self, refusal: Exception) -> None:
        assert self.refuse is not None
        self.refuse(refusal)


class Crowd:
    """Operations of a few users, each with some calls side by side whose answers they keep and write."""

    def __init__(self, flight: BytesInFlight, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311
        self.flight = flight
        self.slots = Slots(
            FairShare(self.random.randint(2, 12), most_waiting=1000, most_bytes=10**9), kind="calls", longest=LONG
        )
        flight.serve(self.slots)
        self.models = [Limits(f"model {number}", slots=self.random.randint(1, 4)) for number in range(3)]
        self.codes: list[str] = []

    async def operation(self, number: int) -> None:
        random = self.random
        await self._pause()
        user = f"user {random.randrange(4)}"
        with self.flight.hold(random.choice((user, "network"))) as body, Hold(self.flight, user, body=body) as hold:
            body.add(random.randrange(MB))
            async with asyncio.TaskGroup() as fields:
                for _ in range(random.randint(1, 4)):
                    fields.create_task(self._field(hold))
                # Sometimes the client leaves.
                if random.random() < 0.1:
                    await self._pause()
                    raise asyncio.CancelledError

    async def _field(self, hold: Hold) -> None:
        random = self.random
        try:
            for _ in range(random.randint(1, 2)):
                await self._call(hold, random.randint(MB, 8 * MB), random.randrange(MB))
                if random.random() < 0.7:
                    await hold.wait_for(random.randrange(3 * MB), LONG)
        except errors.GatehouseError as error:
            self.codes.append(error.code)
        else:
            self.codes.append("OK")

    async def _call(self, hold: Hold, needed: int, answered: int) -> None:
        room = Room(hold, needed)
        call = self.slots.enter(self.random.choice(self.models), hold.subject, weight=1, size=1, room=room)
        room.refuse = lambda refusal: None if call.refuse is None else call.refuse(refusal)
        try:
            if not call.has_begun:
                hold.waits()
                await self.slots.wait(call, LONG)
        except BaseException:
            (hold.release if call.has_begun else hold.drop)(room.need)
            raise
        try:
            await self._pause()
            hold.add(answered)
        finally:
            hold.release(room.need)
            self.slots.end(call, answered=True)

    async def _pause(self) -> None:
        for _ in range(self.random.randrange(20)):
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_operations_hold_and_need_all_of_them_end_and_nothing_stays_held(flight, seed):
    crowd = Crowd(flight, seed)

    # None of them waits for a clock, so this is over at once or never.
    async with asyncio.timeout(60):
        await asyncio.gather(*(crowd.operation(number) for number in range(40)), return_exceptions=True)

    assert set(crowd.codes) <= {"OK", "MODEL_BUSY", "PAYLOAD_TOO_LARGE"}
    assert crowd.codes.count("OK") > len(crowd.codes) / 4
    whole = flight.hold("eve")
    assert whole.takes(Need(24 * MB, unexpected))
    whole.close()
    assert (flight.held, flight.held_by_subject, flight.is_waited_for) == (0, {}, False)
    assert flight.lent_by_subject == {}
