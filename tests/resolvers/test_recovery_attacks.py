"""What may happen between two lines of a reset, and what attackers may try."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.datastructures import Secret

import errors
from db.models.index_state import CredentialEvent
from db.models.mail_codes import Purpose
from db.models.mail_cooldowns import MailCooldown
from db.models.sessions import Session
from db.models.users import User
from limits import revocation
from limits.gate import Gate
from local import servers
from resolvers import logins, recovery
from tests.limits.people import store_of
from tests.resolvers.accounts import ADDRESS, NEW_PASSWORD, issue, stored
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted
from tests.resolvers.interference import DyingGate, FullHasher, Killed, MeddlingHasher


@pytest.fixture
async def code(ada):
    return await issue(ada.id, Purpose.RESET_PASSWORD)


async def reset(tools, code, *, by=None):
    return await recovery.reset(tools, by or caller(), code=code, new_password=NEW_PASSWORD, at=NOW)


async def log_in(tools, password, *, by=None):
    return await logins.login(tools, by or caller(), email=ADDRESS, password=password, at=NOW)


async def test_a_login_that_hashes_while_the_password_is_reset_leaves_no_session(tools, ada, code):
    slow = MeddlingHasher(lambda: reset(tools, code))

    with pytest.raises(errors.LoginRefused):
        await log_in(replace(tools, hasher=slow), PASSWORD)

    assert await Session.filter(revoked_at=None).count() == 0
    assert (await log_in(tools, NEW_PASSWORD)).user.id == ada.id
    slow.close()


@pytest.mark.parametrize("event", ["suspension", "another email"])
async def test_what_ends_a_code_while_the_password_is_hashed_stops_the_reset(tools, ada, code, event):
    async def meanwhile():
        if event == "suspension":
            await User.filter(id=ada.id).update(suspended_at=NOW)
        else:
            await recovery.request(tools, caller(), ADDRESS, at=NOW)

    slow = MeddlingHasher(meanwhile)

    with pytest.raises(errors.CodeRefused):
        await reset(replace(tools, hasher=slow), code)

    assert (await User.get(id=ada.id)).password_digest == ada.user.password_digest
    assert (await Session.get(user_id=ada.id)).revoked_at is None
    slow.close()


async def test_the_sessions_of_a_reset_whose_process_died_are_ended_by_the_worker(tools, gate, ada, code):
    dying: Any = DyingGate()

    with pytest.raises(Killed):
        await reset(replace(tools, gate=dying), code)
    assert (await CredentialEvent.get()).done_at is None

    assert await revocation.finish(store_of(gate), older_than=timedelta(0)) == 1
    assert not await is_admitted(gate, ada.caller.credential)


async def test_attempts_of_attackers_do_not_lock_out_a_user_who_reset_the_password(tools, ada, code):
    for _ in range(10):
        with pytest.raises(errors.LoginRefused):
            await log_in(tools, "an attacker's attempt")

    device = (await reset(tools, code)).device

    with pytest.raises(errors.TooManyAttempts):
        await log_in(tools, NEW_PASSWORD)
    known = replace(caller(), device=device)
    assert (await log_in(tools, NEW_PASSWORD, by=known)).user.id == ada.id


async def test_the_hundred_and_first_code_from_a_network_is_refused_right_or_wrong(tools, ada, code, hasher):
    by = caller()
    for _ in range(100):
        with pytest.raises(errors.CodeRefused):
            await reset(tools, "A" * 32, by=by)
    before, computed = await stored(), hasher.computed

    for given in (code, "A" * 32):
        with pytest.raises(errors.TooManyAttempts):
            await reset(tools, given, by=by)

    assert (await stored(), hasher.computed) == (before, computed)


async def test_without_a_hashing_slot_neither_code_nor_attempt_is_spent(tools, ada, code):
    full, by = FullHasher(1, passes=1, memory_kib=8), caller()
    before = await stored()

    for _ in range(101):
        with pytest.raises(errors.ServiceUnavailable):
            await reset(replace(tools, hasher=full), code, by=by)

    assert await stored() == before
    assert (await reset(tools, code, by=by)).at == NOW
    full.close()


@pytest.fixture
async def without_redis(tools, read, tmp_path):
    with servers.Redis(tmp_path) as server:
        gate = Gate(replace(read, redis_url=Secret(server.url)))
        await gate.start()
        watching = asyncio.create_task(gate.watch())
        server.kill()
        yield replace(tools, gate=gate, attempts=gate.attempts(b"g"))
        watching.cancel()
        await asyncio.wait({watching})
        await gate.aclose()


async def test_without_redis_no_mail_is_sent_and_no_code_is_tried(without_redis, ada, code, hasher):
    before, computed = await stored(), hasher.computed

    with pytest.raises(errors.ServiceUnavailable):
        await recovery.request(without_redis, caller(), ADDRESS, at=NOW)
    with pytest.raises(errors.ServiceUnavailable):
        await reset(without_redis, code)

    assert (await stored(), hasher.computed, await MailCooldown.all().count()) == (before, computed, 0)
