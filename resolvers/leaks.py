"""Lets the operator revoke a leaked credential without its owner."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import errors
from access.credentials import Credential, Kind
from db.models.api_tokens import ApiToken
from db.models.audit_events import ActorKind, AuditEvent
from db.models.sessions import Session
from db.postgres import transaction
from limits import revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import accounts
from resolvers.audit import Action


async def revoke(gate: Gate, credential: Credential, *, at: datetime) -> bool:
    """Whether it was live. When it returns, no process accepts it. Raises NotFound, ServiceUnavailable."""
    table, action = (
        (Session, Action.SESSION_REVOKED) if credential.kind is Kind.SESSION else (ApiToken, Action.API_TOKEN_REVOKED)
    )
    events: Sequence[Event] = ()
    async with transaction() as tx:
        user = await accounts.lock(tx, id=credential.user_id)
        found = await table.filter(id=credential.id, user_id=credential.user_id).using_db(tx).first()
        if user is None or found is None:
            raise errors.NotFound(credential.kind)
        was_live = found.revoked_at is None
        if was_live:
            await found.update_from_dict({"revoked_at": at}).save(using_db=tx, update_fields=["revoked_at"])
            await AuditEvent.create(
                using_db=tx,
                id=uuid4(),
                at=at,
                user_id=user.id,
                action=action,
                actor_kind=ActorKind.SYSTEM,
                subject=found.name if isinstance(found, ApiToken) else None,
            )
            events = [await revocation.note(tx, user.id, credential.id)]
    # The answer waits until no process accepts it any more.
    await gate.confirm_all(user.id, events)
    return was_live
