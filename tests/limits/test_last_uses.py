"""When and from where a credential was last used."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.transactions import in_transaction

import errors
from access.credentials import Kind
from db.models.api_tokens import ApiToken
from db.models.sessions import Session
from db.postgres import PostgresDown
from limits import last_uses
from limits.charges import Charge, ModelCall
from limits.last_uses import LastUses
from resolvers import limits
from tests.limits.people import inference, last_uses_of, running, soon
from tests.loop_time import LoopTime
from tests.resolvers.conftest import caller

ACCOUNT = Charge("account", (ModelCall(None, 1),))
HERE, THERE = "192.0.2.7", "2001:db8::7"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def now():
    """Later than any use that the fixtures make. Read when the test starts: tests may run long after collection."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)


@pytest.fixture
def process(limiter):
    """Makes the last uses of one process. The test chooses the times, and when they are written."""
    return lambda: LastUses(limiter.store.epoch)


async def last_use(credential):
    table = Session if credential.kind is Kind.SESSION else ApiToken
    return (await table.get(id=credential.id)).last_used_at


async def last_address(token):
    return (await ApiToken.get(id=token.id)).last_used_ip_address


@pytest.mark.parametrize("charge", [inference(), ACCOUNT, Charge("exempt")], ids=lambda charge: charge.kind)
async def test_of_many_admissions_the_first_is_written_by_itself(limiter, charge):
    user = await limiter.user()
    session, token = await limiter.session_of(user), await limiter.token_of(user)

    firsts = [await limiter.gate.admit(credential, charge, address=HERE) for credential in (session, token)]
    await asyncio.gather(*(limiter.gate.admit(token, charge, address=THERE) for _ in range(5)))

    async def is_written():
        return [await last_use(session), await last_use(token)] == [first.at for first in firsts]

    assert await soon(is_written)
    assert await last_address(token) == HERE


async def test_a_refused_operation_is_not_noted_as_a_use(limiter):
    ada = await limiter.token_of(await limiter.user(per_minute=1))

    with pytest.raises(errors.QueryTooComplex):
        await limiter.gate.admit(ada, inference(2), address=HERE)

    await last_uses_of(limiter.gate).write()
    assert (await last_use(ada), await last_address(ada)) == (None, None)


async def test_a_use_is_written_once_a_minute(limiter, process, now):
    ada, uses = await limiter.token_of(await limiter.user()), process()
    uses.note(ada, HERE, at=now)
    await uses.write()

    uses.note(ada, THERE, at=now + 59 * SECOND)
    await uses.write()
    assert (await last_use(ada), await last_address(ada)) == (now, HERE)

    uses.note(ada, THERE, at=now + MINUTE)
    await uses.write()
    assert (await last_use(ada), await last_address(ada)) == (now + MINUTE, THERE)


async def test_the_zone_of_a_local_address_is_not_kept(limiter, process, now):
    ada, uses = await limiter.token_of(await limiter.user()), process()

    uses.note(ada, f"fe80::1%{'z' * 60}", at=now)
    await uses.write()

    assert await last_address(ada) == "fe80::1"


async def test_another_process_does_not_move_the_last_use_back(limiter, now):
    ada = await limiter.token_of(await limiter.user())
    async with running(limiter.settings) as other:
        last_uses_of(limiter.gate).note(ada, HERE, at=now)
        last_uses_of(other).note(ada, THERE, at=now + SECOND)

        await last_uses_of(other).write()
        await last_uses_of(limiter.gate).write()

    assert (await last_use(ada), await last_address(ada)) == (now + SECOND, THERE)


async def test_the_address_is_the_callers_and_an_anonymous_caller_is_not_noted(limiter):
    ada = await limiter.token_of(await limiter.user())
    for who in (caller(ada, address=HERE), caller(address=THERE)):
        await limits.admit(limiter.gate, who, ACCOUNT, limiter.settings, mutates=True)

    assert last_uses_of(limiter.gate).remembered == 1
    await last_uses_of(limiter.gate).write()
    assert await last_address(ada) == HERE


async def test_a_revoked_or_deleted_credential_does_not_stop_the_others_from_being_written(limiter, process, now):
    uses, user = process(), await limiter.user()
    gone, revoked, ada = [await limiter.session_of(user) for _ in range(3)]
    for credential in (gone, revoked, ada):
        uses.note(credential, HERE, at=now)
    await Session.filter(id=gone.id).delete()
    await limiter.revoke(revoked)

    await uses.write()

    assert await last_use(ada) == now
    assert uses.pending == 0


async def test_a_locked_row_is_not_waited_for_and_is_written_later(limiter, process, now):
    uses, user = process(), await limiter.user()
    held, free = await limiter.session_of(user), await limiter.session_of(user)
    before = await last_use(held)
    uses.note(held, HERE, at=now)
    uses.note(free, HERE, at=now)

    async with in_transaction("default") as transaction:
        await Session.filter(id=held.id).using_db(transaction).select_for_update()
        await uses.write()
        assert (await last_use(held), await last_use(free)) == (before, now)
    await uses.write()

    assert await last_use(held) == now
    assert uses.pending == 0


async def test_a_process_that_stops_writes_what_is_pending(limiter):
    ada = await limiter.session()
    async with running(limiter.settings) as gate:
        # On a busy machine its first reading of the epoch may fail.
        assert await soon(lambda: asyncio.sleep(0, gate.is_postgres_up))
        admission = await gate.admit(ada, ACCOUNT)

    assert await last_use(ada) == admission.at


async def test_without_postgres_uses_are_kept_and_written_when_it_is_back(limiter, postgres, now):
    ada, bob = await limiter.session(), await limiter.session()
    await limiter.call(ada)
    await limiter.call(bob)
    await last_uses_of(limiter.gate).write()
    before = await last_use(bob)
    postgres.pause()
    try:
        assert await soon(lambda: asyncio.sleep(0, not limiter.store.epoch.postgres_answers))
        last_uses_of(limiter.gate).note(ada, HERE, at=now)
        assert (await limiter.call(bob)).at > before
    finally:
        postgres.resume()

    async def is_written():
        return await last_use(ada) == now

    assert await soon(is_written)
    # It was used a moment before, too.
    assert await last_use(bob) == before


async def test_a_postgres_that_fails_loses_no_use(limiter, process, now):
    ada, uses = await limiter.session(), process()
    uses.note(ada, HERE, at=now)

    async with in_transaction("default") as transaction:
        await transaction.execute_script("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(PostgresDown):
            await uses.write()
    await uses.write()

    assert await last_use(ada) == now


async def test_a_postgres_that_hangs_delays_the_end_of_a_process_by_one_second_at_most(limiter, postgres):
    ada = await limiter.session()
    async with running(limiter.settings) as gate:
        await gate.admit(ada, ACCOUNT)
        postgres.pause()
        try:
            async with LoopTime() as passed:
                await gate.aclose()
        finally:
            postgres.resume()
    assert passed.seconds < 1.5


async def test_what_a_process_remembers_is_bounded(limiter, process, monkeypatch, now):
    monkeypatch.setattr(last_uses, "MOST", 3)
    uses, user = process(), await limiter.user()
    oldest, *others = [await limiter.session_of(user) for _ in range(4)]
    before = await last_use(oldest)

    for credential in (oldest, *others):
        uses.note(credential, HERE, at=now)
    await uses.write()

    assert [await last_use(credential) for credential in (oldest, *others)] == [before, now, now, now]
    assert (uses.remembered, uses.pending) == (3, 0)


async def test_more_than_fit_in_one_statement_are_written_in_several(limiter, process, monkeypatch, now):
    monkeypatch.setattr(last_uses, "AT_ONCE", 2)
    uses, user = process(), await limiter.user()
    credentials = [await limiter.session_of(user) for _ in range(3)]
    for credential in credentials:
        uses.note(credential, HERE, at=now)

    await uses.aclose()

    assert [await last_use(credential) for credential in credentials] == [now, now, now]
