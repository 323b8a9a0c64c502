"""The mutations of API tokens: creating, changing, revoking and deleting them."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import strawberry

from graph import ids
from graph.api_tokens import ApiToken, Id, Scope
from graph.arguments import given
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT, EXEMPT
from graph.refusals import InvalidInput, LimitReached, NameTaken, NotFound, TooManyAttempts
from graph.scalars import Duration
from resolvers import api_tokens, leaks, token_rotation
from resolvers.token_input import NewToken
from resolvers.token_rotation import Rotation

_NETWORKS = (
    "The networks that the token may be used from, 1 to 20: IPv4 or IPv6 in CIDR form, such as 203.0.113.0/24, or a "
    "single address. An address with bits set beyond its prefix is refused. IPv4-mapped IPv6 becomes IPv4. Null: any "
    "network. `seenFrom` shows the address that a request comes from."
)
_AT_ONCE = Duration(timedelta(0))


@strawberry.input(
    description=(
        "A new API token. Its name must differ from the names of the user's other active tokens. Expired, revoked and "
        "rotated tokens do not keep their names, and do not count for the plan's `maxApiTokens`."
    )
)
class CreateApiTokenInput:
    name: str = strawberry.field(description="The name, 1 to 80 characters.")
    expires_in: Duration = strawberry.field(
        description="The lifetime of the token: at least 1 second, at most the plan's `maxTokenLifetime`."
    )
    scopes: list[Scope] = strawberry.field(
        description="What the token may do. At least one scope is required.",
        default_factory=lambda: [Scope.INFER, Scope.READ],
    )
    models: list[str] | None = strawberry.field(
        description="The models that the token may use, at most 100. Null: all models that its owner may use.",
        default=strawberry.UNSET,
    )
    allowed_networks: list[str] | None = strawberry.field(description=_NETWORKS, default=strawberry.UNSET)
    units_per_minute: int | None = strawberry.field(
        description=(
            "Request units that the token may spend in any 60 seconds: at least 1, at most the plan's "
            "`unitsPerMinute`. Null: no limit of its own."
        ),
        default=strawberry.UNSET,
    )

    def read(self) -> NewToken:
        return NewToken(
            name=self.name,
            expires_in=self.expires_in,
            scopes=[scope.name for scope in self.scopes],
            models=given(self.models),
            allowed_networks=given(self.allowed_networks),
            units_per_minute=given(self.units_per_minute),
        )


@strawberry.input(description="Changes to an API token. An omitted field stays as it is. Null removes the restriction.")
class UpdateApiTokenInput:
    name: str | None = strawberry.field(
        description="The new name, 1 to 80 characters. Must not be null.", default=strawberry.UNSET
    )
    models: list[str] | None = strawberry.field(
        description="The models that the token may use, at most 100. Null: all models that its owner may use.",
        default=strawberry.UNSET,
    )
    allowed_networks: list[str] | None = strawberry.field(description=_NETWORKS, default=strawberry.UNSET)
    units_per_minute: int | None = strawberry.field(
        description="Request units that the token may spend in any 60 seconds. Null: no limit of its own.",
        default=strawberry.UNSET,
    )

    def read(self) -> dict[str, Any]:
        named = {
            "name": self.name,
            "models": self.models,
            "allowedNetworks": self.allowed_networks,
            "unitsPerMinute": self.units_per_minute,
        }
        return {name: value for name, value in named.items() if value is not strawberry.UNSET}


@strawberry.type(
    description="The API token was created or rotated. `token` is the new secret, which is returned only here."
)
class ApiTokenCreated:
    api_token: ApiToken = strawberry.field(description="The new API token, without its secret.")
    token: str = strawberry.field(
        description="The secret, which starts with `gth_`. Send it as `Authorization: Bearer TOKEN`."
    )


@strawberry.type(description="The API token was updated.")
class ApiTokenUpdated:
    api_token: ApiToken = strawberry.field(description="The updated API token.")


@strawberry.type(description="The API token was revoked and no longer works.")
class ApiTokenRevoked:
    api_token: ApiToken = strawberry.field(description="The revoked API token.")


@strawberry.type(
    description=("The API token was deleted. It no longer works and is no longer listed. Its usage is kept.")
)
class ApiTokenDeleted:
    id: strawberry.ID = strawberry.field(description="The ID of the deleted API token.")


@strawberry.type(
    description=(
        "The report was received. Live API tokens in it were revoked and no longer work. The answer is the same for "
        "any text, so it does not show whether a token is real."
    )
)
class LeakReported:
    at: datetime = strawberry.field(description="When the report was received.")


CreateApiTokenResult = Annotated[
    ApiTokenCreated | InvalidInput | NameTaken | LimitReached | TooManyAttempts,
    strawberry.union(
        "CreateApiTokenResult", description="The result of `createApiToken`: the new API token or an error."
    ),
]
UpdateApiTokenResult = Annotated[
    ApiTokenUpdated | NotFound | InvalidInput | NameTaken,
    strawberry.union(
        "UpdateApiTokenResult", description="The result of `updateApiToken`: the updated API token or an error."
    ),
]
RotateApiTokenResult = Annotated[
    ApiTokenCreated | NotFound | InvalidInput | LimitReached | TooManyAttempts,
    strawberry.union(
        "RotateApiTokenResult", description="The result of `rotateApiToken`: the new API token or an error."
    ),
]
RevokeApiTokenResult = Annotated[
    ApiTokenRevoked | NotFound,
    strawberry.union(
        "RevokeApiTokenResult", description="The result of `revokeApiToken`: the revoked API token or an error."
    ),
]
DeleteApiTokenResult = Annotated[
    ApiTokenDeleted | NotFound,
    strawberry.union(
        "DeleteApiTokenResult",
        description="The result of `deleteApiToken`: the ID of the deleted API token or an error.",
    ),
]


@strawberry.type
class ApiTokenMutations:
    @strawberry.mutation(
        description=(
            "Create an API token for the signed-in user. A user can create at most 60 tokens in any 60 minutes, or the "
            "plan's `maxApiTokens` if that is more. Beyond that, the result is `TooManyAttempts`. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def create_api_token(
        self,
        info: Info,
        input_: Annotated[CreateApiTokenInput, strawberry.argument(name="input", description="The new API token.")],
    ) -> CreateApiTokenResult | None:
        context = info.context
        created = await api_tokens.create(context.tools.signer, context.caller, input_.read(), at=context.at)
        return ApiTokenCreated(api_token=ApiToken(row=created.token, caller=context.caller), token=created.secret)

    @strawberry.mutation(
        description=(
            "Change the name, the models, the networks or the limit of an active API token. Once this mutation has "
            "answered, the change applies everywhere. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def update_api_token(
        self,
        info: Info,
        id_: Id,
        input_: Annotated[UpdateApiTokenInput, strawberry.argument(name="input", description="The changes.")],
    ) -> UpdateApiTokenResult | None:
        context = info.context
        token_id = ids.find("ApiToken", id_)
        row = await api_tokens.update(context.tools.gate, context.caller, token_id, input_.read(), at=context.at)
        return ApiTokenUpdated(api_token=ApiToken(row=row, caller=context.caller))

    @strawberry.mutation(
        description=(
            "Replace an API token by a new one with the same name, scopes, models, networks and limit. Models that the "
            "user may no longer use are removed, and the limit is at most that of the plan. While both tokens work, "
            "they share their limits: `token-minute` and `token-account-minute` count both together. `lastUsedAt` of "
            "the old token shows whether a program still uses it. A token can be rotated once. After that, rotate its "
            "`replacedBy`. Revoking the new token does not change the old one. The new token counts for the 60 in 60 "
            "minutes of `createApiToken`. After SERVICE_UNAVAILABLE, read `replacedBy` of the old token. If it is "
            "set, rotate that token, because its secret is lost. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def rotate_api_token(
        self,
        info: Info,
        id_: Id,
        expires_in: Annotated[
            Duration | None,
            strawberry.argument(
                description=(
                    "The lifetime of the new token: at least 1 second, at most the plan's `maxTokenLifetime`. Omitted "
                    "or null: the lifetime that the old token was created with, or the plan's if that is shorter."
                )
            ),
        ] = strawberry.UNSET,
        keep_old_for: Annotated[
            Duration,
            strawberry.argument(
                description=(
                    "How long the old token still works, at most P7D and never beyond its own end. PT0S: it is revoked "
                    "at once."
                )
            ),
        ] = _AT_ONCE,
    ) -> RotateApiTokenResult | None:
        context = info.context
        asked = Rotation(expires_in=given(expires_in), keep_old_for=keep_old_for)
        created = await token_rotation.rotate(
            context.tools, context.models, context.caller, ids.find("ApiToken", id_), asked, at=context.at
        )
        return ApiTokenCreated(api_token=ApiToken(row=created.token, caller=context.caller), token=created.secret)

    @strawberry.mutation(
        description=(
            "Revoke an API token. Once this mutation has answered, the token no longer works anywhere. After "
            "SERVICE_UNAVAILABLE, repeat the mutation. Requires a session."
        ),
        directives=[EXEMPT],
    )
    async def revoke_api_token(self, info: Info, id_: Id) -> RevokeApiTokenResult | None:
        context = info.context
        token_id = ids.find("ApiToken", id_)
        row = await api_tokens.revoke(context.tools.gate, context.caller, token_id, at=context.at)
        return ApiTokenRevoked(api_token=ApiToken(row=row, caller=context.caller))

    @strawberry.mutation(
        description=(
            "Revoke an API token and remove it from all lists. Once this mutation has answered, the token no longer "
            "works anywhere. After SERVICE_UNAVAILABLE, repeat the mutation. The usage of the token is kept. Requires "
            "a session."
        ),
        directives=[EXEMPT],
    )
    async def delete_api_token(self, info: Info, id_: Id) -> DeleteApiTokenResult | None:
        context = info.context
        token_id = ids.find("ApiToken", id_)
        deleted = await api_tokens.delete(context.tools.gate, context.caller, token_id, at=context.at)
        return ApiTokenDeleted(id=ids.write("ApiToken", deleted))

    @strawberry.mutation(
        description=(
            "Revoke API tokens whose secret was found in public. Anyone may report, without a credential. Once this "
            "mutation has answered, live tokens among the given texts no longer work anywhere, and their owners get an "
            "email. The answer and its time are the same for live, expired, revoked and invented tokens. A network can "
            "send 60 reports in any 60 minutes. Beyond that, TOO_MANY_ATTEMPTS. After SERVICE_UNAVAILABLE, repeat the "
            "mutation."
        ),
        directives=[ACCOUNT],
    )
    async def report_leaked_tokens(
        self,
        info: Info,
        tokens: Annotated[
            list[str],
            strawberry.argument(
                description=(
                    "The secrets that were found, at most 100. Each starts with `gth_`. Other texts are ignored."
                )
            ),
        ],
    ) -> LeakReported | None:
        context = info.context
        return LeakReported(at=await leaks.report(context.tools, context.caller, tokens, at=context.at))
