"""API tokens: looking at one's own, making and ending them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry

from graph import ids, usage
from graph.arguments import given
from graph.context import Info
from graph.costs import Cost
from graph.refusals import InvalidInput, LimitReached, NameTaken, NotFound, TooManyAttempts
from graph.scalars import Duration
from graph.usage import ByModel, Each, From, OfModel, To, UsageInterval, UsagePoint
from resolvers import api_tokens
from resolvers.accounts import Caller
from resolvers.api_tokens import ApiToken as ApiTokenRow
from resolvers.api_tokens import NewToken


@strawberry.enum(description="What an API token may do.")
class Scope(Enum):
    INFER = strawberry.enum_value("INFER", description="Run models.")
    READ = strawberry.enum_value("READ", description="List models; read the owner's plan, limits and usage.")


@strawberry.enum(description="Whether an API token works.")
class ApiTokenStatus(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="It works.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time is over.")
    REVOKED = strawberry.enum_value("REVOKED", description="It was revoked before its time was over.")


@strawberry.type(description="A credential for a program. What it is itself was shown once, when it was made.")
class ApiToken:
    row: strawberry.Private[ApiTokenRow]
    # Who looks: after `login` not the one who sent the request.
    caller: strawberry.Private[Caller]

    @strawberry.field(description="Opaque, unique over all types.")
    def id(self) -> strawberry.ID:
        return ids.write("ApiToken", self.row.id)

    @strawberry.field(description="What its owner calls it.")
    def name(self) -> str:
        return self.row.name

    @strawberry.field(description="The last characters of the token, to recognise it by.")
    def hint(self) -> str:
        return self.row.hint

    @strawberry.field(description="What it may do.")
    def scopes(self) -> list[Scope]:
        return [Scope(scope) for scope in self.row.scopes]

    @strawberry.field(description="Models it may use; null means all that its owner may.")
    def models(self) -> list[str] | None:
        return self.row.models

    @strawberry.field(description="Request units it may spend in any 60 seconds; null means as many as its owner.")
    def units_per_minute(self) -> int | None:
        return self.row.units_per_minute

    @strawberry.field(description="Whether it works.")
    def status(self, info: Info) -> ApiTokenStatus:
        return ApiTokenStatus(api_tokens.status(self.row, at=info.context.at).value)

    @strawberry.field(description="When it was made.")
    def created_at(self) -> datetime:
        return self.row.created_at

    @strawberry.field(description="When it ends by itself.")
    def expires_at(self) -> datetime:
        return self.row.expires_at

    @strawberry.field(description="When it was revoked; null where it was not.")
    def revoked_at(self) -> datetime | None:
        return self.row.revoked_at

    @strawberry.field(description="When it was last used; null where it was not, and not kept up to the second.")
    def last_used_at(self) -> datetime | None:
        return self.row.last_used_at

    @strawberry.field(description="Where it was last used from; null where it was not used.")
    def last_used_ip_address(self) -> str | None:
        return self.row.last_used_ip_address

    @strawberry.field(
        description=f"What was called and spent with it. {usage.PRICE}",
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
        points = await info.context.usage.of_token(self.caller, self.row.id, asked)
        return [UsagePoint.of(point) for point in points]


Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]


@strawberry.input(
    description=(
        "Names are unique among a user's active tokens; one that was rotated away frees its name and its place in "
        "`maxApiTokens`."
    )
)
class CreateApiTokenInput:
    name: str = strawberry.field(description="1 to 80 characters.")
    expires_in: Duration = strawberry.field(description="How long it lives; the plan says how long it may.")
    scopes: list[Scope] = strawberry.field(
        description="What it may do.", default_factory=lambda: [Scope.INFER, Scope.READ]
    )
    models: list[str] | None = strawberry.field(
        description="Models it may use; null means all that its owner may.", default=strawberry.UNSET
    )
    units_per_minute: int | None = strawberry.field(
        description="Request units it may spend in any 60 seconds, at most the plan's; null means as its owner.",
        default=strawberry.UNSET,
    )

    def read(self) -> NewToken:
        return NewToken(
            name=self.name,
            expires_in=self.expires_in,
            scopes=[scope.name for scope in self.scopes],
            models=given(self.models),
            units_per_minute=given(self.units_per_minute),
        )


@strawberry.input(description="Left out: unchanged; null: cleared.")
class UpdateApiTokenInput:
    name: str | None = strawberry.field(description="1 to 80 characters; never null.", default=strawberry.UNSET)
    models: list[str] | None = strawberry.field(
        description="Models it may use; null means all that its owner may.", default=strawberry.UNSET
    )
    units_per_minute: int | None = strawberry.field(
        description="Request units it may spend in any 60 seconds; null means as many as its owner.",
        default=strawberry.UNSET,
    )

    def read(self) -> dict[str, Any]:
        named = {"name": self.name, "models": self.models, "unitsPerMinute": self.units_per_minute}
        return {name: value for name, value in named.items() if value is not strawberry.UNSET}


@strawberry.type(description="`token` is the credential, a JWT; it is shown this once.")
class ApiTokenCreated:
    api_token: ApiToken = strawberry.field(description="What is known of it from now on.")
    token: str = strawberry.field(description="For the Authorization header: `Bearer gth_...`.")


@strawberry.type(description="The API token was changed.")
class ApiTokenUpdated:
    api_token: ApiToken = strawberry.field(description="As it is now.")


@strawberry.type(description="The API token works nowhere any more.")
class ApiTokenRevoked:
    api_token: ApiToken = strawberry.field(description="As it is now.")


@strawberry.type(description="The API token works nowhere any more and is in no list; its usage stays counted.")
class ApiTokenDeleted:
    id: strawberry.ID = strawberry.field(description="Which it was.")


CreateApiTokenResult = Annotated[
    ApiTokenCreated | InvalidInput | NameTaken | LimitReached | TooManyAttempts,
    strawberry.union("CreateApiTokenResult", description="A new API token, or why there is none."),
]
UpdateApiTokenResult = Annotated[
    ApiTokenUpdated | NotFound | InvalidInput | NameTaken,
    strawberry.union("UpdateApiTokenResult", description="A changed API token, or why it is not."),
]
RevokeApiTokenResult = Annotated[
    ApiTokenRevoked | NotFound,
    strawberry.union("RevokeApiTokenResult", description="A revoked API token, or why it is not."),
]
DeleteApiTokenResult = Annotated[
    ApiTokenDeleted | NotFound,
    strawberry.union("DeleteApiTokenResult", description="Which API token was deleted, or why none was."),
]


@strawberry.type
class ApiTokenQueries:
    @strawberry.field(description="The API token this request came with; null for a session or a visitor.")
    async def current_api_token(self, info: Info) -> ApiToken | None:
        if info.context.dry_run:
            return None
        caller = info.context.caller
        found = await api_tokens.current(caller)
        return ApiToken(row=found, caller=caller) if found else None


@strawberry.type
class ApiTokenMutations:
    @strawberry.mutation(
        description=(
            "Make an API token for the signed-in user. In any hour a user makes at most 60, or as many as the plan "
            "allows active ones, if that is more; then `TooManyAttempts`."
        )
    )
    async def create_api_token(
        self,
        info: Info,
        wish: Annotated[CreateApiTokenInput, strawberry.argument(name="input", description="What it shall be.")],
    ) -> CreateApiTokenResult | None:
        context = info.context
        created = await api_tokens.create(context.tools.signer, context.caller, wish.read(), at=context.at)
        return ApiTokenCreated(api_token=ApiToken(row=created.token, caller=context.caller), token=created.secret)

    @strawberry.mutation(
        description=(
            "Change an active API token's name, models or limit. Once this has answered, nothing begins by what the "
            "token could do before."
        )
    )
    async def update_api_token(
        self,
        info: Info,
        id_: Id,
        wish: Annotated[UpdateApiTokenInput, strawberry.argument(name="input", description="What to change.")],
    ) -> UpdateApiTokenResult | None:
        context = info.context
        token_id = ids.read("ApiToken", id_, noun="API token")
        row = await api_tokens.update(context.tools.gate, context.caller, token_id, wish.read(), at=context.at)
        return ApiTokenUpdated(api_token=ApiToken(row=row, caller=context.caller))

    @strawberry.mutation(description="End an API token: once this has answered, it works nowhere any more.")
    async def revoke_api_token(self, info: Info, id_: Id) -> RevokeApiTokenResult | None:
        context = info.context
        token_id = ids.read("ApiToken", id_, noun="API token")
        row = await api_tokens.revoke(context.tools.gate, context.caller, token_id, at=context.at)
        return ApiTokenRevoked(api_token=ApiToken(row=row, caller=context.caller))

    @strawberry.mutation(description="End an API token and take it out of every list.")
    async def delete_api_token(self, info: Info, id_: Id) -> DeleteApiTokenResult | None:
        context = info.context
        token_id = ids.read("ApiToken", id_, noun="API token")
        deleted = await api_tokens.delete(context.tools.gate, context.caller, token_id, at=context.at)
        return ApiTokenDeleted(id=ids.write("ApiToken", deleted))
