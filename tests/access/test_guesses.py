"""Attempts are counted before they are checked."""

import asyncio
import time
from datetime import timedelta

import pytest

import errors
from access import partitions
from access.guesses import Guesses

KEY = b"k" * 32


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
        await reservation.give_back()
        assert time.monotonic() - begun < 0.5
    finally:
        home.server.resume()
