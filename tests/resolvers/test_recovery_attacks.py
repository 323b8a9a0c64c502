"""What may happen between two lines of a reset, and what strangers may try."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.datastructures import Secret

import errors
from access import revocation
from access.gate import Gate
from access.guesses import Guesses
from access.passwords import Hasher
from db.models.index_state import CredentialEvent
from db.models.mail_codes import Purpose
from db.models.mail_cooldowns import MailCooldown
from db.models.sessions import Session
from db.models.users import User
from local import servers
from resolvers import logins, recovery
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted
from tests.resolvers.test_recovery import ADDRESS, NEW_PASSWORD, issue, stored


class Killed(BaseException):
    pass


class DyingGate:
    """Of a process that is killed between the commit and what follows it."""

    async def confirm(self, *events):
        raise Killed

    async def confirm_all(self, user_id, events=()):
        raise Killed


class FullHasher(Hasher):
    async def hash(self, password):
        raise errors.ServiceUnavailable


class MeddlingHasher(Hasher):
    """While it works, something else happens."""

    def __init__(self, meanwhile):
        super().__init__(1, passes=1, memory_kib=8)
        self._meanwhile = meanwhile

    async def hash(self, password):
        digest = await super().hash(password)
        await self._meanwhile()
        return digest

    async def verify(self, password, digest):
        verified = await super().verify(password, digest)
        await self._meanwhile()
        return verified


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


@pytest.mark.parametrize("event", ["suspension", "another mail"])
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

    assert await revocation.finish(gate.store, older_than=timedelta(0)) == 1
    assert not await is_admitted(gate, ada.caller.credential)


async def test_guesses_of_strangers_do_not_keep_out_who_has_reset_the_password(tools, ada, code):
    for _ in range(10):
        with pytest.raises(errors.LoginRefused):
            await log_in(tools, "a stranger's guess")

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


async def test_without_a_place_to_hash_neither_code_nor_attempt_is_spent(tools, ada, code):
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
        yield replace(tools, gate=gate, guesses=Guesses(gate.store, b"g"))
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
