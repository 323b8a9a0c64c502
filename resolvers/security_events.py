"""What happened to an account, as its owner sees it."""

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


async def actor(caller: Caller, event: AuditEvent) -> User | None:
    """Who did it, for administrators; with the plan."""
    if caller.rights is None or caller.rights.role != "ADMIN" or event.actor_id is None:
        return None
    async with reached():
        return await User.filter(id=event.actor_id).select_related("plan").first()
