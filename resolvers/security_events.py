"""The security events of an account, for its owner."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from access import callers
from access.callers import Caller
from db.models.audit_events import AuditEvent
from db.models.users import User
from db.postgres import as_service_unavailable
from resolvers import pages
from resolvers.pages import Page, Position


async def page(caller: Caller, *, first: int, after: Position | None) -> Page[AuditEvent]:
    """Raises Unauthenticated and Forbidden."""
    credential = callers.require_session(caller)
    return await pages.newest_first(AuditEvent.filter(user_id=credential.user_id), by="at", first=first, after=after)


async def actors(caller: Caller, events: Sequence[AuditEvent]) -> Mapping[UUID | None, User]:
    """The users who caused the events, by id, with their plans. Only for administrators; empty for others."""
    ids = {event.actor_id for event in events if event.actor_id is not None}
    if caller.rights is None or caller.rights.role != "ADMIN" or not ids:
        return {}
    async with as_service_unavailable():
        found = await User.filter(id__in=ids).select_related("plan")
    return {user.id: user for user in found}
