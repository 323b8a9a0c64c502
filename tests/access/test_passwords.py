import asyncio
import time

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

import errors
from access.passwords import Hasher, Verified
from tests.hashing import QUICK, Hold
from tests.mails import until

# Digests are computed at a low priority, so a busy machine takes its time.
pytestmark = pytest.mark.timeout(600)
PASSWORD = "correct horse battery"  # noqa: S105 - a test's own


@pytest.fixture
def hasher():
    made = Hasher(4)
    yield made
    made.close()


@pytest.fixture
def quick():
    """For tests of what is hashed, and not of the work it takes."""
    made = Hasher(4, **QUICK)
    yield made
    made.close()


async def test_a_password_is_verified_by_its_digest(hasher):
    digest = await hasher.hash(PASSWORD)

    assert digest.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert await hasher.verify(PASSWORD, digest) == Verified(True)
    assert await hasher.verify(PASSWORD + "!", digest) == Verified(False)
    assert await hasher.hash(PASSWORD) != digest


async def test_one_letter_in_two_ways_is_one_password(quick):
    digest = await quick.hash("Zürich am See 2026")

    assert await quick.verify("Zu\u0308rich am See 2026", digest) == Verified(True)


async def test_without_a_digest_no_password_is_right_and_the_check_costs_the_same():
    # A tenth of the work that a service does: still a hundred times what comes beside it.
    hasher = Hasher(4, passes=1, memory_kib=16 * 1024)
    assert await hasher.verify(PASSWORD, None) == Verified(False)
    assert await hasher.verify("", None) == Verified(False)
    assert hasher.computed == 2

    digest = await hasher.hash(PASSWORD)
    known, unknown = [await seconds(hasher.verify("wrong", which)) for which in (digest, None)]
    assert 0.3 < known / unknown < 3
    hasher.close()


async def seconds(work):
    """Of the processor, in all threads of this process: other processes do not change them."""
    started = time.process_time()
    await work
    return time.process_time() - started


async def test_a_digest_made_with_less_work_is_renewed_when_it_is_right():
    hasher = Hasher(4, passes=2, memory_kib=1024)
    old = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1)]).hash(PASSWORD)

    right, wrong = await hasher.verify(PASSWORD, old), await hasher.verify("wrong", old)

    assert (right.ok, wrong) == (True, Verified(False))
    assert right.new_digest is not None
    assert await hasher.verify(PASSWORD, right.new_digest) == Verified(True)
    hasher.close()


async def test_more_than_256_characters_are_never_right(quick):
    digest = await quick.hash("a" * 256)

    assert await quick.verify("a" * 256, digest) == Verified(True)
    assert await quick.verify("a" * 257, digest) == Verified(False)


async def test_half_a_surrogate_pair_is_wrong_and_no_failure(quick):
    assert await quick.verify("\ud800", await quick.hash(PASSWORD)) == Verified(False)


async def test_without_a_free_slot_nothing_is_hashed(monkeypatch):
    hold = Hold(monkeypatch)
    hasher = await hold.hasher(4)
    before = hasher.computed
    hold.close()
    asked = [asyncio.create_task(hasher.hash(PASSWORD)) for _ in range(10)]
    await until(lambda: sum(one.done() for one in asked) == 6)
    hold.open()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, errors.ServiceUnavailable)]
    assert (len(refused), hasher.computed - before) == (6, 4)
    made = next(answer for answer in answers if isinstance(answer, str))
    assert await hasher.verify(PASSWORD, made) == Verified(True)
    hasher.close()


async def test_a_cancelled_hash_keeps_its_slot_until_the_thread_is_done(monkeypatch):
    hold = Hold(monkeypatch)
    hasher = await hold.hasher(1)
    hold.close()
    running = asyncio.create_task(hasher.hash(PASSWORD))
    # Work that still waits for the thread would end with its caller.
    await until(hold.begun.is_set)
    running.cancel()
    await asyncio.wait({running})

    with pytest.raises(errors.ServiceUnavailable):
        await hasher.hash(PASSWORD)

    hold.open()
    await until(lambda: has_room(hasher))
    assert await hasher.hash(PASSWORD)
    hasher.close()


def has_room(hasher):
    try:
        hasher.check_room()
    except errors.ServiceUnavailable:
        return False
    return True


async def test_the_event_loop_is_free_while_a_password_is_hashed(hasher):
    turns, hashing = 0, asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(4)))
    while not hashing.done():
        await asyncio.sleep(0.001)
        turns += 1

    # If a hash held the loop, there would be a turn or two for each.
    assert turns > 20


async def test_the_check_for_a_free_slot_takes_none(monkeypatch):
    hold = Hold(monkeypatch)
    narrow = await hold.hasher(1)
    before = narrow.computed
    narrow.check_room()
    hold.close()
    running = asyncio.create_task(narrow.hash(PASSWORD))
    await until(hold.begun.is_set)

    with pytest.raises(errors.ServiceUnavailable):
        narrow.check_room()

    hold.open()
    await running
    narrow.check_room()
    assert narrow.computed == before + 1
    narrow.close()
