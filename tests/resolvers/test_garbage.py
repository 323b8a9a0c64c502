"""Calls of models that fail: what they hold is freed at once, and not only when the garbage collector runs."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from weakref import ref

import pytest

import errors
from inference.fair_share import FairShare
from inference.lanes import Limits
from inference.slots import Slots
from inference.triton import Triton
from resolvers.bytes_in_flight import BytesInFlight
from resolvers.operation_bytes import OperationBytes
from tests import ports

SOON = timedelta(seconds=0.2)
MB = 1024**2


class Inputs:
    pass


class Room:
    """Of a call that finds all the memory that it needs, or none."""

    def __init__(self, *, is_free: bool) -> None:
        self._is_free = is_free

    def take(self) -> bool:
        return self._is_free

    def waits_for_own(self) -> bool:
        return False

    def keeps_results(self) -> bool:
        return False

    def waits_behind(self) -> None:
        pass


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def are_freed(call: Callable[[], Awaitable[object]], raises: type[Exception]) -> bool:
    """Whether the inputs of a call that fails are freed when its caller has handled the error."""

    async def calling() -> "ref[Inputs]":
        inputs = Inputs()
        try:
            await with_inputs(inputs)
        except raises:
            return ref(inputs)
        raise AssertionError("It did not fail.")

    async def with_inputs(_inputs: Inputs) -> None:
        await call()

    found = await calling()
    # What the event loop still has to do for the call.
    for _ in range(5):
        await asyncio.sleep(0)
    return found() is None


@pytest.fixture
async def away() -> AsyncIterator[Triton]:
    """Nobody listens there."""
    url = f"127.0.0.1:{ports.free()}"
    triton = Triton(url, http_url=f"http://{url}", output_bytes=MB)
    yield triton
    await triton.aclose()


@pytest.mark.parametrize("by_grpc", [False, True], ids=["HTTP", "gRPC"])
async def test_a_call_of_a_server_that_is_away(away, by_grpc):
    async def call() -> None:
        await away.infer("m", "", inputs=[], outputs=[], within=SOON, by_grpc=by_grpc)

    assert await are_freed(call, errors.ModelUnavailable)


async def test_a_call_that_finds_the_queue_full():
    slots = Slots(FairShare(1, most_waiting=0, most_bytes=1), kind="test", longest=SOON)
    running = slots.enter(Limits("m"), "ada", weight=1, size=0, room=Room(is_free=True))

    async def call() -> None:
        slots.enter(Limits("m"), "bob", weight=1, size=0, room=Room(is_free=True))

    assert await are_freed(call, errors.ModelBusy)
    slots.end(running, answered=True)


async def test_a_call_that_waits_for_a_slot_in_vain():
    slots = Slots(FairShare(1, most_waiting=9, most_bytes=1), kind="test", longest=SOON)
    running = slots.enter(Limits("m"), "ada", weight=1, size=0, room=Room(is_free=True))

    async def call() -> None:
        waiting = slots.enter(Limits("m"), "bob", weight=1, size=0, room=Room(is_free=True))
        await slots.wait(waiting, SOON * 2)

    assert await are_freed(call, errors.ModelBusy)
    slots.end(running, answered=True)


async def test_a_call_whose_wait_is_refused():
    slots = Slots(FairShare(1, most_waiting=9, most_bytes=1), kind="test", longest=timedelta(seconds=60))

    async def call() -> None:
        waiting = slots.enter(Limits("m"), "bob", weight=1, size=0, room=Room(is_free=False))
        asyncio.get_running_loop().call_soon(lambda: waiting.refuse and waiting.refuse(errors.ModelBusy("no")))
        await slots.wait(waiting, timedelta(seconds=60))

    assert await are_freed(call, errors.ModelBusy)


async def test_an_answer_that_waits_for_memory_and_is_refused():
    flight = BytesInFlight(16 * MB)
    flight.serve(Slots(FairShare(1, most_waiting=9, most_bytes=1), kind="test", longest=SOON))
    hold = flight.hold("ada")
    hold.add(4 * MB)
    moved = OperationBytes(hold, most=64 * MB, answer=MB)

    assert await are_freed(lambda: moved.write_later(2 * MB), errors.PayloadTooLarge)
    hold.close()
