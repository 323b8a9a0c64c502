"""The signed-in user: profile, plan, sessions, API tokens and usage."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

import strawberry

from graph import ids, jobs, usage
from graph.accounts import events
from graph.accounts.events import AuditEventConnection
from graph.api_tokens import ApiToken, ApiTokenConnection, Id, IncludeEnded, Search, read_page
from graph.arguments import After, First, given
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT, Cost
from graph.jobs import JobConnection, State
from graph.refused_requests import Last, Refusal
from graph.scalars import Duration
from graph.usage import ByModel, Each, From, OfModel, To, UsageInterval, UsagePoint
from graph.webhooks import WebhookSecret
from resolvers import accounts, api_tokens, refusals, sessions, two_factor, webhooks

if TYPE_CHECKING:
    from access.callers import Caller
    from db.models.plans import Plan as PlanRow
    from db.models.sessions import Session as SessionRow
    from db.models.users import User as UserRow


@strawberry.enum(description="The role of a user.")
class Role(Enum):
    USER = strawberry.enum_value("USER", description="A user who manages only their own account.")
    ADMIN = strawberry.enum_value("ADMIN", description="An administrator who also manages users and plans.")


@strawberry.type(
    description="Limits on what users of a plan may spend on calls of one model, in addition to the limits of the plan."
)
class ModelLimit:
    model: str = strawberry.field(description="The name of the model.")
    units_per_minute: int | None = strawberry.field(
        description="Request units in any 60 seconds. Null: no limit of its own."
    )
    units_per_day: int | None = strawberry.field(description="Request units in a day, UTC. Null: no limit of its own.")


@strawberry.type(description="A plan: what its users may spend and use.")
class Plan:
    row: strawberry.Private["PlanRow"]

    @strawberry.field(description="Opaque ID, unique across all types.")
    def id(self) -> strawberry.ID:
        return ids.write("Plan", self.row.id)

    @strawberry.field(description="The name of the plan.")
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="Request units that a user may spend in any 60 seconds.")
    def units_per_minute(self) -> int:
        return self.row.units_per_minute

    @strawberry.field(description="Limits for single models. A call must be within these and the limits of the plan.")
    def model_limits(self) -> list[ModelLimit]:
        return [ModelLimit(**limit) for limit in self.row.model_limits]

    @strawberry.field(description="Request units that a user may spend in a day, UTC.")
    def units_per_day(self) -> int:
        return self.row.units_per_day

    @strawberry.field(description="The number of operations with inference that a user may run at the same time.")
    def concurrent_requests(self) -> int:
        return self.row.concurrent_requests

    @strawberry.field(description="The number of active API tokens that a user may have.")
    def max_api_tokens(self) -> int:
        return self.row.max_api_tokens

    @strawberry.field(
        description=(
            "The share of a model's time that a user has while calls wait for the model. A user with 3 has three times "
            "the share of a user with 1."
        )
    )
    def weight(self) -> int:
        return self.row.weight

    @strawberry.field(description="The longest lifetime of an API token.")
    def max_token_lifetime(self) -> Duration:
        return Duration(self.row.max_token_lifetime)

    @strawberry.field(
        description=(
            "The names of private models that users of this plan may use. Public models are open to all users."
        )
    )
    def models(self) -> list[str]:
        return self.row.models


@strawberry.type(
    description=(
        "A session of a user, started by a login. `sessions` lists only active sessions. `revokeSession` returns "
        "the session that it revoked."
    )
)
class Session:
    row: strawberry.Private["SessionRow"]
    caller: strawberry.Private["Caller"]

    @strawberry.field(description="Opaque ID, unique across all types.")
    def id(self) -> strawberry.ID:
        return ids.write("Session", self.row.id)

    @strawberry.field(description="When the user logged in.")
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="When the session was last used, accurate to about a minute.")
    def last_used_at(self) -> datetime:
        return self.row.last_used_at

    @strawberry.field(
        description=(
            "When the session expires. It ends earlier if it stays unused for a time that the operator sets, 3 days by "
            "default."
        )
    )
    def expires_at(self) -> datetime:
        return self.row.expires_at

    @strawberry.field(description="The IP address of the login. Null if it is not known.")
    def ip_address(self) -> str | None:
        return self.row.ip_address

    @strawberry.field(description="The User-Agent header of the login, at most 255 characters. Null if there was none.")
    def user_agent(self) -> str | None:
        return self.row.user_agent

    @strawberry.field(description="Whether this is the session that sent the request.")
    def current(self) -> bool:
        return sessions.is_current(self.caller, self.row)


@strawberry.type(
    description=(
        "A user with an account. An API token with scope READ can read `id`, `plan` and `usage` of its owner. All "
        "other fields require a session and are FORBIDDEN for an API token. Administrators can read all fields of all "
        "users."
    )
)
class User:
    row: strawberry.Private["UserRow"]
    # Who looks: after `login` not the one who sent the request.
    caller: strawberry.Private["Caller"]

    def _private(self) -> "UserRow":
        return accounts.private(self.caller, self.row)

    @strawberry.field(description="Opaque ID, unique across all types.")
    def id(self) -> strawberry.ID:
        return ids.write("User", self.row.id)

    @strawberry.field(description="The email address, which the user logs in with.")
    def email(self) -> str:
        return self._private().email

    @strawberry.field(description="When the email address was verified. Null if it is not verified.")
    def email_verified_at(self) -> datetime | None:
        return self._private().email_verified_at

    @strawberry.field(description="The display name. Null if the user has set none.")
    def display_name(self) -> str | None:
        return self._private().display_name

    @strawberry.field(description="The language of emails to the user, such as `en` or `de-CH`.")
    def locale(self) -> str:
        return self._private().locale

    @strawberry.field(description="The role of the user.")
    def role(self) -> Role:
        return Role(self._private().role.value)

    @strawberry.field(
        description="Whether a login requires a second factor.",
        directives=[Cost(weight=1)],
    )
    async def two_factor(self) -> bool:
        return await two_factor.is_on(self._private().id)

    @strawberry.field(description="When the user registered.")
    def created_at(self) -> datetime:
        return self._private().created_at

    @strawberry.field(description="When an administrator suspended the account. Null if it is not suspended.")
    def suspended_at(self) -> datetime | None:
        return self._private().suspended_at

    @strawberry.field(description="The plan, which sets what the user may spend and use.")
    def plan(self) -> Plan:
        return Plan(row=self.row.plan)

    @strawberry.field(description="The user's active sessions, newest first, at most 100.", directives=[Cost(weight=1)])
    async def sessions(self, info: Info) -> list[Session] | None:
        idle_lifetime = info.context.tools.settings.session_idle
        found = await sessions.listed(self.caller, at=info.context.at, idle_lifetime=idle_lifetime, of=self.row.id)
        return [Session(row=row, caller=self.caller) for row in found]

    @strawberry.field(
        description=(
            "Requests that were refused, with a session or any API token of the user, newest first. Recorded within a "
            "second. An API token can read only its own, in `currentApiToken`."
        ),
        directives=[Cost(weight=1)],
    )
    async def refusals(self, last: Last = 50) -> list[Refusal] | None:
        found = await refusals.of_user(self.caller, last=last, of=self.row.id)
        return [Refusal(row=row) for row in found if Refusal.is_known(row)]

    @strawberry.field(
        description="Security events of the account, newest first: logins, refused attempts and changes.",
        directives=[Cost(weight=1)],
    )
    async def security_events(self, first: First = 50, after: After = strawberry.UNSET) -> AuditEventConnection | None:
        return await events.read_page(self.caller, first=first, after=given(after), of=self.row.id)

    @strawberry.field(description="The user's API tokens, newest first.", directives=[Cost(weight=1)])
    async def api_tokens(
        self,
        info: Info,
        first: First = 50,
        after: After = strawberry.UNSET,
        include_ended: IncludeEnded = False,
        search: Search = strawberry.UNSET,
    ) -> ApiTokenConnection | None:
        return await read_page(
            self.caller,
            first=first,
            after=given(after),
            include_ended=include_ended,
            search=given(search),
            at=info.context.at,
            of=self.row.id,
        )

    @strawberry.field(
        description="One of the user's API tokens. Null if there is none with this ID.", directives=[Cost(weight=1)]
    )
    async def api_token(self, id_: Id) -> ApiToken | None:
        found = await api_tokens.find(self.caller, ids.find("ApiToken", id_), of=self.row.id)
        return ApiToken(row=found, caller=self.caller) if found else None

    @strawberry.field(
        description="The user's jobs that are still stored, newest first. An API token reads its own jobs with `job`.",
        directives=[Cost(weight=1)],
    )
    async def jobs(
        self, first: First = 50, after: After = strawberry.UNSET, state: State = strawberry.UNSET
    ) -> JobConnection | None:
        return await jobs.read_page(self.caller, first=first, after=given(after), state=given(state), of=self.row.id)

    @strawberry.field(
        description="The secret that signs the user's webhooks. Null if there is none.", directives=[Cost(weight=1)]
    )
    async def webhook_secret(self) -> WebhookSecret | None:
        row = await webhooks.secret_of(self.caller, self.row.id)
        return WebhookSecret(row=row) if row else None

    @strawberry.field(
        description=f"Usage of the user over time, with all credentials together. {usage.PRICE}",
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
        points = await info.context.usage.of_user(self.caller, asked, of=self.row.id)
        return [UsagePoint.of(point) for point in points]


@strawberry.type
class UserQueries:
    @strawberry.field(
        description=(
            "The signed-in user, or the owner of the API token. Null for an anonymous caller. FORBIDDEN for an API "
            "token without scope READ."
        ),
        directives=[ACCOUNT],
    )
    async def me(self, info: Info) -> User | None:
        caller = info.context.caller
        user = await accounts.me(caller)
        return User(row=user, caller=caller) if user else None
