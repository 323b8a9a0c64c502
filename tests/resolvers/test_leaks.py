from datetime import timedelta
from uuid import uuid4

import pytest

import errors
from access.credentials import Credential, Kind
from db.models.api_tokens import ApiToken
from db.models.audit_events import AuditEvent
from db.models.sessions import Session
from resolvers import api_tokens, leaks
from resolvers.token_input import NewToken
from tests.resolvers.conftest import NOW, is_admitted


@pytest.fixture
async def token(signer, ada):
    token_input = NewToken(name="ci", expires_in=timedelta(days=7), scopes=["INFER"])
    created = await api_tokens.create(signer, ada.caller, token_input, at=NOW)
    await AuditEvent.all().delete()
    return signer.verify(created.secret)


async def events(person):
    found = await AuditEvent.filter(user_id=person.id).order_by("at")
    return [(event.action, event.actor_kind.value, event.subject) for event in found]


# An act of the operator: it is kept without end.
ACT = ({"revokedAt": None}, {"revokedAt": NOW.isoformat()})


async def changes(person):
    return [(event.before, event.after) for event in await AuditEvent.filter(user_id=person.id)]


async def test_a_leaked_token_is_refused_once_it_is_reported(gate, ada, token):
    assert await is_admitted(gate, token)

    assert await leaks.revoke(gate, token, at=NOW) is True

    assert not await is_admitted(gate, token)
    assert await is_admitted(gate, ada.caller.credential)
    assert (await ApiToken.get(id=token.id)).revoked_at == NOW
    assert await events(ada) == [("API_TOKEN_REVOKED", "SYSTEM", "ci")]
    assert await changes(ada) == [ACT]


async def test_a_session_that_leaked_is_dead_once_it_is_said(gate, ada, token):
    assert await leaks.revoke(gate, ada.caller.credential, at=NOW) is True

    assert not await is_admitted(gate, ada.caller.credential)
    assert await is_admitted(gate, token)
    assert (await Session.get(id=ada.caller.credential.id)).revoked_at == NOW
    assert await events(ada) == [("SESSION_REVOKED", "SYSTEM", None)]
    assert await changes(ada) == [ACT]


async def test_a_second_revocation_leaves_no_event(gate, ada, token):
    await leaks.revoke(gate, token, at=NOW)

    assert await leaks.revoke(gate, token, at=NOW + timedelta(minutes=1)) is False

    assert (await ApiToken.get(id=token.id)).revoked_at == NOW
    assert len(await events(ada)) == 1


async def test_an_unknown_credential_is_not_found(gate, ada, eve, token):
    for unknown in (
        Credential(Kind.API_TOKEN, uuid4(), ada.id, frozenset({"INFER"}), NOW + timedelta(days=1)),
        Credential(Kind.API_TOKEN, token.id, eve.id, frozenset({"INFER"}), NOW + timedelta(days=1)),
        Credential(Kind.SESSION, token.id, ada.id, frozenset(), NOW + timedelta(days=1)),
    ):
        with pytest.raises(errors.NotFound):
            await leaks.revoke(gate, unknown, at=NOW)

    assert await is_admitted(gate, token)
    assert await events(ada) == []
