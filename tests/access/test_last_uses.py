"""When and from where a credential was last used."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.transactions import in_transaction

import errors
from access import last_uses
from access.charges import Call, Charge
from access.credentials import Kind
from access.last_uses import LastUses
from access.records import PostgresDown
from db.models.api_tokens import ApiToken
from db.models.sessions import Session
from resolvers import limits
from tests.access.people import inference, running, soon
from tests.resolvers.conftest import caller

ACCOUNT = Charge("account", (Call(None, 1),))
HERE, THERE = "192.0.2.7", "2001:db8::7"
NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def process(home):
    """Makes what a process remembers of uses; the test says when they were, and when it writes."""
    return lambda: LastUses(home.gate.store.epoch)


async def last_use(credential):
    table = Session if credential.kind is Kind.SESSION else ApiToken
    return (await table.get(id=credential.id)).last_used_at


async def last_address(token):
    return (await ApiToken.get(id=token.id)).last_used_ip_address


@pytest.mark.parametrize("charge", [inference(), ACCOUNT, Charge("exempt")], ids=lambda charge: charge.kind)
async def test_of_many_admissions_the_first_is_written_by_itself(home, charge):
    user = await home.user()
    session, token = await home.session_of(user), await home.token_of(user)

    firsts = [await home.gate.admit(credential, charge, address=HERE) for credential in (session, token)]
    await asyncio.gather(*(home.gate.admit(token, charge, address=THERE) for _ in range(5)))

    async def is_written():
        return [await last_use(session), await last_use(token)] == [first.at for first in firsts]

    assert await soon(is_written)
    assert await last_address(token) == HERE


async def test_what_is_refused_is_no_use(home):
    ada = await home.token_of(await home.user(per_minute=1))

    with pytest.raises(errors.QueryTooComplex):
        await home.gate.admit(ada, inference(2), address=HERE)

    await home.gate._last_uses.write()
    assert (await last_use(ada), await last_address(ada)) == (None, None)


async def test_a_use_is_written_once_a_minute(home, process):
    ada, uses = await home.token_of(await home.user()), process()
    uses.note(ada, HERE, at=NOW)
    await uses.write()

    uses.note(ada, THERE, at=NOW + 59 * SECOND)
    await uses.write()
    assert (await last_use(ada), await last_address(ada)) == (NOW, HERE)

    uses.note(ada, THERE, at=NOW + MINUTE)
    await uses.write()
    assert (await last_use(ada), await last_address(ada)) == (NOW + MINUTE, THERE)


async def test_the_zone_of_a_local_address_is_not_kept(home, process):
    ada, uses = await home.token_of(await home.user()), process()

    uses.note(ada, f"fe80::1%{'z' * 60}", at=NOW)
    await uses.write()

    assert await last_address(ada) == "fe80::1"


async def test_another_process_does_not_move_it_back(home):
    ada = await home.token_of(await home.user())
    async with running(home.settings) as other:
        home.gate._last_uses.note(ada, HERE, at=NOW)
        other._last_uses.note(ada, THERE, at=NOW + SECOND)

        await other._last_uses.write()
        await home.gate._last_uses.write()

    assert (await last_use(ada), await last_address(ada)) == (NOW + SECOND, THERE)


async def test_the_address_is_the_callers_and_a_visitor_has_no_credential_to_note(home):
    ada = await home.token_of(await home.user())
    for who in (caller(ada, address=HERE), caller(address=THERE)):
        await limits.admit(home.gate, who, ACCOUNT, home.settings, mutates=True)

    assert len(home.gate._last_uses._noted) == 1
    await home.gate._last_uses.write()
    assert await last_address(ada) == HERE


async def test_a_credential_that_is_revoked_or_gone_keeps_no_other_from_being_written(home, process):
    uses, user = process(), await home.user()
    gone, revoked, ada = [await home.session_of(user) for _ in range(3)]
    for credential in (gone, revoked, ada):
        uses.note(credential, HERE, at=NOW)
    await Session.filter(id=gone.id).delete()
    await home.revoke(revoked)

    await uses.write()

    assert await last_use(ada) == NOW
    assert not uses._pending


async def test_a_row_that_somebody_holds_is_not_waited_for_and_written_later(home, process):
    uses, user = process(), await home.user()
    held, free = await home.session_of(user), await home.session_of(user)
    before = await last_use(held)
    uses.note(held, HERE, at=NOW)
    uses.note(free, HERE, at=NOW)

    async with in_transaction("default") as transaction:
        await Session.filter(id=held.id).using_db(transaction).select_for_update()
        await uses.write()
        assert (await last_use(held), await last_use(free)) == (before, NOW)
    await uses.write()

    assert await last_use(held) == NOW
    assert not uses._pending


async def test_a_process_that_stops_writes_what_is_pending(home):
    ada = await home.session()
    async with running(home.settings) as gate:
        admission = await gate.admit(ada, ACCOUNT)

    assert await last_use(ada) == admission.at


async def test_without_postgres_uses_are_kept_and_written_when_it_is_back(home, postgres):
    ada, bob = await home.session(), await home.session()
    await home.call(ada)
    await home.call(bob)
    await home.gate._last_uses.write()
    before = await last_use(bob)
    postgres.pause()
    try:
        assert await soon(lambda: asyncio.sleep(0, not home.gate.store.epoch.postgres_answers))
        home.gate._last_uses.note(ada, HERE, at=NOW)
        assert (await home.call(bob)).at > before
    finally:
        postgres.resume()

    async def is_written():
        return await last_use(ada) == NOW

    assert await soon(is_written, within=5)
    # It was used a moment before as well.
    assert await last_use(bob) == before


async def test_a_postgres_that_fails_loses_no_use(home, process, monkeypatch):
    ada, uses = await home.session(), process()
    uses.note(ada, HERE, at=NOW)

    with monkeypatch.context() as broken:
        broken.setitem(last_uses._STATEMENTS, Kind.SESSION, "SELECT 1 / 0")
        with pytest.raises(PostgresDown):
            await uses.write()
    await uses.write()

    assert await last_use(ada) == NOW


async def test_a_postgres_that_hangs_does_not_hold_up_the_end_for_longer_than_a_second(home, postgres):
    ada = await home.session()
    async with running(home.settings) as gate:
        await gate.admit(ada, ACCOUNT)
        postgres.pause()
        try:
            begun = time.monotonic()
            await gate.aclose()
            assert time.monotonic() - begun < 1.5
        finally:
            postgres.resume()


async def test_what_a_process_remembers_is_bounded(home, process, monkeypatch):
    monkeypatch.setattr(last_uses, "_MOST", 3)
    uses, user = process(), await home.user()
    oldest, *others = [await home.session_of(user) for _ in range(4)]
    before = await last_use(oldest)

    for credential in (oldest, *others):
        uses.note(credential, HERE, at=NOW)
    await uses.write()

    assert [await last_use(credential) for credential in (oldest, *others)] == [before, NOW, NOW, NOW]
    assert (len(uses._noted), len(uses._pending)) == (3, 0)


async def test_more_than_fit_in_one_statement_are_written_in_several(home, process, monkeypatch):
    monkeypatch.setattr(last_uses, "_AT_ONCE", 2)
    uses, user = process(), await home.user()
    credentials = [await home.session_of(user) for _ in range(3)]
    for credential in credentials:
        uses.note(credential, HERE, at=NOW)

    await uses.aclose()

    assert [await last_use(credential) for credential in credentials] == [NOW, NOW, NOW]
