"""Who looks after users and plans. The operator names them by the command line; no query and no mutation can."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import errors
from access import revocation
from access.gate import Gate
from access.revocation import Event
from access.transactions import reached, transaction
from db.models.audit_events import ActorKind, AuditEvent
from db.models.users import Role, User
from resolvers import accounts, emails
from resolvers.audit import Action


async def listed() -> Sequence[str]:
    """Their addresses, in order. Raises ServiceUnavailable."""
    async with reached():
        found = await User.filter(role=Role.ADMIN).order_by("email")
    return [user.email for user in found]


async def appoint(gate: Gate, address: str, *, at: datetime) -> bool:
    """Whether they were none before. Raises NotFound, ServiceUnavailable, Forbidden for an unverified address."""
    return await _set(gate, address, Role.ADMIN, Action.ADMINISTRATOR_APPOINTED, at=at)


async def dismiss(gate: Gate, address: str, *, at: datetime) -> bool:
    """Whether they were one. Once it has answered, no process takes them for one. Raises as `appoint`."""
    return await _set(gate, address, Role.USER, Action.ADMINISTRATOR_DISMISSED, at=at)


async def _set(gate: Gate, address: str, role: Role, action: Action, *, at: datetime) -> bool:
    events: Sequence[Event] = ()
    async with transaction() as tx:
        user = await accounts.lock(tx, email=emails.find(address))
        if user is None:
            raise errors.NotFound("user")
        # Anybody can register with anybody's address; only its owner verifies it.
        if role is Role.ADMIN and user.email_verified_at is None:
            raise errors.Forbidden("The address is not verified yet.")
        is_new = user.role is not role
        if is_new:
            user.role = role
            await user.save(using_db=tx, update_fields=["role"])
            await AuditEvent.create(
                using_db=tx, id=uuid4(), at=at, user_id=user.id, action=action, actor_kind=ActorKind.SYSTEM
            )
            # Nothing ends: what Redis knows of the user is forgotten, and read again.
            events = [await revocation.note(tx, user.id)]
    await gate.confirm_all(user.id, events)
    return is_new
