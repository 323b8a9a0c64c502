import asyncio
import time

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

import errors
from access.passwords import Hasher, Verified

PASSWORD = "correct horse battery"  # noqa: S105 - a test's own


@pytest.fixture
def hasher():
    made = Hasher(4)
    yield made
    made.close()


async def test_a_password_is_verified_by_its_digest(hasher):
    digest = await hasher.hash(PASSWORD)

    assert digest.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert await hasher.verify(PASSWORD, digest) == Verified(True)
    assert await hasher.verify(PASSWORD + "!", digest) == Verified(False)
    assert await hasher.hash(PASSWORD) != digest


async def test_one_letter_in_two_ways_is_one_password(hasher):
    digest = await hasher.hash("Zürich am See 2026")

    assert await hasher.verify("Zu\u0308rich am See 2026", digest) == Verified(True)


async def test_nobodys_password_is_never_right_and_costs_the_same(hasher):
    assert await hasher.verify(PASSWORD, None) == Verified(False)
    assert await hasher.verify("", None) == Verified(False)
    assert hasher.computed == 2

    digest = await hasher.hash(PASSWORD)
    known, unknown = [await seconds(hasher.verify("wrong", which)) for which in (digest, None)]
    assert 0.3 < known / unknown < 3


async def seconds(work):
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


async def test_a_digest_made_with_less_work_is_renewed_when_it_is_right(hasher):
    old = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1)]).hash(PASSWORD)

    right, wrong = await hasher.verify(PASSWORD, old), await hasher.verify("wrong", old)

    assert (right.ok, wrong) == (True, Verified(False))
    assert right.new_digest is not None
    assert await hasher.verify(PASSWORD, right.new_digest) == Verified(True)


async def test_more_than_256_characters_are_never_right(hasher):
    digest = await hasher.hash("a" * 256)

    assert await hasher.verify("a" * 256, digest) == Verified(True)
    assert await hasher.verify("a" * 257, digest) == Verified(False)


async def test_half_a_surrogate_pair_is_wrong_and_no_failure(hasher):
    assert await hasher.verify("\ud800", await hasher.hash(PASSWORD)) == Verified(False)


async def test_beyond_the_places_nothing_is_computed(hasher):
    answers = await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(10)), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, errors.ServiceUnavailable)]
    assert (len(refused), hasher.computed) == (6, 4)
    assert await hasher.verify(PASSWORD, answers[0]) == Verified(True)


async def test_who_leaves_keeps_the_place_until_the_thread_is_done():
    hasher = Hasher(1)
    running = asyncio.create_task(hasher.hash(PASSWORD))
    await asyncio.sleep(0.02)
    running.cancel()

    with pytest.raises(errors.ServiceUnavailable):
        await hasher.hash(PASSWORD)

    hasher._threads.shutdown(wait=True)
    assert hasher._places.acquire(blocking=False)


async def test_the_event_loop_goes_on_meanwhile(hasher):
    longest, last = 0.0, time.perf_counter()
    hashing = asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(4)))
    while not hashing.done():
        await asyncio.sleep(0.001)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()

    assert longest < 0.1


async def test_whether_there_is_room_takes_no_place():
    narrow = Hasher(1)
    narrow.check_room()
    running = asyncio.create_task(narrow.hash(PASSWORD))
    await asyncio.sleep(0)

    with pytest.raises(errors.ServiceUnavailable):
        narrow.check_room()

    await running
    narrow.check_room()
    assert narrow.computed == 1
    narrow.close()
