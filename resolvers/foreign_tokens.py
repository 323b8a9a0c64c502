"""Revokes an API token of any user, for administrators."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import errors
from access.callers import Caller
from db.models.api_tokens import ApiToken
from db.postgres import as_service_unavailable, transaction
from limits import revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import administration
from resolvers.audit import Action


async def revoke(gate: Gate, by: Caller, token_id: UUID | None, *, at: datetime) -> ApiToken:
    """When it returns, no process accepts the API token. One that was revoked before is confirmed again.

    Raises NotFound, also for a deleted one, Unauthenticated, Forbidden, ServiceUnavailable.
    """
    # Before the look-up: who may not administer does not learn which API tokens there are.
    await administration.admit(by)
    events: Sequence[Event] = ()
    async with as_service_unavailable():
        found = await ApiToken.filter(id=token_id, deleted_at=None).first() if token_id else None
    if found is None:
        raise errors.UserTokenNotFound()
    async with transaction() as tx:
        owner = await administration.lock(tx, by, found.user_id)
        token = await ApiToken.filter(id=found.id, deleted_at=None).using_db(tx).first()
        if token is None:
            raise errors.UserTokenNotFound()
        if token.revoked_at is None:
            token.revoked_at = at
            await token.save(using_db=tx, update_fields=["revoked_at"])
            events = [await revocation.note(tx, owner.id, token.id)]
            await administration.record(
                tx,
                Action.API_TOKEN_REVOKED,
                by,
                at=at,
                user_id=owner.id,
                subject=token.name,
                before={"revokedAt": None},
                after={"revokedAt": at.isoformat()},
            )
    await gate.confirm_all(owner.id, events)
    return token
