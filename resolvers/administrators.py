"""Administrators manage users and plans. Only the operator appoints them, on the command line; no mutation can."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import errors
from db.models.audit_events import ActorKind, AuditEvent
from db.models.users import Role, User
from db.postgres import as_service_unavailable, transaction
from limits import revocation
from limits.gate import Gate
from limits.revocation import Event
from resolvers import accounts, emails
from resolvers.audit import Action


async def listed() -> Sequence[str]:
    """The addresses of all administrators, sorted. Raises ServiceUnavailable."""
    async with as_service_unavailable():
        found = await User.filter(role=Role.ADMIN).order_by("email")
    return [user.email for user in found]


async def appoint(gate: Gate, address: str, *, at: datetime) -> bool:
    """False if the user already was one. Raises NotFound, ServiceUnavailable, Forbidden for an unverified address."""
    return await _set(gate, address, Role.ADMIN, Action.ADMINISTRATOR_APPOINTED, at=at)


async def dismiss(gate: Gate, address: str, *, at: datetime) -> bool:
    """False if the user was none. When it returns, no process treats the user as one. Raises as `appoint`."""
    return await _set(gate, address, Role.USER, Action.ADMINISTRATOR_DISMISSED, at=at)


async def _set(gate: Gate, address: str, role: Role, action: Action, *, at: datetime) -> bool:
    events: Sequence[Event] = ()
    async with transaction() as tx:
        user = await accounts.lock(tx, email=emails.find(address))
        if user is None:
            raise errors.NotFound("user")
        # Anyone can register any address; only its owner can verify it.
        if role is Role.ADMIN and user.email_verified_at is None:
            raise errors.Forbidden("The address is not verified yet. The user must verify it first.")
        is_new = user.role is not role
        if is_new:
            user.role = role
            await user.save(using_db=tx, update_fields=["role"])
            await AuditEvent.create(
                using_db=tx, id=uuid4(), at=at, user_id=user.id, action=action, actor_kind=ActorKind.SYSTEM
            )
            # No credential ends. Redis drops what it cached of the user and loads it again.
            events = [await revocation.note(tx, user.id)]
    await gate.confirm_all(user.id, events)
    return is_new
