"""The signed-in user: who they are, their plan, their sessions and their API tokens."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from graph import ids, usage
from graph.accounts import events
from graph.accounts.events import AuditEventConnection
from graph.api_tokens import ApiToken, Id
from graph.arguments import After, First, given
from graph.context import Info
from graph.costs import Cost
from graph.scalars import Duration
from graph.token_pages import ApiTokenConnection, IncludeEnded, read_page
from graph.usage import ByModel, Each, From, OfModel, To, UsageInterval, UsagePoint
from resolvers import accounts, api_tokens, sessions, two_factor
from resolvers.accounts import Caller
from resolvers.accounts import Plan as PlanRow
from resolvers.accounts import User as UserRow
from resolvers.sessions import Session as SessionRow


@strawberry.enum(description="What a user may do beside what concerns themselves.")
class Role(Enum):
    USER = strawberry.enum_value("USER", description="Nothing.")
    ADMIN = strawberry.enum_value("ADMIN", description="Look after users and plans.")


@strawberry.type(description="What its users may spend.")
class Plan:
    row: strawberry.Private[PlanRow]

    @strawberry.field(description="Opaque, unique over all types.")
    def id(self) -> strawberry.ID:
        return ids.write("Plan", self.row.id)

    @strawberry.field(description="As it is shown to users.")
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="Request units in any 60 seconds.")
    def units_per_minute(self) -> int:
        return self.row.units_per_minute

    @strawberry.field(description="Request units in a day, UTC.")
    def units_per_day(self) -> int:
        return self.row.units_per_day

    @strawberry.field(description="Operations with inference that may run at the same time.")
    def concurrent_requests(self) -> int:
        return self.row.concurrent_requests

    @strawberry.field(description="How many active API tokens there may be.")
    def max_api_tokens(self) -> int:
        return self.row.max_api_tokens

    @strawberry.field(description="The longest that an API token may live.")
    def max_token_lifetime(self) -> Duration:
        return Duration(self.row.max_token_lifetime)

    @strawberry.field(description="The models not open to everyone that this plan opens.")
    def models(self) -> list[str]:
        return self.row.models


@strawberry.type(
    description="A login that has neither expired, nor been left idle, nor been revoked; or that was revoked just now."
)
class Session:
    row: strawberry.Private[SessionRow]
    caller: strawberry.Private[Caller]

    @strawberry.field(description="Opaque, unique over all types.")
    def id(self) -> strawberry.ID:
        return ids.write("Session", self.row.id)

    @strawberry.field(description="When the user logged in.")
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="When it was last seen; not kept up to the second.")
    def last_used_at(self) -> datetime:
        return self.row.last_used_at

    @strawberry.field(description="When it ends by itself.")
    def expires_at(self) -> datetime:
        return self.row.expires_at

    @strawberry.field(description="Where the user logged in from; null where it is not known.")
    def ip_address(self) -> str | None:
        return self.row.ip_address

    @strawberry.field(description="What the user's program called itself; null where it said nothing.")
    def user_agent(self) -> str | None:
        return self.row.user_agent

    @strawberry.field(description="Whether this request came with it.")
    def current(self) -> bool:
        return sessions.is_current(self.caller, self.row)


@strawberry.type(
    description=(
        "Somebody with an account. An API token with scope READ may see id, plan and usage of its owner; everything "
        "else takes a session."
    )
)
class User:
    row: strawberry.Private[UserRow]
    # Who looks: after `login` not the one who sent the request.
    caller: strawberry.Private[Caller]

    def _private(self) -> UserRow:
        return accounts.private(self.caller, self.row)

    @strawberry.field(description="Opaque, unique over all types.")
    def id(self) -> strawberry.ID:
        return ids.write("User", self.row.id)

    @strawberry.field(description="The address to log in with.")
    def email(self) -> str:
        return self._private().email

    @strawberry.field(description="When a code from a mail to the address was used; null until then.")
    def email_verified_at(self) -> datetime | None:
        return self._private().email_verified_at

    @strawberry.field(description="What the user wants to be called; null where they did not say.")
    def display_name(self) -> str | None:
        return self._private().display_name

    @strawberry.field(description="The language of their mails, as in `en` or `de-CH`.")
    def locale(self) -> str:
        return self._private().locale

    @strawberry.field(description="What they may do beside what concerns themselves.")
    def role(self) -> Role:
        return Role(self._private().role.value)

    @strawberry.field(
        description="Whether a login takes a code of an authenticator program beside the password.",
        directives=[Cost(weight=1)],
    )
    async def two_factor(self) -> bool:
        return await two_factor.is_on(self._private().id)

    @strawberry.field(description="When they registered.")
    def created_at(self) -> datetime:
        return self._private().created_at

    @strawberry.field(description="Since when an administrator has kept them out; null for most.")
    def suspended_at(self) -> datetime | None:
        return self._private().suspended_at

    @strawberry.field(description="What they may spend.")
    def plan(self) -> Plan:
        return Plan(row=self.row.plan)

    @strawberry.field(
        description="Their live logins, the newest first, a hundred at most.", directives=[Cost(weight=1)]
    )
    async def sessions(self, info: Info) -> list[Session] | None:
        idle_lifetime = info.context.tools.settings.session_idle_lifetime
        found = await sessions.listed(self.caller, at=info.context.at, idle_lifetime=idle_lifetime)
        return [Session(row=row, caller=self.caller) for row in found]

    @strawberry.field(
        description="What happened to the account: sign-ins, refusals, changes, the newest first.",
        directives=[Cost(weight=1)],
    )
    async def security_events(self, first: First = 50, after: After = strawberry.UNSET) -> AuditEventConnection | None:
        return await events.read_page(self.caller, first=first, after=given(after))

    @strawberry.field(description="Their API tokens, the newest first.", directives=[Cost(weight=1)])
    async def api_tokens(
        self, info: Info, first: First = 50, after: After = strawberry.UNSET, include_ended: IncludeEnded = False
    ) -> ApiTokenConnection | None:
        return await read_page(
            self.caller, first=first, after=given(after), include_ended=include_ended, at=info.context.at
        )

    @strawberry.field(
        description="One API token of theirs; null where there is none with this id.", directives=[Cost(weight=1)]
    )
    async def api_token(self, id_: Id) -> ApiToken | None:
        found = await api_tokens.find(self.caller, ids.find("ApiToken", id_))
        return ApiToken(row=found, caller=self.caller) if found else None

    @strawberry.field(
        description=f"What they called and spent, with every credential of theirs. {usage.PRICE}",
        directives=[Cost(points_per_unit=usage.POINTS_PER_UNIT)],
    )
    async def usage(
        self,
        info: Info,
        begin: From,
        end: To,
        interval: Each = UsageInterval.DAY,
        model: OfModel = strawberry.UNSET,
        by_model: ByModel = False,
    ) -> list[UsagePoint] | None:
        asked = usage.question(begin, end, interval, model, by_model)
        points = await info.context.usage.of_user(self.caller, asked)
        return [UsagePoint.of(point) for point in points]


@strawberry.type
class UserQueries:
    @strawberry.field(description="The signed-in user, or the owner of the API token; null for a visitor.")
    async def me(self, info: Info) -> User | None:
        if info.context.dry_run:
            return None
        caller = info.context.caller
        user = await accounts.me(caller)
        return User(row=user, caller=caller) if user else None
