"""What a retired secret key had encrypted is encrypted again, and nothing of it is lost."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.transactions import in_transaction

from access import key_changes, key_retirement, signing_keys
from access.key_retirement import NotSealedAgain
from access.sealing import Sealer, sealed_with
from db import postgres
from db.models.retired_keys import RetiredKey
from db.models.second_factors import SecondFactor
from db.models.webhooks import WebhookSecret
from store import epoch
from tests.limits.people import soon


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "keys.json"
    signing_keys.create(file)
    return file


@pytest.fixture
def kid(file):
    """The only key that encrypts, until a test adds another."""
    (key,) = signing_keys.read(file).secret
    return str(key.kid)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(epoch, "KNOWN_EVERYWHERE_AFTER", timedelta(0))


def sealer(file, kid):
    """One that encrypts with this key."""
    return Sealer([key for key in signing_keys.read(file).secret if key.kid == kid])


async def sealed_by(user):
    return sealed_with((await SecondFactor.get(user_id=user.id)).sealed_secret)


async def opened(file, user):
    """By the keys that are left."""
    factor = await SecondFactor.get(user_id=user.id)
    return Sealer(signing_keys.read(file).secret).open(factor.sealed_secret, of="factor")


async def test_what_a_retired_key_had_encrypted_is_encrypted_again(limiter, file):
    old = Sealer(signing_keys.read(file).secret)
    (kid,) = (str(key.kid) for key in signing_keys.read(file).secret)
    new = key_changes.add(file, secret=True, begins_at=1)
    ada, eve, bob = [await limiter.user() for _ in range(3)]
    by_new = Sealer([key for key in signing_keys.read(file).secret if key.kid == new])
    await SecondFactor.create(user=ada, sealed_secret=old.seal(b"ada's", of="ada"), last_step=7)
    await SecondFactor.create(user=eve, sealed_secret=by_new.seal(b"eve's", of="eve"))
    eves = (await SecondFactor.get(user_id=eve.id)).sealed_secret
    async with in_transaction("default") as tx:
        # Somebody who has sealed with the old key, and has not committed yet.
        await SecondFactor.create(using_db=tx, user=bob, sealed_secret=old.seal(b"bob's", of="bob"))
        retiring = asyncio.create_task(key_retirement.retire(file, kid))
        await _until_noted()
        assert not (await asyncio.wait({retiring}, timeout=0.3))[0]

    done = await retiring

    assert (done.sealed_again, done.still_in_file) == (2, None)
    assert [key.kid for key in signing_keys.read(file).secret] == [new]
    left = Sealer(signing_keys.read(file).secret)
    for user, secret in ((ada, b"ada's"), (eve, b"eve's"), (bob, b"bob's")):
        factor = await SecondFactor.get(user_id=user.id)
        assert sealed_with(factor.sealed_secret) == new
        assert left.open(factor.sealed_secret, of=secret.decode()[:3]) == secret
    assert (await SecondFactor.get(user_id=eve.id)).sealed_secret == eves
    assert (await SecondFactor.get(user_id=ada.id)).last_step == 7


async def test_both_webhook_secrets_are_sealed_again(limiter, file, kid):
    old = Sealer(signing_keys.read(file).secret)
    new = key_changes.add(file, secret=True, begins_at=1)
    ada, bob = await limiter.user(), await limiter.user()
    for user, previous in ((ada, b"previous"), (bob, None)):
        await WebhookSecret.create(
            user=user,
            sealed_secret=old.seal(b"newest", of="one"),
            created_at=datetime.now(UTC),
            sealed_previous=previous and old.seal(previous, of="one"),
        )

    done = await key_retirement.retire(file, kid)

    assert (done.sealed_again, done.still_in_file) == (3, None)
    left = Sealer(signing_keys.read(file).secret)
    secret = await WebhookSecret.get(user_id=ada.id)
    assert [left.open(one, of="one") for one in (secret.sealed_secret, secret.sealed_previous or "")] == [
        b"newest",
        b"previous",
    ]
    assert {sealed_with(one) for one in (secret.sealed_secret, secret.sealed_previous or "")} == {new}
    assert (await WebhookSecret.get(user_id=bob.id)).sealed_previous is None


async def _until_noted():
    async def noted():
        # On a connection of its own: the test's transaction is open.
        return bool(await key_retirement.retired())

    assert await soon(noted)


async def test_a_secret_that_no_key_opens_keeps_no_key(limiter, file, caplog):
    (kid,) = (str(key.kid) for key in signing_keys.read(file).secret)
    sealed = Sealer(signing_keys.read(file).secret).seal(b"ada's", of="ada")
    key_changes.add(file, secret=True, begins_at=1)
    ada = await limiter.user()
    await SecondFactor.create(user=ada, sealed_secret=sealed[:-4] + "AAAA")

    done = await key_retirement.retire(file, kid)

    assert done.sealed_again == 0
    assert [text for text in caplog.messages if "cannot be opened" in text] == [
        f"The second factor of user {ada.id} cannot be opened: docs/decisions/0014-two-factor.md."
    ]
    assert (await SecondFactor.get(user_id=ada.id)).sealed_secret == sealed[:-4] + "AAAA"
    assert kid not in {key.kid for key in signing_keys.read(file).secret}


@pytest.mark.parametrize("is_added", ["before", "meanwhile"])
async def test_of_two_keys_that_are_retired_at_once_neither_takes_what_the_other_had(
    limiter, file, kid, is_added, monkeypatch
):
    second, third = key_changes.add(file, secret=True, begins_at=2), None
    if is_added == "before":
        # Not started: as long as the second was not retired, that one is taken.
        third = key_changes.add(file, secret=True, begins_at=2**32)
    ada, bob = await limiter.user(), await limiter.user()
    for user, by in ((ada, kid), (bob, second)):
        await SecondFactor.create(user=user, sealed_secret=sealer(file, by).seal(b"hers", of="factor"))
    waits, goes_on, ended = asyncio.Event(), asyncio.Event(), key_retirement.others_ended

    async def ended_late():
        # The first of the two commands stands still here.
        if not waits.is_set():
            waits.set()
            await goes_on.wait()
        return await ended()

    monkeypatch.setattr(key_retirement, "others_ended", ended_late)
    first = asyncio.create_task(key_retirement.retire(file, kid))
    await waits.wait()
    third = third or key_changes.add(file, secret=True, begins_at=2**32)
    before = file.read_bytes()

    await key_retirement.retire(file, second)
    # It could not be taken out of the file, and is later.
    file.write_bytes(before)
    goes_on.set()
    await first
    key_changes.remove(file, second)

    assert [key.kid for key in signing_keys.read(file).secret] == [third]
    assert [await opened(file, user) for user in (ada, bob)] == [b"hers", b"hers"]


async def test_a_lock_on_one_of_the_last_rows_delays_none_of_the_first(limiter, file, kid, monkeypatch):
    monkeypatch.setattr(key_retirement, "AT_ONCE", 2)
    users = sorted([await limiter.user() for _ in range(5)], key=lambda user: user.id)
    for user in users:
        await SecondFactor.create(user=user, sealed_secret=sealer(file, kid).seal(b"theirs", of="factor"))
    new, ended = key_changes.add(file, secret=True, begins_at=2), key_retirement.others_ended
    waits, goes_on = asyncio.Event(), asyncio.Event()

    async def ended_early():
        # Transactions that begin now are not waited for.
        result = await ended()
        waits.set()
        await goes_on.wait()
        return result

    monkeypatch.setattr(key_retirement, "others_ended", ended_early)
    retiring = asyncio.create_task(key_retirement.retire(file, kid))
    await waits.wait()
    async with in_transaction("default") as tx:
        await SecondFactor.filter(user_id=users[-1].id).using_db(tx).select_for_update()
        goes_on.set()

        async def first_are_sealed():
            # Not in this transaction.
            seen = [await postgres.run(sealed_by(user), within=timedelta(seconds=30)) for user in users]
            return seen == [new] * 4 + [kid]

        assert await soon(first_are_sealed)

    done = await retiring

    assert (done.sealed_again, [await sealed_by(user) for user in users]) == (5, [new] * 5)
    assert [await opened(file, user) for user in users] == [b"theirs"] * 5


async def test_an_open_transaction_is_reported_and_the_key_stays_in_the_file(limiter, file, kid, monkeypatch):
    monkeypatch.setattr(key_retirement, "OTHERS_WITHIN", timedelta(0))
    new = key_changes.add(file, secret=True, begins_at=1)
    ada, bob = await limiter.user(), await limiter.user()
    await SecondFactor.create(user=ada, sealed_secret=sealer(file, kid).seal(b"hers", of="factor"))
    async with in_transaction("default") as tx:
        await SecondFactor.create(using_db=tx, user=bob, sealed_secret=sealer(file, kid).seal(b"his", of="factor"))

        with pytest.raises(NotSealedAgain, match=rf"^{kid} is retired: .+ open for 0 s\. Run the command again"):
            await key_retirement.retire(file, kid)

    assert [key.kid for key in signing_keys.read(file).secret] == [kid, new]
    assert await RetiredKey.all().values_list("kid", flat=True) == [kid]
    assert await sealed_by(ada) == kid
    monkeypatch.setattr(key_retirement, "OTHERS_WITHIN", timedelta(seconds=5))

    assert (await key_retirement.retire(file, kid)).sealed_again == 2

    assert [await opened(file, user) for user in (ada, bob)] == [b"hers", b"his"]
