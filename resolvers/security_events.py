"""The security events of an account, for its owner and for administrators."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

import errors
from access import callers
from access.callers import Caller
from db.models.audit_events import ActorKind, AuditEvent
from db.models.users import User
from db.postgres import as_service_unavailable
from resolvers import names, pages
from resolvers.pages import Page, Position, Slice

# As the column.
_LONGEST_ACTION = 40


async def page(caller: Caller, *, first: int, after: Position | None, of: UUID | None = None) -> Page[AuditEvent]:
    """`of` is the user; None: the caller. Raises Unauthenticated, Forbidden and NotFound."""
    user_id = callers.require_viewing(caller, of)
    return await pages.newest_first(AuditEvent.filter(user_id=user_id), by="at", first=first, after=after)


async def log(
    caller: Caller, *, first: int, after: Position | None, user_id: UUID | None, action: str | None
) -> Slice[AuditEvent]:
    """Events of all users and of no user, for an administrator. None: of any user, of any action.

    Raises Forbidden, BadRequest, ServiceUnavailable.
    """
    return await pages.newest_slice(_logged(caller, user_id, action), by="at", first=first, after=after)


async def count_log(caller: Caller, *, user_id: UUID | None, action: str | None) -> int:
    """Of all pages of `log`. It reads all of them. Raises as `log`."""
    async with as_service_unavailable():
        return await _logged(caller, user_id, action).count()


def _logged(caller: Caller, user_id: UUID | None, action: str | None) -> QuerySet[AuditEvent]:
    if not caller.administers:
        raise callers.not_an_administrator()
    if problems := names.check(action or "", longest=_LONGEST_ACTION, path=("action",)):
        raise errors.BadRequest(f"`action`: {problems[0].message}")
    wanted: dict[str, Any] = {"user_id": user_id, "action": action}
    return AuditEvent.filter(**{name: value for name, value in wanted.items() if value is not None})


def may_see_client(caller: Caller, event: AuditEvent) -> bool:
    """Whether the caller may see from where the event was caused: users do not learn an administrator's address."""
    return caller.administers or event.actor_kind is not ActorKind.ADMIN


async def actors(caller: Caller, events: Sequence[AuditEvent]) -> Mapping[UUID | None, User]:
    """The users who caused the events, by id, with their plans. Only for administrators; empty for others."""
    ids = {event.actor_id for event in events if event.actor_id is not None}
    if not caller.administers or not ids:
        return {}
    async with as_service_unavailable():
        found = await User.filter(id__in=ids).select_related("plan")
    return {user.id: user for user in found}
