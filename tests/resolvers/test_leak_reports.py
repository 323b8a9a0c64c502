"""Reports of leaked API tokens by anyone: what they end, what they show, and what they cost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from joserfc.jwk import OKPKey
from tortoise import Tortoise

import errors
from access.credentials import Credential, Kind, Signer
from db.models.api_tokens import ApiToken
from db.models.audit_events import AuditEvent
from db.models.users import User
from resolvers import api_tokens
from resolvers.leaks import report
from tests.loop_time import LoopTime
from tests.mails import until
from tests.resolvers.accounts import stored
from tests.resolvers.conftest import NOW, caller, is_admitted, mails
from tests.resolvers.interference import DyingGate, Killed


@pytest.fixture
async def ended(create, signer, ada, gate):
    """Secrets that we have signed and that are worth nothing."""
    revoked, deleted = await create(ada, "revoked"), await create(ada, "deleted")
    await api_tokens.revoke(gate, ada.caller, revoked.token.id, at=NOW)
    await api_tokens.delete(gate, ada.caller, deleted.token.id, at=NOW)
    past = await create(ada, "past")
    await ApiToken.filter(id=past.token.id).update(expires_at=NOW)
    unknown = Credential(Kind.API_TOKEN, uuid4(), uuid4(), frozenset({"READ"}), NOW + timedelta(days=1))
    return [revoked.secret, deleted.secret, past.secret, signer.sign(unknown, NOW)]


def forged(token):
    """Signed by another key under the name of ours."""
    key = OKPKey.generate_key("Ed25519", {"kid": "ours"})
    signer = Signer([key], issuer="https://gate", audience="https://gate", clock=lambda: NOW)
    return signer.sign(Credential(Kind.API_TOKEN, token.id, token.user_id, frozenset({"READ"}), token.expires_at), NOW)


async def test_live_tokens_are_dead_once_it_is_answered_and_their_owners_get_a_mail(tools, create, signer, ada, eve):
    await User.filter(id=eve.id).update(locale="ja")
    one, two = await create(ada, "one. http://evil.example/"), await create(ada, "two")
    kept, hers = await create(ada, "kept"), await create(eve, "hers")
    credentials = [signer.verify(created.secret) for created in (one, two, hers)]
    assert [await is_admitted(tools.gate, one) for one in credentials] == [True] * 3
    await AuditEvent.all().delete()

    texts = [f"  {one.secret}\n", two.secret, two.secret, "nothing", hers.secret]
    assert await report(tools, caller(), texts, at=NOW) == NOW

    assert [await is_admitted(tools.gate, one) for one in credentials] == [False] * 3
    assert await is_admitted(tools.gate, signer.verify(kept.secret))
    assert {token.revoked_at for token in await ApiToken.filter(name__not="kept")} == {NOW}
    assert [(mail["template"], mail["to"], mail["locale"], mail["context"]["tokens"]) for mail in await mails()] == [
        (
            "api_tokens_reported",
            "ada@example.org",
            "en",
            f"one  http   evil example  (...{one.token.hint})\ntwo (...{two.token.hint})",
        ),
        ("api_tokens_reported", "eve@example.org", "ja", f"hers (...{hers.token.hint})"),
    ]
    events = await AuditEvent.filter(action="API_TOKEN_REPORTED").order_by("subject")
    assert [(event.subject, event.user_id) for event in events] == [
        ("hers", eve.id),
        ("one. http://evil.example/", ada.id),
        ("two", ada.id),
    ]
    # The owner does not learn who reported it.
    assert {(event.actor_kind.value, event.actor_id, event.ip_address, event.user_agent) for event in events} == {
        ("VISITOR", None, None, None)
    }


async def test_what_is_worth_nothing_changes_nothing_and_gets_the_same_answer(tools, create, ended, ada, gate):
    live = (await create(ada, "live")).token
    before = await stored()

    for texts in ([], ["gth_"], ended, [forged(live)], ["x" * 5000, "\0", "é"]):
        assert await report(tools, caller(), texts, at=NOW) == NOW

    assert await stored() == before


async def test_a_session_is_no_api_token(tools, signer, ada, gate):
    secret = signer.sign(replace(ada.caller.credential, signed_by=None), NOW)

    await report(tools, caller(), [secret], at=NOW)

    assert await is_admitted(gate, ada.caller.credential)


async def test_garbage_costs_no_query(tools, create, ada, monkeypatch):
    live = (await create(ada)).token
    connection = type(Tortoise.get_connection("default"))
    asked: list[str] = []
    original = connection.execute_query

    async def listening(self, query, values=None):
        asked.append(query)
        return await original(self, query, values)

    monkeypatch.setattr(connection, "execute_query", listening)
    await report(tools, caller(), ["nothing", forged(live)] * 50, at=NOW)

    assert asked == []


@pytest.mark.usefixtures("steady")
async def test_the_time_shows_nothing(tools, create, ended, ada):
    created = await create(ada, "live")
    took = []
    for secret in (created.secret, created.secret, *ended, "nothing", forged(created.token)):
        async with LoopTime() as passed:
            await report(tools, caller(), [secret], at=NOW)
        took.append(passed)

    assert min(passed.on_the_clock for passed in took) >= 0.275
    # The longer the report, the longer it takes, whatever is in it.
    async with LoopTime() as passed:
        await report(tools, caller(), ["nothing"] * 40, at=NOW)
    assert passed.on_the_clock >= 1.25


async def test_a_network_reports_sixty_times_an_hour(tools, create, signer, ada):
    created, reporter = await create(ada), caller()
    for _ in range(60):
        await report(tools, reporter, ["nothing"], at=NOW)
    before = await stored()

    for secret in (created.secret, "nothing"):
        with pytest.raises(errors.TooManyAttempts) as refusal:
            await report(tools, reporter, [secret], at=NOW)
        assert refusal.value.facts == {"retryAfterSeconds": refusal.value.retry_after_seconds}

    assert await stored() == before
    await report(tools, caller(), [created.secret], at=NOW)
    assert not await is_admitted(tools.gate, signer.verify(created.secret))


async def test_more_than_a_hundred_are_refused_uncounted(tools, create, signer, ada):
    created = await create(ada)

    with pytest.raises(errors.BadRequest):
        await report(tools, caller(), [created.secret] * 101, at=NOW)

    assert await is_admitted(tools.gate, signer.verify(created.secret))
    await report(tools, caller(), ["nothing"] * 99 + [created.secret], at=NOW)
    assert not await is_admitted(tools.gate, signer.verify(created.secret))


async def test_a_repeated_report_writes_nothing_and_confirms_what_the_first_left(tools, create, signer, ada, gate):
    created = await create(ada)
    credential = signer.verify(created.secret)
    assert await is_admitted(gate, credential)
    # Written a moment after the admission.
    await until(lambda: ApiToken.filter(id=created.token.id, last_used_at__isnull=False).exists())
    dying: Any = DyingGate()
    dying.is_postgres_up = True
    with pytest.raises(Killed):
        await report(replace(tools, gate=dying), caller(), [created.secret], at=NOW)
    before = await stored()

    await report(tools, caller(), [created.secret], at=NOW)

    assert not await is_admitted(gate, credential)
    assert await stored() == before


async def test_what_a_dead_process_left_the_worker_ends(tools, create, signer, ada, gate):
    created = await create(ada)
    credential = signer.verify(created.secret)
    assert await is_admitted(gate, credential)
    dying: Any = DyingGate()
    dying.is_postgres_up = True
    with pytest.raises(Killed):
        await report(replace(tools, gate=dying), caller(), [created.secret], at=NOW)
    await Tortoise.get_connection("default").execute_script(
        "UPDATE credential_events SET at = at - interval '1 minute'"
    )

    assert await gate.upkeep.finish_revocations() == 1

    assert not await is_admitted(gate, credential)
    assert [mail["template"] for mail in await mails()] == ["api_tokens_reported"]


async def test_a_rotated_one_is_ended_alone(tools, create, signer, ada, gate):
    created, other = await create(ada), await create(ada, "other")
    await ApiToken.filter(id=created.token.id).update(replaced_by_id=other.token.id)

    await report(tools, caller(), [created.secret], at=NOW)

    assert not await is_admitted(gate, signer.verify(created.secret))
    assert await is_admitted(gate, signer.verify(other.secret))
