import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

import errors
from db.models.audit_events import AuditEvent
from db.models.mail_codes import Purpose
from db.models.second_factors import RecoveryCode, SecondFactor
from db.models.sessions import Session
from db.models.usage import Usage
from db.models.users import User
from db.postgres import rows
from limits import partitions, revocation, scripts
from limits.admission_request import AdmissionRequest
from limits.charges import Charge
from limits.credential_cache import CacheMiss, CredentialCache
from resolvers import accounts, api_tokens, deletion, instants, logins, recovery, registration, sessions
from resolvers.token_input import NewToken
from store.clock import datetime_from_ms
from store.epoch import RAISE
from tests.limits.people import store_of
from tests.resolvers.accounts import ADDRESS, actions, issue, stored, token_of
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted, mails
from tests.resolvers.interference import DyingGate, Killed, MeddlingHasher


@pytest.fixture
def delete(tools, ada):
    async def run(*, password=PASSWORD, by=ada.caller, using=tools):
        return await deletion.delete(using, by, password, at=NOW)

    return run


@pytest.fixture
async def full(ada, eve):
    """Ada has something of everything; a token of hers."""
    await issue(ada.id, Purpose.RESET_PASSWORD)
    await SecondFactor.create(user=ada.user, sealed_secret="-", created_at=NOW, confirmed_at=NOW)  # noqa: S106 - none
    await RecoveryCode.create(user=ada.user, digest="-")
    for person in (ada, eve):
        await AuditEvent.create(
            id=uuid4(), at=NOW, user_id=person.id, action="LOGGED_IN", actor_kind="SELF", ip_address="192.0.2.7"
        )
        await Usage.create(
            user_id=person.id, model="text", hour=NOW.replace(minute=0), calls=1, failed=0, units=1, inference_ms=1.0
        )
    return await token_of(ada)


async def test_all_about_the_user_goes_but_counts_and_one_line(delete, full, ada, eve):
    assert await delete() == NOW

    left, (mail,) = await stored(but=["audit_events"])
    assert {table: len(found) for table, found in left.items()} == {
        "users": 1,
        "sessions": 1,
        "api_tokens": 0,
        "mail_codes": 0,
        "second_factors": 0,
        "recovery_codes": 0,
    }
    assert await User.all().values_list("id", flat=True) == [eve.id]
    (event,) = await AuditEvent.filter(user_id=ada.id)
    assert (event.action, event.at, event.actor_kind, event.actor_id) == ("ACCOUNT_DELETED", NOW, "SELF", ada.id)
    assert [event.ip_address, event.user_agent, event.subject, event.detail] == [None] * 4
    assert await AuditEvent.filter(user_id=eve.id).count() == 1
    assert await Usage.filter(user_id=ada.id).count() == 1
    assert (mail["template"], mail["to"], mail["locale"]) == ("account_deleted", ADDRESS, "en")
    assert mail["context"] == {"at": instants.written(NOW)}


@pytest.mark.parametrize("kind", ["plan", "account", "exempt"])
@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "new to redis"])
async def test_after_the_answer_no_credential_is_admitted(delete, full, gate, ada, eve, kind, seen):
    credentials = [ada.caller.credential, full]
    if seen:
        for credential in credentials:
            assert await is_admitted(gate, credential)

    await delete()

    for credential in credentials:
        with pytest.raises(errors.Unauthenticated):
            await gate.admit(credential, Charge(kind))
    assert await is_admitted(gate, eve.caller.credential)


@pytest.mark.parametrize("trouble", ["a new epoch", "lost entries"])
async def test_credentials_stay_dead_when_redis_reads_postgres_again(delete, full, gate, ada, trouble):
    assert await is_admitted(gate, full)
    await delete()
    if trouble == "a new epoch":
        store_of(gate).epoch.observe((await rows(RAISE))[0]["epoch"])
    else:
        places = [partitions.of_user(ada.id, credential.id) for credential in (full, ada.caller.credential)]
        await store_of(gate).batch([("DEL", at.credential_entry, at.subject_entry) for at in places])

    assert not await is_admitted(gate, full)
    assert not await is_admitted(gate, ada.caller.credential)


async def test_what_was_read_of_the_user_before_is_not_written_after(delete, full, gate, ada):
    request = AdmissionRequest(partitions.of_user(ada.id, full.id), Charge("exempt"), credential=full)
    state, now, *nonces = (await store_of(gate).run(scripts.ADMIT, request.prepare, key=request.partition)).values
    cache = CredentialCache(store_of(gate), timedelta(hours=72))
    known = await cache.read(full)
    assert (state, known.is_live, known.is_user_live) == (b"MISS", True, True)

    await delete()
    await cache.write(full, CacheMiss(datetime_from_ms(now), *nonces), known, day=NOW.replace(hour=0), spent=Counter())

    assert not await is_admitted(gate, full)


async def test_what_a_dead_process_left_the_worker_ends(delete, full, tools, gate):
    assert await is_admitted(gate, full)
    dying: Any = DyingGate()
    with pytest.raises(Killed):
        await delete(using=replace(tools, gate=dying))

    assert await revocation.finish(store_of(gate), older_than=timedelta(0)) == 1
    assert not await is_admitted(gate, full)


async def test_a_deleted_user_can_do_nothing_more(delete, full, tools, gate, ada):
    await delete()
    token_input = NewToken(name="again", expires_in=timedelta(days=1), scopes=["READ"])

    for work in (
        accounts.me(ada.caller),
        delete(),
        api_tokens.create(tools.signer, ada.caller, token_input, at=NOW),
    ):
        with pytest.raises(errors.Unauthenticated):
            await work
    with pytest.raises(errors.LoginRefused):
        await logins.login(tools, caller(), email=ADDRESS, password=PASSWORD, at=NOW)
    await recovery.request(tools, caller(), ADDRESS, at=NOW)
    assert [mail["template"] for mail in await mails()] == ["account_deleted"]


async def test_the_address_is_free_again(delete, full, tools, ada):
    await delete()

    await registration.register(
        tools,
        caller(),
        registration.Registration(email=ADDRESS, password=PASSWORD),
        arrived_at=datetime.now(UTC),
        at=NOW,
    )

    assert (await User.get(email=ADDRESS)).id != ada.id
    assert [mail["template"] for mail in await mails()] == ["account_deleted", "verify_email"]


async def test_after_ten_wrong_passwords_the_right_one_is_refused_and_nothing_hashed(delete, full, hasher):
    before = await stored(but=["audit_events"])
    for _ in range(10):
        with pytest.raises(errors.WrongPassword):
            await delete(password="wrong")  # noqa: S106 - a wrong one
    computed = hasher.computed

    with pytest.raises(errors.TooManyAttempts):
        await delete()

    assert (await stored(but=["audit_events"]), hasher.computed) == (before, computed)


async def test_a_session_that_ends_while_the_password_is_verified_deletes_nothing(delete, full, tools, gate, ada):
    async def log_out():
        await sessions.logout(gate, ada.caller, at=NOW)

    slow = MeddlingHasher(log_out)

    with pytest.raises(errors.Unauthenticated):
        await delete(using=replace(tools, hasher=slow))

    assert await User.filter(id=ada.id).exists()
    assert await mails() == []
    slow.close()


async def test_a_login_that_hashes_while_the_account_is_deleted_leaves_no_session(delete, tools, ada):
    slow = MeddlingHasher(delete)

    with pytest.raises(errors.LoginRefused):
        await logins.login(replace(tools, hasher=slow), caller(), email=ADDRESS, password=PASSWORD, at=NOW)

    assert await Session.all().count() == 0
    assert await actions(ada.id) == ["ACCOUNT_DELETED"]
    slow.close()


async def test_of_two_concurrent_deletions_one_succeeds(delete, full):
    answers = await asyncio.gather(delete(), delete(), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["Unauthenticated", "datetime"]
    assert len(await mails()) == 1


async def test_it_takes_a_session(delete, full, ada, visitor):
    before = await stored()

    with pytest.raises(errors.Forbidden):
        await delete(by=ada.by_token("INFER", "READ"))
    with pytest.raises(errors.Unauthenticated):
        await delete(by=visitor)

    assert await stored() == before
