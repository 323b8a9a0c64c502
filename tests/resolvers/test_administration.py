"""The audit log of administration, and API tokens that administrators revoke."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError

import errors
from db import cleaning
from db.models.api_tokens import ApiToken
from db.models.audit_events import AuditEvent
from db.models.index_state import CredentialEvent
from db.models.sessions import Session
from resolvers import administrators, deletion, export, foreign_tokens, security_events, suspensions
from tests.resolvers.administering import acts, administrator, having
from tests.resolvers.conftest import NOW, PASSWORD, caller, is_admitted

APPEND_ONLY = "the audit log is append-only"


@pytest.fixture
async def root(new_person):
    return await administrator(await new_person("root@example.org"))


async def execute(statement, *values):
    await Tortoise.get_connection("default").execute_query(statement, list(values))


async def test_no_act_is_changed_or_deleted(gate, root, ada):
    await administrators.set_role(gate, root, ada.id, "ADMIN", at=NOW)
    before = await AuditEvent.all().values()

    for statement in (
        "UPDATE audit_events SET actor_id = NULL",
        "UPDATE audit_events SET after = NULL",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
    ):
        with pytest.raises(IntegrityError, match=APPEND_ONLY):
            await execute(statement)

    assert await AuditEvent.all().values() == before


async def test_no_other_event_is_changed(tools, ada):
    await export.export(tools, ada.caller, PASSWORD, at=NOW)

    with pytest.raises(IntegrityError, match=APPEND_ONLY):
        await execute("UPDATE audit_events SET ip_address = NULL")

    assert (await AuditEvent.get()).ip_address == ada.caller.address


async def test_acts_outlive_the_account_and_the_year(tools, gate, root, ada):
    await suspensions.suspend(gate, root, ada.id, "A test.", at=NOW - timedelta(days=500))
    await suspensions.reinstate(gate, root, ada.id, at=NOW - timedelta(days=499))
    before = await acts()
    back = await _back(ada)
    await export.export(tools, back, PASSWORD, at=NOW - timedelta(days=400))

    await cleaning.clean(NOW)
    assert await AuditEvent.all().count() == 2
    await deletion.delete(tools, back, PASSWORD, at=NOW)

    assert await acts() == before
    assert [event.action for event in await AuditEvent.filter(after__isnull=True)] == ["ACCOUNT_DELETED"]


async def test_a_user_sees_what_was_done_to_the_account(gate, root, ada, eve):
    await administrators.set_role(gate, root, ada.id, "ADMIN", at=NOW)
    await administrators.set_role(gate, root, eve.id, "ADMIN", at=NOW)

    (event,) = (await security_events.page(ada.caller, first=10, after=None)).rows

    assert (event.action, event.before, event.after) == (
        "ADMINISTRATOR_APPOINTED", {"role": "USER"}, {"role": "ADMIN"},
    )  # fmt: skip
    assert not security_events.may_see_client(ada.caller, event)


async def test_an_export_holds_the_acts_without_the_administrators_address(tools, gate, root, ada):
    await administrators.set_role(gate, root, ada.id, "ADMIN", at=NOW)

    text = (await export.export(tools, ada.caller, PASSWORD, at=NOW + timedelta(seconds=1))).json

    assert '"before" : {"role": "USER"}, "after" : {"role": "ADMIN"}' in text
    assert root.address not in text
    assert str(root.credential.user_id) not in text


async def test_a_token_that_an_administrator_revoked_is_refused(gate, tools, root, ada, create):
    credential = tools.signer.verify((await create(ada)).secret)
    other = tools.signer.verify((await create(ada, name="other")).secret)
    assert await is_admitted(gate, credential)

    for at in (NOW, NOW + timedelta(hours=1)):
        assert (await foreign_tokens.revoke(gate, root, credential.id, at=at)).revoked_at == NOW

    assert not await is_admitted(gate, credential)
    assert await is_admitted(gate, other)
    assert await acts() == [
        (
            "API_TOKEN_REVOKED", "ADMIN", root.credential.user_id, ada.id, "ci", None,
            {"revokedAt": None}, {"revokedAt": NOW.isoformat()},
        )
    ]  # fmt: skip


async def test_no_other_token_is_revoked(gate, tools, root, ada, eve, create):
    token = (await create(ada)).token
    without = await administrator(eve, second_factor=False)
    for by, refusal in (
        (caller(), errors.CredentialMissing),
        (having(ada, "USER"), errors.Forbidden),
        (ada.by_token("INFER", "READ", token_id=token.id), errors.Forbidden),
        (without, errors.Forbidden),
    ):
        # Whether or not the API token exists: who may not revoke it does not learn which.
        for token_id in (token.id, uuid4(), None):
            with pytest.raises(refusal):
                await foreign_tokens.revoke(gate, by, token_id, at=NOW)
    await ApiToken.filter(id=token.id).update(deleted_at=NOW)
    for token_id in (token.id, uuid4(), None):
        with pytest.raises(errors.UserTokenNotFound):
            await foreign_tokens.revoke(gate, root, token_id, at=NOW)

    assert (await ApiToken.get(id=token.id)).revoked_at is None
    assert (await acts(), await CredentialEvent.all().count()) == ([], 0)


async def _back(person):
    """With a new session: a suspension has ended the others."""
    session = await Session.create(
        user=person.user, created_at=NOW, last_used_at=NOW, expires_at=NOW + timedelta(days=1)
    )
    return replace(person.caller, credential=replace(person.caller.credential, id=session.id))
