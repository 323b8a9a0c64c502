"""What happened to an account, for its owner to see."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph import ids, pages
from graph.pages import Page, PageInfo
from resolvers import security_events
from resolvers.accounts import Caller
from resolvers.accounts import User as UserRow
from resolvers.security_events import AuditEvent as AuditEventRow

if TYPE_CHECKING:
    from graph.users import User


@strawberry.enum(description="Who did something.")
class ActorKind(Enum):
    SELF = strawberry.enum_value("SELF", description="The user, with a session or a code from a mail.")
    API_TOKEN = strawberry.enum_value("API_TOKEN", description="A program with an API token of the user.")
    ADMIN = strawberry.enum_value("ADMIN", description="An administrator.")
    SYSTEM = strawberry.enum_value("SYSTEM", description="The service itself.")
    VISITOR = strawberry.enum_value("VISITOR", description="Somebody who had not shown who they were.")


@strawberry.type(description="Something that happened to an account.")
class AuditEvent:
    row: strawberry.Private[AuditEventRow]
    # Who did it, where whoever looks may know.
    done_by: strawberry.Private[UserRow | None]
    # Who looks.
    caller: strawberry.Private[Caller]

    @strawberry.field(description="Opaque, unique over all types.")
    def id(self) -> strawberry.ID:
        return ids.write("AuditEvent", self.row.id)

    @strawberry.field(description="When it happened.")
    def at(self) -> datetime:
        return self.row.at

    @strawberry.field(description="What happened: LOGGED_IN, PASSWORD_CHANGED and the like.")
    def action(self) -> str:
        return self.row.action

    @strawberry.field(description="Who did it.")
    def actor_kind(self) -> ActorKind:
        return ActorKind(self.row.actor_kind.value)

    @strawberry.field(description="For administrators only: which user did it; null for a visitor.")
    def actor(self) -> Annotated[User, strawberry.lazy("graph.users")] | None:
        from graph.users import User

        return User(row=self.done_by, caller=self.caller) if self.done_by else None

    @strawberry.field(description="What it was done to, as the name of an API token; null for the account itself.")
    def subject(self) -> str | None:
        return self.row.subject

    @strawberry.field(description="From where; null where that is not known.")
    def ip_address(self) -> str | None:
        return self.row.ip_address

    @strawberry.field(description="What the program called itself; null where it said nothing.")
    def user_agent(self) -> str | None:
        return self.row.user_agent

    @strawberry.field(description="More about it, in words; null where there is no more to say.")
    def detail(self) -> str | None:
        return self.row.detail


@strawberry.type(description="An event in a page, with its cursor.")
class AuditEventEdge:
    cursor: str = strawberry.field(description="For `after`.")
    node: AuditEvent = strawberry.field(description="The event.")


@strawberry.type(description="A page of events, the newest first.")
class AuditEventConnection:
    page: strawberry.Private[Page[AuditEvent]]

    @strawberry.field(description="The events of this page with their cursors.")
    def edges(self) -> list[AuditEventEdge]:
        return [AuditEventEdge(cursor=cursor, node=node) for cursor, node in self.page.items]

    @strawberry.field(description="The events of this page.")
    def nodes(self) -> list[AuditEvent]:
        return [node for _, node in self.page.items]

    @strawberry.field(description="Where this page stands.")
    def page_info(self) -> PageInfo:
        return self.page.info

    @strawberry.field(description="How many events there are on all pages.")
    def total_count(self) -> int:
        return self.page.total


async def read_page(caller: Caller, *, first: int, after: str | None) -> AuditEventConnection:
    """Raises BadRequest."""
    place = pages.position(first, after)
    found = await security_events.page(caller, first=first, after=place)
    actors = await security_events.actors(caller, found.rows)
    nodes = [
        (row.at, row.id, AuditEvent(row=row, done_by=actors.get(row.actor_id), caller=caller)) for row in found.rows
    ]
    return AuditEventConnection(page=pages.newest_first(found, nodes))
