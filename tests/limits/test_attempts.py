"""Attempts are counted before they are checked."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

import errors
from access.devices import Devices
from limits import partitions
from tests.loop_time import LoopTime

KEY = b"k" * 32
ADA = "ada@example.org"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def reserved(attempts, number, **of):
    answers = await asyncio.gather(*(attempts.reserve(**of) for _ in range(number)), return_exceptions=True)
    assert {type(answer).__name__ for answer in answers} <= {"Reservation", "TooManyAttempts"}
    return [answer for answer in answers if not isinstance(answer, Exception)], [
        answer for answer in answers if isinstance(answer, Exception)
    ]


async def test_of_two_hundred_attempts_at_once_ten_reach_an_account(limiter):
    attempts = limiter.gate.attempts(KEY)

    answers = [
        await reserved(attempts, 20, network=f"203.0.113.{number}", account="ada@example.org") for number in range(10)
    ]

    assert sum(len(taken) for taken, _ in answers) == 10
    assert sum(len(refused) for _, refused in answers) == 190
    waits = [error.retry_after for _, refused in answers for error in refused]
    assert max(waits) <= timedelta(minutes=15, seconds=1)
    assert min(waits) > timedelta(minutes=14, seconds=55)


async def test_a_network_has_thirty_attempts_over_all_accounts(limiter):
    attempts = limiter.gate.attempts(KEY)

    answers = await asyncio.gather(
        *(attempts.reserve(network="203.0.113.1", account=f"{number}@example.org") for number in range(200)),
        return_exceptions=True,
    )

    assert sum(not isinstance(answer, Exception) for answer in answers) == 30
    # The refused attempts were not counted at the accounts.
    assert len(await limiter.keys("{a*}:g:*")) == 30
    await attempts.reserve(network="203.0.113.2", account="199@example.org")


async def test_a_correct_attempt_gives_back_only_itself(limiter):
    attempts = limiter.gate.attempts(KEY)
    taken, _ = await reserved(attempts, 10, network="203.0.113.1", account="ada@example.org")

    await taken[0].give_back()
    again, refused = await reserved(attempts, 3, network="203.0.113.1", account="ada@example.org")

    assert (len(again), len(refused)) == (1, 2)
    network = partitions.attempts_of_network("203.0.113.1")[0]
    # Nine and one more, and two that the account refused: those two stay counted.
    assert await limiter.redis.hget(network, "t") == b"12"


async def test_attempts_come_back_after_fifteen_minutes(limiter):
    attempts = limiter.gate.attempts(KEY)
    await reserved(attempts, 10, network="203.0.113.1", account="ada@example.org")
    (hash_,) = await limiter.keys("{a*}:g:*")
    order = hash_.replace(b":g:", b":go:")
    now = (await limiter.redis.time())[0]
    await limiter.redis.delete(hash_, order)
    await limiter.redis.rpush(order, now - 901, now - 895)
    await limiter.redis.hset(hash_, mapping={str(now - 901): 4, str(now - 895): 6, "t": 10})

    taken, refused = await reserved(attempts, 5, network="203.0.113.2", account="ada@example.org")

    assert (len(taken), len(refused)) == (4, 1)
    assert timedelta(seconds=4) <= refused[0].retry_after <= timedelta(seconds=6)


async def test_a_device_has_ten_separate_attempts_while_the_account_is_locked(limiter):
    attempts, devices = limiter.gate.attempts(KEY), Devices(KEY)
    await reserved(attempts, 11, network="203.0.113.1", account=ADA)
    one, other = (devices.recognise(devices.issue(ADA, at=NOW), ADA, at=NOW) for _ in range(2))

    taken, refused = await reserved(attempts, 12, network="203.0.113.2", account=ADA, device=one)

    assert (len(taken), len(refused)) == (10, 2)
    # The counts of the account and of another device have not changed.
    assert [len(kind) for kind in await reserved(attempts, 1, network="203.0.113.3", account=ADA)] == [0, 1]
    assert [len(kind) for kind in await reserved(attempts, 11, network="203.0.113.4", account=ADA, device=other)] == [
        10,
        1,
    ]


async def test_attempts_of_a_device_count_for_its_network_too(limiter):
    attempts = limiter.gate.attempts(KEY)
    for number in range(3):
        await reserved(attempts, 10, network="203.0.113.1", account=f"{number}@example.org")

    taken, refused = await reserved(attempts, 1, network="203.0.113.1", account=ADA, device="known")

    assert (len(taken), len(refused)) == (0, 1)


@pytest.mark.parametrize(
    "cookie",
    [
        lambda devices: Devices(b"l" * 32).issue(ADA, at=NOW),
        lambda devices: devices.issue(ADA, at=NOW - Devices.lifetime),
        lambda devices: devices.issue("eve@example.org", at=NOW),
        lambda devices: "forged",
    ],
    ids=["another key", "expired", "another address", "no cookie"],
)
async def test_a_cookie_that_is_not_recognised_counts_by_account(limiter, cookie):
    attempts, devices = limiter.gate.attempts(KEY), Devices(KEY)
    await reserved(attempts, 10, network="203.0.113.1", account=ADA)

    device = devices.recognise(cookie(devices), ADA, at=NOW)
    taken, refused = await reserved(attempts, 1, network="203.0.113.2", account=ADA, device=device)

    assert (len(taken), len(refused)) == (0, 1)


async def test_a_network_has_a_hundred_attempts_at_codes_apart_from_passwords(limiter):
    attempts = limiter.gate.attempts(KEY)
    await reserved(attempts, 11, network="203.0.113.1", account=ADA)

    answers = await asyncio.gather(
        *(attempts.reserve_code(network="203.0.113.1") for _ in range(120)), return_exceptions=True
    )

    assert [type(answer) for answer in answers].count(errors.TooManyAttempts) == 20
    await attempts.reserve_code(network="203.0.113.2")
    taken, _ = await reserved(attempts, 30, network="203.0.113.1", account="eve@example.org")
    assert len(taken) == 10


def mails(attempts, number, *, network="203.0.113.1", address=ADA, per_network=7, per_address=3):
    return asyncio.gather(
        *(
            attempts.reserve_mail(network=network, per_network=per_network, address=address, per_address=per_address)
            for _ in range(number)
        ),
        return_exceptions=True,
    )


def refusals(answers):
    assert {type(answer).__name__ for answer in answers} <= {"Reservation", "TooManyAttempts"}
    return [answer for answer in answers if isinstance(answer, errors.TooManyAttempts)]


async def test_mails_in_an_hour_are_limited_by_address_and_by_network(limiter):
    attempts = limiter.gate.attempts(KEY)

    for_ada = refusals(await mails(attempts, 4))
    from_there = refusals(await mails(attempts, 4, address="eve@example.org"))

    # The email that the address refused still counts for the network.
    assert (len(for_ada), len(from_there)) == (1, 1)
    assert timedelta(minutes=59, seconds=55) < for_ada[0].retry_after <= timedelta(hours=1, seconds=1)
    assert len(refusals(await mails(attempts, 1, network="203.0.113.2"))) == 1
    assert len(refusals(await mails(attempts, 3, network="203.0.113.2", address="bob@example.org"))) == 0
    assert len(refusals(await mails(attempts, 1, address="bob@example.org"))) == 1


async def test_mails_passwords_and_codes_are_counted_apart(limiter):
    attempts = limiter.gate.attempts(KEY)

    assert len(refusals(await mails(attempts, 8))) == 5
    taken, _ = await reserved(attempts, 10, network="203.0.113.1", account=ADA)
    await attempts.reserve_code(network="203.0.113.1")

    assert len(taken) == 10
    assert len(refusals(await mails(attempts, 1, network="203.0.113.2", address="eve@example.org"))) == 0


@pytest.mark.parametrize("name", [f"mails {ADA}", "device known", f"attempts {ADA}"])
async def test_no_account_name_collides_with_another_counter(limiter, name):
    attempts = limiter.gate.attempts(KEY)

    await reserved(attempts, 11, network="203.0.113.1", account=name)

    assert len(refusals(await mails(attempts, 1))) == 0
    for device in (None, "known"):
        taken, _ = await reserved(attempts, 1, network="203.0.113.2", account=ADA, device=device)
        assert len(taken) == 1


async def test_codes_and_mails_can_be_given_back(limiter):
    attempts = limiter.gate.attempts(KEY)
    codes = [await attempts.reserve_code(network="203.0.113.1") for _ in range(100)]
    (mail,) = await mails(attempts, 1, per_network=1)
    with pytest.raises(errors.TooManyAttempts):
        await attempts.reserve_code(network="203.0.113.1")

    await codes[0].give_back()
    await mail.give_back()

    await attempts.reserve_code(network="203.0.113.1")
    assert len(refusals(await mails(attempts, 2, per_network=1))) == 1


async def test_redis_never_sees_an_address(limiter):
    await limiter.gate.attempts(KEY).reserve(network="203.0.113.1", account="ada@example.org")

    keys = await limiter.keys("*")
    assert keys
    assert [key for key in keys if b"ada" in key] == []


async def test_without_redis_every_attempt_is_refused(limiter):
    attempts = limiter.gate.attempts(KEY)
    reservation = await attempts.reserve(network="203.0.113.1", account="ada@example.org")
    limiter.server.pause()
    try:
        async with LoopTime() as passed:
            with pytest.raises(errors.ServiceUnavailable):
                await attempts.reserve(network="203.0.113.1", account="ada@example.org")
            with pytest.raises(errors.ServiceUnavailable):
                await attempts.reserve_code(network="203.0.113.1")
            (refused,) = await mails(attempts, 1)
            await reservation.give_back()
    finally:
        limiter.server.resume()

    assert isinstance(refused, errors.ServiceUnavailable)
    # Four questions, and in doubt Redis is asked a second time.
    assert passed.seconds < 1
