"""Room for bytes: who gets it, who waits for it, who is refused."""

import asyncio
from datetime import timedelta

import pytest

import errors
from resolvers.byte_needs import SMALL_BYTES
from resolvers.bytes_in_flight import BytesInFlight

MB = 1024**2
# An eighth is for small requests, three are one caller's: 8, 56 in all, 24.
MOST = 64 * MB
LONG = timedelta(seconds=30)


@pytest.fixture
def flight():
    return BytesInFlight(MOST)


def test_a_caller_has_three_eighths(flight):
    first, second = flight.hold("ada"), flight.hold("ada")
    first.take(20 * MB, what="body")

    with pytest.raises(errors.ServiceUnavailable):
        second.take(4 * MB + 1, what="body")

    assert second.count == 0
    second.take(4 * MB, what="body")


def test_a_small_request_has_room_when_larger_ones_have_none(flight):
    for name, most in (("ada", 24), ("bob", 24), ("eve", 8)):
        flight.hold(name).take(most * MB, what="body")
    with pytest.raises(errors.ServiceUnavailable):
        flight.hold("eve").take(MB, what="body")

    small = flight.hold("ada")
    small.take(SMALL_BYTES, what="body")

    with pytest.raises(errors.ServiceUnavailable):
        small.take(1, what="body")


def test_the_room_for_small_requests_ends_too(flight):
    for number in range(MOST // SMALL_BYTES):
        flight.hold(str(number)).take(SMALL_BYTES, what="body")

    with pytest.raises(errors.ServiceUnavailable):
        flight.hold("ada").take(1, what="body")


async def test_a_call_waits_for_room_and_a_caller_with_a_full_share_does_not_block_others(flight):
    first, second, other = flight.hold("ada"), flight.hold("ada"), flight.hold("bob")
    first.take(20 * MB, what="body")

    waiting = asyncio.create_task(second.wait_for(10 * MB, LONG))
    await asyncio.sleep(0)
    await other.wait_for(10 * MB, LONG)

    assert not waiting.done()
    first.give(6 * MB)
    await waiting
    assert (first.count, second.count, other.count) == (14 * MB, 10 * MB, 10 * MB)


async def test_a_call_that_waits_too_long_is_refused_as_busy_and_holds_nothing(flight):
    first, second = flight.hold("ada"), flight.hold("ada")
    first.take(20 * MB, what="body")

    with pytest.raises(errors.ModelBusy, match=r"^Running calls use all the memory .* Try again in a second\.$"):
        await second.wait_for(10 * MB, timedelta(milliseconds=20))

    first.give(20 * MB)
    assert second.count == 0
    await second.wait_for(24 * MB, LONG)


async def test_a_call_cancelled_while_it_waits_holds_nothing(flight):
    first, second = flight.hold("ada"), flight.hold("ada")
    first.take(20 * MB, what="body")
    waiting = asyncio.create_task(second.wait_for(10 * MB, LONG))
    await asyncio.sleep(0)

    # In the same turn of the loop: room is given, and the one it is given to leaves.
    first.give(20 * MB)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert second.count == 0
    await first.wait_for(24 * MB, LONG)


def test_what_ends_after_its_request_gives_back_nothing_twice(flight):
    with flight.hold("ada") as hold:
        hold.take(20 * MB, what="body")
    hold.give(20 * MB)
    hold.be(5 * MB)

    flight.hold("ada").take(24 * MB, what="body")
    with pytest.raises(errors.ServiceUnavailable):
        flight.hold("ada").take(SMALL_BYTES + 1, what="body")
