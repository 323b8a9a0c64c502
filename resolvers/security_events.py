"""What happened to an account, as its owner sees it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from access import callers
from access.callers import Caller
from access.transactions import reached
from db.models.audit_events import AuditEvent as AuditEvent
from db.models.users import User
from resolvers import pages
from resolvers.pages import Page, Position


async def page(caller: Caller, *, first: int, after: Position | None) -> Page[AuditEvent]:
    """Raises Unauthenticated and Forbidden."""
    credential = callers.require_session(caller)
    return await pages.newest_first(AuditEvent.filter(user_id=credential.user_id), by="at", first=first, after=after)


async def actors(caller: Caller, events: Sequence[AuditEvent]) -> Mapping[UUID | None, User]:
    """Who did them, by id, for administrators; with their plans."""
    ids = {event.actor_id for event in events if event.actor_id is not None}
    if caller.rights is None or caller.rights.role != "ADMIN" or not ids:
        return {}
    async with reached():
        found = await User.filter(id__in=ids).select_related("plan")
    return {user.id: user for user in found}
