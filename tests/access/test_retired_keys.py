"""Once a key is retired no process accepts what it has signed, whatever that process knew before."""

import asyncio
import os
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from tortoise import Tortoise

import errors
from access import key_changes, key_retirement, signing_keys
from access.credentials import Signer
from access.key_retirement import CannotRetire
from access.keyring import Keyring
from db.models.retired_keys import RetiredKey
from db.postgres import PostgresDown
from limits.charges import Charge, ModelCall
from limits.gate import Gate
from store import epoch
from tests.limits.people import inference, running, soon, store_of

ACCOUNT = Charge("account", (ModelCall(None, 1),))


@pytest.fixture
def file(tmp_path):
    """With a key that has leaked, and one that signs now."""
    file = tmp_path / "keys.json"
    signing_keys.create(file)
    key_changes.add(file, secret=False, begins_at=1)
    return file


@pytest.fixture
def leaked(file):
    return signing_keys.read(file).signing[0]


@pytest.fixture
def at_once(monkeypatch):
    """For what is not about the wait: every process hears of it by its next reading."""
    monkeypatch.setattr(epoch, "KNOWN_EVERYWHERE_AFTER", timedelta(0))


def signer_of(gate, file):
    return Signer(Keyring(file, gate.retired_keys).keys, issuer="i", audience="a")


@pytest.fixture
def signed(file, leaked):
    """What a key signs, by default the one that has leaked."""

    def sign(credential, key=leaked):
        session = replace(credential, scopes=frozenset())
        return Signer([key], issuer="i", audience="a").sign(session, session.expires_at - timedelta(hours=1))

    return sign


async def uses(processes, text, *, times):
    """How many of them ended how, in all processes at once."""
    ended: Counter[str] = Counter()

    async def use(gate, signer):
        try:
            await gate.admit(signer.verify(text), Charge("exempt"))
        except errors.GatehouseError as error:
            ended[error.code] += 1
        else:
            ended["ADMITTED"] += 1

    await asyncio.gather(*(use(gate, signer) for gate, signer in processes for _ in range(times)))
    return dict(ended)


async def test_nothing_that_it_signed_is_admitted_after_the_answer_and_the_rest_goes_on(limiter, file, leaked, signed):
    ada, bob = await limiter.session(), await limiter.session()
    async with running(limiter.settings) as other:
        both = [(gate, signer_of(gate, file)) for gate in (limiter.gate, other)]
        old, new = signed(ada), signed(bob, signing_keys.read(file).signing[1])
        for text in (old, new):
            assert await uses(both, text, times=20) == {"ADMITTED": 40}
        held = both[0][1].verify(old)
        started = time.monotonic()

        done = await key_retirement.retire(file, leaked.kid)

        assert time.monotonic() - started >= 2
        assert await uses(both, old, times=150) == {"UNAUTHENTICATED": 300}
        assert await uses(both, new, times=150) == {"ADMITTED": 300}
        # What was verified before, by processes that have verified it, is no better.
        for gate, _ in both:
            with pytest.raises(errors.Unauthenticated):
                await gate.admit(held, inference())
            assert (await limiter.state(ada.user_id))["minute"] == 0
    async with running(limiter.settings) as later:
        # With a file that still holds it, as another machine may have.
        signer = Signer([leaked], issuer="i", audience="a")
        assert await uses([(later, signer)], old, times=10) == {"UNAUTHENTICATED": 10}
    assert (done.sealed_again, done.still_in_file) == (0, None)
    assert leaked.kid not in {key.kid for key in signing_keys.read(file).signing}
    assert await RetiredKey.all().values_list("kid", flat=True) == [leaked.kid]


async def test_the_same_credential_signed_by_another_key_goes_on(limiter, file, leaked, signed, at_once):
    """An attacker with the key may sign a token that another user already has."""
    ada = await limiter.session()
    good, forged = signed(ada, signing_keys.read(file).signing[1]), signed(ada)
    process = [(limiter.gate, signer_of(limiter.gate, file))]

    await key_retirement.retire(file, leaked.kid)
    await limiter.store.epoch.read()

    assert await uses(process, forged, times=5) == {"UNAUTHENTICATED": 5}
    assert await uses(process, good, times=5) == {"ADMITTED": 5}
    assert await uses(process, forged, times=5) == {"UNAUTHENTICATED": 5}


@asynccontextmanager
async def standing_still(limiter):
    """A process that has just read the epoch, and reads nothing more by itself."""
    gate = Gate(limiter.settings)
    await gate.start()
    yield gate
    await gate.aclose()


async def test_a_process_that_stood_still_asks_before_it_admits(limiter, file, leaked, signed):
    ada = signer_of(limiter.gate, file).verify(signed(await limiter.session()))
    async with standing_still(limiter) as gate:
        await gate.admit(ada, Charge("exempt"))

        await key_retirement.retire(file, leaked.kid)

        with pytest.raises(errors.Unauthenticated):
            await gate.admit(ada, Charge("exempt"))


async def test_a_process_that_learns_of_it_while_it_asks_does_not_admit(limiter, file, leaked, signed, at_once):
    ada = signer_of(limiter.gate, file).verify(signed(await limiter.session()))
    async with standing_still(limiter) as gate:
        await key_retirement.retire(file, leaked.kid)

        # Its reading is young, and Redis knows nothing of ada yet: Postgres is asked about her, and about keys.
        with pytest.raises(errors.Unauthenticated):
            await gate.admit(ada, inference())

    assert (await limiter.state(ada.user_id))["minute"] == 0


async def refused(*_, **__):
    raise ConnectionRefusedError


async def test_a_process_that_meets_postgres_by_way_of_redis_knows_it(limiter, file, leaked, signed, at_once):
    before, ada = file.read_bytes(), await limiter.session()
    # So Redis knows her, and need not ask Postgres about her.
    await limiter.gate.admit(ada, Charge("exempt"))
    await key_retirement.retire(file, str(leaked.kid))
    # The file of another machine, or one that could not be written.
    file.write_bytes(before)
    gate = Gate(limiter.settings)
    # At the start it does not tell the epoch. When it is back, the look at Redis comes first.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncpg, "connect", refused)
        await store_of(gate).epoch.read()
    assert store_of(gate).epoch.is_fresh
    assert not store_of(gate).epoch.postgres_answers

    await store_of(gate).probe()

    held = signer_of(gate, file)
    for charge in (Charge("exempt"), inference()):
        with pytest.raises(errors.Unauthenticated):
            await gate.admit(held.verify(signed(ada)), charge)
    assert (await limiter.state(ada.user_id))["minute"] == 0
    await gate.aclose()


async def test_without_redis_postgres_says_it(limiter, file, leaked, signed, at_once):
    ada = signer_of(limiter.gate, file).verify(signed(await limiter.session()))
    limiter.server.pause()
    try:
        assert (await limiter.gate.admit(ada, ACCOUNT)).lease is None
        async with standing_still(limiter) as gate:
            await key_retirement.retire(file, leaked.kid)

            for process in (gate, limiter.gate):
                with pytest.raises(errors.Unauthenticated):
                    await process.admit(ada, ACCOUNT)
    finally:
        limiter.server.resume()

    async def serves():
        return limiter.store.up

    assert await soon(serves)


async def test_an_unknown_key_and_the_only_one_are_refused(limiter, file, leaked, at_once):
    before = file.read_bytes()
    (secret,) = [str(key.kid) for key in signing_keys.read(file).secret]
    for kid, reason in (
        ("nobody", "There is no key nobody in the file, and none was retired."),
        (secret, f"{secret} is the only key that encrypts. Add another first with `gatehouse keys new --secret FILE`"),
    ):
        with pytest.raises(CannotRetire, match=reason):
            await key_retirement.retire(file, kid)
    assert (file.read_bytes(), await RetiredKey.all().count()) == (before, 0)

    await key_retirement.retire(file, leaked.kid)

    (left,) = [str(key.kid) for key in signing_keys.read(file).signing]
    with pytest.raises(
        CannotRetire,
        match=f"{left} is the only key that signs credentials. Add another first with `gatehouse keys new FILE`",
    ):
        await key_retirement.retire(file, left)
    assert [key.kid for key in signing_keys.read(file).signing] == [left]
    assert await RetiredKey.all().count() == 1


async def test_of_two_who_retire_the_last_two_keys_at_once_one_is_refused(limiter, file, at_once):
    kids = [str(key.kid) for key in signing_keys.read(file).signing]

    ended = await asyncio.gather(*(key_retirement.retire(file, kid) for kid in kids), return_exceptions=True)

    assert sorted(type(one).__name__ for one in ended) == ["CannotRetire", "Retired"]
    assert len(signing_keys.read(file).signing) == 1


async def test_it_may_be_repeated(limiter, file, leaked, at_once):
    await key_retirement.retire(file, leaked.kid)
    (first,) = (await key_retirement.retired()).items()

    done = await key_retirement.retire(file, leaked.kid)

    assert done.still_in_file is None
    assert await key_retirement.retired() == dict([first])


async def test_an_unwritable_file_is_reported_and_the_key_is_retired_all_the_same(
    limiter, file, leaked, at_once, monkeypatch
):
    def refused(*_):
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(os, "open", refused)

    done = await key_retirement.retire(file, leaked.kid)

    assert done.still_in_file == "Read-only file system"
    assert await RetiredKey.all().count() == 1


async def test_where_postgres_does_not_have_it_nothing_is_claimed(limiter, file, leaked, at_once):
    before = file.read_bytes()
    await Tortoise.get_connection("default").execute_script("REVOKE ALL ON retired_keys FROM CURRENT_USER")
    try:
        with pytest.raises(PostgresDown):
            await key_retirement.retire(file, leaked.kid)
    finally:
        await Tortoise.get_connection("default").execute_script("GRANT ALL ON retired_keys TO CURRENT_USER")

    assert file.read_bytes() == before
    assert await RetiredKey.all().count() == 0
