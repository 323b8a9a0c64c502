"""Security events: of an account, for its owner; of all accounts, for administrators."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import orjson
import strawberry

from graph import ids, pages
from graph.pages import PageInfo
from resolvers import administration, security_events

if TYPE_CHECKING:
    from access.callers import Caller
    from db.models.audit_events import AuditEvent as AuditEventRow
    from db.models.users import User as UserRow
    from graph.users import User
    from resolvers.pages import Page as Found
    from resolvers.pages import Slice


@strawberry.enum(description="Who caused a security event.")
class ActorKind(Enum):
    SELF = strawberry.enum_value("SELF", description="The user, with a session or a code from an email.")
    API_TOKEN = strawberry.enum_value("API_TOKEN", description="A program with an API token of the user.")
    ADMIN = strawberry.enum_value("ADMIN", description="An administrator.")
    SYSTEM = strawberry.enum_value("SYSTEM", description="The service.")
    VISITOR = strawberry.enum_value(
        "VISITOR", description="A caller who was not authenticated as this user, for example in a failed login."
    )


@strawberry.type(description="A value that an administrator changed.")
class AuditChange:
    field: str = strawberry.field(description="The name of the value, such as `plan` or `unitsPerMinute`.")
    before: str | None = strawberry.field(
        description=(
            "The value before the change, as text. A list is JSON, and a duration is in seconds. Null if there "
            "was none."
        )
    )
    after: str | None = strawberry.field(
        description="The value after the change, in the same form. Null if there is none."
    )


@strawberry.type(description="A security event of an account, or an act of an administrator.")
class AuditEvent:
    row: strawberry.Private["AuditEventRow"]
    # The user who caused the event, if the caller may see that.
    done_by: strawberry.Private["UserRow | None"]
    caller: strawberry.Private["Caller"]

    @strawberry.field(description="Opaque ID, unique across all types.")
    def id(self) -> strawberry.ID:
        return ids.write("AuditEvent", self.row.id)

    @strawberry.field(description="When the event happened.")
    def at(self) -> datetime:
        return self.row.at

    @strawberry.field(description="What happened, such as LOGGED_IN or PASSWORD_CHANGED. New values may be added.")
    def action(self) -> str:
        return self.row.action

    @strawberry.field(description="Who caused the event.")
    def actor_kind(self) -> ActorKind:
        return ActorKind(self.row.actor_kind.value)

    @strawberry.field(
        description=(
            "The user who caused the event. Only administrators see it. Null for other callers, and "
            "if no user caused the event."
        )
    )
    def actor(self) -> Annotated["User", strawberry.lazy("graph.users")] | None:
        from graph.users import User

        return User(row=self.done_by, caller=self.caller) if self.done_by else None

    @strawberry.field(
        description=(
            "What the event was about, such as the name of an API token or a new email address. Null if it was the "
            "account itself."
        )
    )
    def subject(self) -> str | None:
        return self.row.subject

    @strawberry.field(
        description=(
            "The IP address of the request. Null if it is not known. Only administrators see that of an administrator."
        )
    )
    def ip_address(self) -> str | None:
        return self.row.ip_address if self._may_see_client() else None

    @strawberry.field(
        description=(
            "The User-Agent header of the request, at most 255 characters. Null if there was none. Only administrators "
            "see that of an administrator."
        )
    )
    def user_agent(self) -> str | None:
        return self.row.user_agent if self._may_see_client() else None

    def _may_see_client(self) -> bool:
        return security_events.may_see_client(self.caller, self.row)

    @strawberry.field(description="More information, such as the number of recovery codes left. Null if there is none.")
    def detail(self) -> str | None:
        return self.row.detail

    @strawberry.field(description="The values that an administrator changed. Empty for all other events.")
    def changes(self) -> list[AuditChange]:
        before, after = self.row.before or {}, self.row.after or {}
        return [AuditChange(field=name, before=_text(before.get(name)), after=_text(after[name])) for name in after]


@strawberry.type(description="A security event and its cursor.")
class AuditEventEdge:
    cursor: str = strawberry.field(description="The cursor of this item, for `after`.")
    node: AuditEvent = strawberry.field(description="The security event.")


@strawberry.type(description="A page of security events, newest first.")
class AuditEventConnection:
    items: strawberry.Private[list[tuple[str, AuditEvent]]]
    info: strawberry.Private[PageInfo]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The security events of this page, with their cursors.")
    def edges(self) -> list[AuditEventEdge]:
        return [AuditEventEdge(cursor=cursor, node=node) for cursor, node in self.items]

    @strawberry.field(description="The security events of this page.")
    def nodes(self) -> list[AuditEvent]:
        return [node for _, node in self.items]

    @strawberry.field(description="The position of this page in the list.")
    def page_info(self) -> PageInfo:
        return self.info

    @strawberry.field(description="The number of security events on all pages.")
    async def total_count(self) -> int:
        return await self.count()


async def read_page(caller: "Caller", *, first: int, after: str | None, of: UUID) -> AuditEventConnection:
    """Of the account of one user. Raises BadRequest."""
    position = pages.position(first, after)
    found = await security_events.page(caller, first=first, after=position, of=of)

    async def count() -> int:
        return found.total

    return await _connection(await administration.recognise(caller), found, count)


async def read_log(
    caller: "Caller", *, first: int, after: str | None, user_id: UUID | None, action: str | None
) -> AuditEventConnection:
    """Of all accounts, for an administrator. Raises BadRequest."""
    position = pages.position(first, after)
    found = await security_events.log(caller, first=first, after=position, user_id=user_id, action=action)
    count = partial(security_events.count_log, caller, user_id=user_id, action=action)
    return await _connection(caller, found, count)


async def _connection(
    caller: "Caller", found: "Found[AuditEventRow] | Slice[AuditEventRow]", count: Callable[[], Awaitable[int]]
) -> AuditEventConnection:
    actors = await security_events.actors(caller, found.rows)
    nodes = [
        (row.at, row.id, AuditEvent(row=row, done_by=actors.get(row.actor_id), caller=caller)) for row in found.rows
    ]
    items = pages.with_cursors(nodes)
    info = pages.info(items, has_next=found.has_next, has_previous=found.has_previous)
    return AuditEventConnection(items=items, info=info, count=count)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
