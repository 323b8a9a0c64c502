"""API tokens and the queries that list them."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from graph import ids, pages, usage
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT, Cost
from graph.pages import Page, PageInfo
from graph.refused_requests import Last, Refusal
from graph.usage import ByModel, Each, From, OfModel, To, UsageInterval, UsagePoint
from resolvers import api_tokens, refusals

if TYPE_CHECKING:
    from access.callers import Caller
    from db.models.api_tokens import ApiToken as ApiTokenRow


@strawberry.enum(description="What an API token may do.")
class Scope(Enum):
    INFER = strawberry.enum_value("INFER", description="Run models.")
    READ = strawberry.enum_value("READ", description="List models, and read the owner's plan, limits and usage.")


@strawberry.enum(description="The status of an API token.")
class ApiTokenStatus(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="The token works.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="The token has expired.")
    REVOKED = strawberry.enum_value("REVOKED", description="The token was revoked.")


@strawberry.type(description="A credential for a program. The secret is returned only at creation and rotation.")
class ApiToken:
    row: strawberry.Private["ApiTokenRow"]
    # Who looks: after `login` not the one who sent the request.
    caller: strawberry.Private["Caller"]

    @strawberry.field(description="Opaque ID, unique across all types.")
    def id(self) -> strawberry.ID:
        return ids.write("ApiToken", self.row.id)

    @strawberry.field(description="The name that the owner chose.")
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="The last 6 characters of the secret, to recognize the token.")
    def hint(self) -> str:
        return self.row.hint

    @strawberry.field(description="What the token may do.")
    def scopes(self) -> list[Scope]:
        return [Scope(scope) for scope in self.row.scopes]

    @strawberry.field(description="The models that the token may use. Null: all models that its owner may use.")
    def models(self) -> list[str] | None:
        return self.row.models

    @strawberry.field(
        description=(
            "The networks that the token may be used from, in CIDR form, such as 203.0.113.0/24. Null: any network. "
            "Requests from other addresses are FORBIDDEN and spend nothing."
        )
    )
    def allowed_networks(self) -> list[str] | None:
        return self.row.allowed_networks

    @strawberry.field(
        description=(
            "The IP address of this request, as the service sees it. `allowedNetworks` is compared with it. Null if "
            "this token did not send the request."
        )
    )
    def seen_from(self) -> str | None:
        return api_tokens.seen_from(self.caller, self.row)

    @strawberry.field(
        description="Request units that the token may spend in any 60 seconds. Null: no limit of its own."
    )
    def units_per_minute(self) -> int | None:
        return self.row.units_per_minute

    @strawberry.field(description="Whether the token is active, expired or revoked.")
    def status(self, info: Info) -> ApiTokenStatus:
        return ApiTokenStatus(api_tokens.status(self.row, at=info.context.at).value)

    @strawberry.field(description="When the token was created.")
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="When the token expires. A rotated token expires at the end of its `keepOldFor`.")
    def expires_at(self) -> datetime:
        return self.row.expires_at

    @strawberry.field(description="When the token was revoked. Null if it was not revoked.")
    def revoked_at(self) -> datetime | None:
        return self.row.revoked_at

    @strawberry.field(
        description=(
            "The token that this one was rotated to. Null if it was not rotated, or if the new token was deleted. "
            "Requires a session."
        ),
        directives=[Cost(weight=1)],
    )
    async def replaced_by(self) -> "ApiToken | None":
        found = await api_tokens.find(self.caller, self.row.replaced_by_id, of=self.row.user_id)
        return ApiToken(row=found, caller=self.caller) if found else None

    @strawberry.field(
        description="When the token was last used, accurate to about a minute. Null if it was never used."
    )
    def last_used_at(self) -> datetime | None:
        return self.row.last_used_at

    @strawberry.field(description="The IP address of the last use. Null if the token was never used.")
    def last_used_ip_address(self) -> str | None:
        return self.row.last_used_ip_address

    @strawberry.field(
        description=f"Usage of this token over time. An API token can read only its own. {usage.PRICE}",
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
        points = await info.context.usage.of_token(self.caller, self.row.id, asked, of=self.row.user_id)
        return [UsagePoint.of(point) for point in points]

    @strawberry.field(
        description=(
            "Requests with this token that were refused, newest first. Recorded within a second. An API token can read "
            "only its own."
        ),
        directives=[Cost(weight=1)],
    )
    async def refusals(self, last: Last = 50) -> list[Refusal] | None:
        found = await refusals.of_token(self.caller, self.row.id, last=last, of=self.row.user_id)
        return [Refusal(row=row) for row in found if Refusal.is_known(row)]


@strawberry.type(description="An API token and its cursor.")
class ApiTokenEdge:
    cursor: str = strawberry.field(description="The cursor of this item, for `after`.")
    node: ApiToken = strawberry.field(description="The API token.")


@strawberry.type(description="A page of API tokens, newest first.")
class ApiTokenConnection:
    page: strawberry.Private[Page[ApiToken]]

    @strawberry.field(description="The API tokens of this page, with their cursors.")
    def edges(self) -> list[ApiTokenEdge]:
        return [ApiTokenEdge(cursor=cursor, node=node) for cursor, node in self.page.items]

    @strawberry.field(description="The API tokens of this page.")
    def nodes(self) -> list[ApiToken]:
        return [node for _, node in self.page.items]

    @strawberry.field(description="The position of this page in the list.")
    def page_info(self) -> PageInfo:
        return self.page.info

    @strawberry.field(description="The number of API tokens on all pages.")
    def total_count(self) -> int:
        return self.page.total


Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="The ID of the API token.")]
IncludeEnded = Annotated[bool, strawberry.argument(description="Whether to include expired and revoked tokens.")]


Search = Annotated[
    str | None,
    strawberry.argument(description="A part of the name, in any case, or the whole hint. Omitted or null: all tokens."),
]


async def read_page(
    caller: "Caller", *, first: int, after: str | None, include_ended: bool, search: str | None, at: datetime, of: UUID
) -> ApiTokenConnection:
    """Raises BadRequest."""
    position = pages.position(first, after)
    found = await api_tokens.page(
        caller, first=first, after=position, include_ended=include_ended, search=search, at=at, of=of
    )
    nodes = [(row.created_at, row.id, ApiToken(row=row, caller=caller)) for row in found.rows]
    return ApiTokenConnection(page=pages.newest_first(found, nodes))


@strawberry.type
class ApiTokenQueries:
    @strawberry.field(
        description=(
            "The IP address of this request, as the service sees it. `allowedNetworks` of an API token is compared "
            "with it."
        ),
        directives=[ACCOUNT],
    )
    def seen_from(self, info: Info) -> str | None:
        return info.context.caller.address.partition("%")[0]

    @strawberry.field(
        description=(
            "The API token that sent this request. Null for a session and for an anonymous caller. FORBIDDEN for an "
            "API token without scope READ."
        ),
        directives=[ACCOUNT],
    )
    async def current_api_token(self, info: Info) -> ApiToken | None:
        caller = info.context.caller
        found = await api_tokens.current(caller)
        return ApiToken(row=found, caller=caller) if found else None
