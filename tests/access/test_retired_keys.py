"""Once a key is retired no process accepts what it has signed, whatever that process knew before."""

import asyncio
import os
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise import Tortoise

import errors
from access import epoch, key_changes, retirement, signing_keys
from access.charges import Call, Charge
from access.credentials import Signer
from access.gate import Gate
from access.keyring import Keyring
from access.records import PostgresDown
from access.retirement import CannotRetire
from db.models.retired_keys import RetiredKey
from tests.access.people import inference, running, soon

ACCOUNT = Charge("account", (Call(None, 1),))


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
    return Signer(Keyring(file, gate.store.epoch.retired_keys).keys, issuer="i", audience="a")


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


async def test_nothing_that_it_signed_is_admitted_after_the_answer_and_the_rest_goes_on(home, file, leaked, signed):
    ada, bob = await home.session(), await home.session()
    async with running(home.settings) as other:
        both = [(gate, signer_of(gate, file)) for gate in (home.gate, other)]
        old, new = signed(ada), signed(bob, signing_keys.read(file).signing[1])
        for text in (old, new):
            assert await uses(both, text, times=20) == {"ADMITTED": 40}
        held = both[0][1].verify(old)
        begun = time.monotonic()

        done = await retirement.retire(file, leaked.kid)

        assert time.monotonic() - begun >= 2
        assert await uses(both, old, times=150) == {"UNAUTHENTICATED": 300}
        assert await uses(both, new, times=150) == {"ADMITTED": 300}
        # What was verified before, by processes that have verified it, is no better.
        for gate, _ in both:
            with pytest.raises(errors.Unauthenticated):
                await gate.admit(held, inference())
            assert (await home.state(ada.user_id))["minute"] == 0
    async with running(home.settings) as later:
        # With a file that still holds it, as another machine may have.
        signer = Signer([leaked], issuer="i", audience="a")
        assert await uses([(later, signer)], old, times=10) == {"UNAUTHENTICATED": 10}
    assert (done.sealed_again, done.still_in_file) == (0, None)
    assert leaked.kid not in {key.kid for key in signing_keys.read(file).signing}
    assert await RetiredKey.all().values_list("kid", flat=True) == [leaked.kid]


async def test_the_same_credential_signed_by_another_key_goes_on(home, file, leaked, signed, at_once):
    """Whoever has the key may sign what somebody else has already."""
    ada = await home.session()
    good, forged = signed(ada, signing_keys.read(file).signing[1]), signed(ada)
    process = [(home.gate, signer_of(home.gate, file))]

    await retirement.retire(file, leaked.kid)
    await home.gate.store.epoch.read()

    assert await uses(process, forged, times=5) == {"UNAUTHENTICATED": 5}
    assert await uses(process, good, times=5) == {"ADMITTED": 5}
    assert await uses(process, forged, times=5) == {"UNAUTHENTICATED": 5}


@asynccontextmanager
async def standing_still(home):
    """A process that has just read the epoch, and reads nothing more by itself."""
    gate = Gate(home.settings)
    await gate.start()
    yield gate
    await gate.aclose()


async def test_a_process_that_stood_still_asks_before_it_admits(home, file, leaked, signed):
    ada = signer_of(home.gate, file).verify(signed(await home.session()))
    async with standing_still(home) as gate:
        await gate.admit(ada, Charge("exempt"))

        await retirement.retire(file, leaked.kid)

        with pytest.raises(errors.Unauthenticated):
            await gate.admit(ada, Charge("exempt"))


async def test_a_process_that_learns_of_it_while_it_asks_does_not_admit(home, file, leaked, signed, at_once):
    ada = signer_of(home.gate, file).verify(signed(await home.session()))
    async with standing_still(home) as gate:
        await retirement.retire(file, leaked.kid)

        # Its reading is young, and Redis knows nothing of ada yet: Postgres is asked about her, and about keys.
        with pytest.raises(errors.Unauthenticated):
            await gate.admit(ada, inference())

    assert (await home.state(ada.user_id))["minute"] == 0


async def test_a_process_that_meets_postgres_by_way_of_redis_knows_it(home, file, leaked, signed, at_once):
    before, ada = file.read_bytes(), await home.session()
    # So Redis knows her, and need not ask Postgres about her.
    await home.gate.admit(ada, Charge("exempt"))
    await retirement.retire(file, str(leaked.kid))
    # The file of another machine, or one that could not be written.
    file.write_bytes(before)
    gate = Gate(home.settings)
    # At the start it does not tell the epoch. When it is back, the look at Redis comes first.
    gate.store.epoch._note_failure(time.monotonic(), OSError("refused"))

    await gate.store.probe()

    held = signer_of(gate, file)
    for charge in (Charge("exempt"), inference()):
        with pytest.raises(errors.Unauthenticated):
            await gate.admit(held.verify(signed(ada)), charge)
    assert (await home.state(ada.user_id))["minute"] == 0
    await gate.aclose()


async def test_without_redis_postgres_says_it(home, file, leaked, signed, at_once):
    ada = signer_of(home.gate, file).verify(signed(await home.session()))
    home.server.pause()
    try:
        assert (await home.gate.admit(ada, ACCOUNT)).lease is None
        async with standing_still(home) as gate:
            await retirement.retire(file, leaked.kid)

            for process in (gate, home.gate):
                with pytest.raises(errors.Unauthenticated):
                    await process.admit(ada, ACCOUNT)
    finally:
        home.server.resume()

    async def serves():
        return home.gate.store.up

    assert await soon(serves)


async def test_an_unknown_key_and_the_only_one_are_refused(home, file, leaked, at_once):
    before = file.read_bytes()
    (secret,) = [str(key.kid) for key in signing_keys.read(file).secret]
    for kid, reason in (
        ("nobody", "There is no key nobody in the file, and none was retired."),
        (secret, f"{secret} is the only key that encrypts; `gatehouse keys new --secret FILE` adds another"),
    ):
        with pytest.raises(CannotRetire, match=reason):
            await retirement.retire(file, kid)
    assert (file.read_bytes(), await RetiredKey.all().count()) == (before, 0)

    await retirement.retire(file, leaked.kid)

    (left,) = [str(key.kid) for key in signing_keys.read(file).signing]
    with pytest.raises(CannotRetire, match=f"{left} is the only key that signs credentials; `gatehouse keys new FILE`"):
        await retirement.retire(file, left)
    assert [key.kid for key in signing_keys.read(file).signing] == [left]
    assert await RetiredKey.all().count() == 1


async def test_of_two_who_retire_the_last_two_keys_at_once_one_is_refused(home, file, at_once):
    kids = [str(key.kid) for key in signing_keys.read(file).signing]

    ended = await asyncio.gather(*(retirement.retire(file, kid) for kid in kids), return_exceptions=True)

    assert sorted(type(one).__name__ for one in ended) == ["CannotRetire", "Retired"]
    assert len(signing_keys.read(file).signing) == 1


async def test_it_may_be_repeated(home, file, leaked, at_once):
    await retirement.retire(file, leaked.kid)
    (first,) = (await retirement.retired()).items()

    done = await retirement.retire(file, leaked.kid)

    assert done.still_in_file is None
    assert await retirement.retired() == dict([first])


async def test_a_file_that_cannot_be_written_is_told_and_the_key_is_retired_all_the_same(
    home, file, leaked, at_once, monkeypatch
):
    def refused(*_):
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(os, "open", refused)

    done = await retirement.retire(file, leaked.kid)

    assert done.still_in_file == "Read-only file system"
    assert await RetiredKey.all().count() == 1


async def test_where_postgres_does_not_have_it_nothing_is_claimed(home, file, leaked, at_once):
    before = file.read_bytes()
    await Tortoise.get_connection("default").execute_script("REVOKE ALL ON retired_keys FROM CURRENT_USER")
    try:
        with pytest.raises(PostgresDown):
            await retirement.retire(file, leaked.kid)
    finally:
        await Tortoise.get_connection("default").execute_script("GRANT ALL ON retired_keys TO CURRENT_USER")

    assert file.read_bytes() == before
    assert await RetiredKey.all().count() == 0
