"""Attempts are counted before they are checked."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

import errors
from access import partitions
from access.devices import LIFETIME, Devices
from access.guesses import Guesses

KEY = b"k" * 32
ADA = "ada@example.org"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def reserved(guesses, number, **of):
    answers = await asyncio.gather(*(guesses.reserve(**of) for _ in range(number)), return_exceptions=True)
    assert {type(answer).__name__ for answer in answers} <= {"Reservation", "TooManyAttempts"}
    return [answer for answer in answers if not isinstance(answer, Exception)], [
        answer for answer in answers if isinstance(answer, Exception)
    ]


async def test_of_two_hundred_at_once_ten_may_guess_at_an_account(home):
    guesses = Guesses(home.gate.store, KEY)

    answers = [
        await reserved(guesses, 20, network=f"203.0.113.{number}", account="ada@example.org") for number in range(10)
    ]

    assert sum(len(taken) for taken, _ in answers) == 10
    assert sum(len(refused) for _, refused in answers) == 190
    waits = [error.retry_after for _, refused in answers for error in refused]
    assert max(waits) <= timedelta(minutes=15, seconds=1)
    assert min(waits) > timedelta(minutes=14, seconds=55)


async def test_a_network_has_thirty_whatever_it_guesses_at(home):
    guesses = Guesses(home.gate.store, KEY)

    answers = await asyncio.gather(
        *(guesses.reserve(network="203.0.113.1", account=f"{number}@example.org") for number in range(200)),
        return_exceptions=True,
    )

    assert sum(not isinstance(answer, Exception) for answer in answers) == 30
    # Those that were refused have cost the accounts nothing.
    assert len(await home.redis.keys("{a*}:g:*")) == 30
    await guesses.reserve(network="203.0.113.2", account="199@example.org")


async def test_a_right_guess_gives_back_its_own_attempt_only(home):
    guesses = Guesses(home.gate.store, KEY)
    taken, _ = await reserved(guesses, 10, network="203.0.113.1", account="ada@example.org")

    await taken[0].give_back()
    again, refused = await reserved(guesses, 3, network="203.0.113.1", account="ada@example.org")

    assert (len(again), len(refused)) == (1, 2)
    network = partitions.guesses_of_network("203.0.113.1")[0]
    # Nine and one more, and two that the account refused: those stay spent.
    assert await home.redis.hget(network, "t") == b"12"


async def test_attempts_come_back_after_fifteen_minutes(home):
    guesses = Guesses(home.gate.store, KEY)
    await reserved(guesses, 10, network="203.0.113.1", account="ada@example.org")
    (hash_,) = await home.redis.keys("{a*}:g:*")
    order = hash_.replace(b":g:", b":go:")
    now = (await home.redis.time())[0]
    await home.redis.delete(hash_, order)
    await home.redis.rpush(order, now - 901, now - 895)
    await home.redis.hset(hash_, mapping={str(now - 901): 4, str(now - 895): 6, "t": 10})

    taken, refused = await reserved(guesses, 5, network="203.0.113.2", account="ada@example.org")

    assert (len(taken), len(refused)) == (4, 1)
    assert timedelta(seconds=4) <= refused[0].retry_after <= timedelta(seconds=6)


async def test_a_device_has_ten_of_its_own_while_the_account_is_locked(home):
    guesses, devices = Guesses(home.gate.store, KEY), Devices(KEY)
    await reserved(guesses, 11, network="203.0.113.1", account=ADA)
    one, other = (devices.recognise(devices.issue(ADA, at=NOW), ADA, at=NOW) for _ in range(2))

    taken, refused = await reserved(guesses, 12, network="203.0.113.2", account=ADA, device=one)

    assert (len(taken), len(refused)) == (10, 2)
    # Neither the account nor another device has gained or lost anything by it.
    assert [len(kind) for kind in await reserved(guesses, 1, network="203.0.113.3", account=ADA)] == [0, 1]
    assert [len(kind) for kind in await reserved(guesses, 11, network="203.0.113.4", account=ADA, device=other)] == [
        10,
        1,
    ]


async def test_a_device_guesses_within_its_network_too(home):
    guesses = Guesses(home.gate.store, KEY)
    for number in range(3):
        await reserved(guesses, 10, network="203.0.113.1", account=f"{number}@example.org")

    taken, refused = await reserved(guesses, 1, network="203.0.113.1", account=ADA, device="known")

    assert (len(taken), len(refused)) == (0, 1)


@pytest.mark.parametrize(
    "cookie",
    [
        lambda devices: Devices(b"l" * 32).issue(ADA, at=NOW),
        lambda devices: devices.issue(ADA, at=NOW - LIFETIME),
        lambda devices: devices.issue("eve@example.org", at=NOW),
        lambda devices: "forged",
    ],
    ids=["another key", "expired", "another address", "no cookie"],
)
async def test_a_cookie_that_is_not_recognised_counts_by_account(home, cookie):
    guesses, devices = Guesses(home.gate.store, KEY), Devices(KEY)
    await reserved(guesses, 10, network="203.0.113.1", account=ADA)

    device = devices.recognise(cookie(devices), ADA, at=NOW)
    taken, refused = await reserved(guesses, 1, network="203.0.113.2", account=ADA, device=device)

    assert (len(taken), len(refused)) == (0, 1)


async def test_a_network_has_a_hundred_codes_and_they_are_no_passwords(home):
    guesses = Guesses(home.gate.store, KEY)
    await reserved(guesses, 11, network="203.0.113.1", account=ADA)

    answers = await asyncio.gather(
        *(guesses.reserve_code(network="203.0.113.1") for _ in range(120)), return_exceptions=True
    )

    assert [type(answer) for answer in answers].count(errors.TooManyAttempts) == 20
    await guesses.reserve_code(network="203.0.113.2")
    taken, _ = await reserved(guesses, 30, network="203.0.113.1", account="eve@example.org")
    assert len(taken) == 10


def mails(guesses, number, *, network="203.0.113.1", address=ADA, per_network=7, per_address=3):
    return asyncio.gather(
        *(
            guesses.reserve_mail(network=network, per_network=per_network, address=address, per_address=per_address)
            for _ in range(number)
        ),
        return_exceptions=True,
    )


def refusals(answers):
    assert {type(answer).__name__ for answer in answers} <= {"Reservation", "TooManyAttempts"}
    return [answer for answer in answers if isinstance(answer, errors.TooManyAttempts)]


async def test_an_address_and_a_network_have_so_many_mails_in_an_hour(home):
    guesses = Guesses(home.gate.store, KEY)

    for_ada = refusals(await mails(guesses, 4))
    from_there = refusals(await mails(guesses, 4, address="eve@example.org"))

    # What the address refused was spent by the network all the same.
    assert (len(for_ada), len(from_there)) == (1, 1)
    assert timedelta(minutes=59, seconds=55) < for_ada[0].retry_after <= timedelta(hours=1, seconds=1)
    assert len(refusals(await mails(guesses, 1, network="203.0.113.2"))) == 1
    assert len(refusals(await mails(guesses, 3, network="203.0.113.2", address="bob@example.org"))) == 0
    assert len(refusals(await mails(guesses, 1, address="bob@example.org"))) == 1


async def test_mails_passwords_and_codes_are_counted_apart(home):
    guesses = Guesses(home.gate.store, KEY)

    assert len(refusals(await mails(guesses, 8))) == 5
    taken, _ = await reserved(guesses, 10, network="203.0.113.1", account=ADA)
    await guesses.reserve_code(network="203.0.113.1")

    assert len(taken) == 10
    assert len(refusals(await mails(guesses, 1, network="203.0.113.2", address="eve@example.org"))) == 0


@pytest.mark.parametrize("name", [f"mails {ADA}", "device known", f"attempts {ADA}"])
async def test_no_account_reads_like_something_else_that_is_counted(home, name):
    guesses = Guesses(home.gate.store, KEY)

    await reserved(guesses, 11, network="203.0.113.1", account=name)

    assert len(refusals(await mails(guesses, 1))) == 0
    for device in (None, "known"):
        taken, _ = await reserved(guesses, 1, network="203.0.113.2", account=ADA, device=device)
        assert len(taken) == 1


async def test_codes_and_mails_can_be_given_back(home):
    guesses = Guesses(home.gate.store, KEY)
    codes = [await guesses.reserve_code(network="203.0.113.1") for _ in range(100)]
    (mail,) = await mails(guesses, 1, per_network=1)
    with pytest.raises(errors.TooManyAttempts):
        await guesses.reserve_code(network="203.0.113.1")

    await codes[0].give_back()
    await mail.give_back()

    await guesses.reserve_code(network="203.0.113.1")
    assert len(refusals(await mails(guesses, 2, per_network=1))) == 1


async def test_redis_never_sees_an_address(home):
    await Guesses(home.gate.store, KEY).reserve(network="203.0.113.1", account="ada@example.org")

    assert not [key for key in await home.redis.keys("*") if b"ada" in key]


async def test_without_redis_nobody_may_guess(home):
    guesses = Guesses(home.gate.store, KEY)
    reservation = await guesses.reserve(network="203.0.113.1", account="ada@example.org")
    home.server.pause()
    try:
        begun = time.monotonic()
        with pytest.raises(errors.ServiceUnavailable):
            await guesses.reserve(network="203.0.113.1", account="ada@example.org")
        with pytest.raises(errors.ServiceUnavailable):
            await guesses.reserve_code(network="203.0.113.1")
        (refused,) = await mails(guesses, 1)
        assert isinstance(refused, errors.ServiceUnavailable)
        await reservation.give_back()
        assert time.monotonic() - begun < 0.5
    finally:
        home.server.resume()
