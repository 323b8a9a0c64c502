"""Large buffers: their memory is used again, and given back."""

import asyncio

import pytest

from buffers import Buffers
from tests.mails import until

MB = 1024**2


async def test_memory_is_used_again_when_the_last_view_has_ended():
    buffers = Buffers()
    first = buffers.take(3 * MB)
    first[:5] = b"first"
    part = first[:5].toreadonly()
    del first
    second = buffers.take(3 * MB)

    assert bytes(part) == b"first"
    assert bytes(second[:5]) == bytes(5)  # other memory, as a part of the first is in use
    del part
    third = buffers.take(2 * MB + 1)
    assert bytes(third[:5]) == b"first"
    assert (len(second), len(third)) == (3 * MB, 2 * MB + 1)


async def test_a_much_larger_buffer_is_not_used_for_a_small_one():
    buffers = Buffers()
    large = buffers.take(40 * MB)
    large[0] = 1
    del large

    assert buffers.take(MB)[0] == 0
    assert buffers.take(20 * MB)[0] == 1


async def test_what_is_not_used_is_given_back():
    buffers = Buffers()
    held = buffers.take(MB)
    del held
    held = buffers.take(MB)
    assert buffers.kept_bytes == MB

    del held
    await until(lambda: buffers.kept_bytes == 0)


async def test_memory_is_kept_up_to_a_limit():
    buffers = Buffers()
    held = [buffers.take(30 * MB) for _ in range(3)]
    held.clear()
    held.append(buffers.take(30 * MB))

    assert buffers.kept_bytes == 30 * MB


@pytest.mark.parametrize("size", [0, 1, 1000])
async def test_small_buffers_are_new(size: int):
    buffers = Buffers()
    held = buffers.take(size)
    held[:] = b"x" * size
    del held

    assert bytes(buffers.take(size)) == bytes(size)
    assert buffers.kept_bytes == 0


async def test_a_buffer_may_end_in_another_thread():
    buffers = Buffers()
    held = [buffers.take(MB)]
    held[0][0] = 7
    await asyncio.to_thread(held.clear)

    assert buffers.take(MB)[0] == 7
