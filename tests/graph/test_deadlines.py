"""A deadline that is moved, reached, cleared and closed."""

import asyncio

from graph.http.deadlines import Deadline

SOON, LATER = 0.02, 0.1


def deadline():
    """With an event for the moment when it is reached."""
    reached = asyncio.Event()
    return Deadline(asyncio.get_running_loop(), reached.set), reached


async def has_come(event):
    async with asyncio.timeout(30):
        await event.wait()


async def test_it_is_reached_and_may_be_set_again():
    one, reached = deadline()

    for _ in range(2):
        one.set(SOON)
        await has_come(reached)
        reached.clear()


async def test_it_may_be_moved_forwards_and_backwards():
    loop = asyncio.get_running_loop()
    one, reached = deadline()

    started = loop.time()
    one.set(SOON)
    one.set(LATER)
    await has_come(reached)
    assert loop.time() >= started + LATER

    reached.clear()
    one.set(3600)
    one.set(SOON)
    await has_come(reached)


async def test_what_is_cleared_or_closed_is_not_reached():
    (cleared, of_cleared), (closed, of_closed), (other, of_other) = deadline(), deadline(), deadline()

    cleared.set(SOON)
    cleared.clear()
    closed.set(SOON)
    closed.close()
    other.set(LATER)
    await has_come(of_other)

    assert not of_cleared.is_set()
    assert not of_closed.is_set()


async def test_one_that_was_cleared_may_be_set_again():
    one, reached = deadline()

    one.set(SOON)
    one.clear()
    await asyncio.sleep(LATER)  # its timer fires, and finds nothing to do
    one.set(SOON)

    await has_come(reached)
