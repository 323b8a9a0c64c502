"""API tokens of other users, for administrators."""

from dataclasses import replace

import strawberry

from graph import ids
from graph.administration.users import ONLY_ADMINISTRATORS
from graph.api_token_changes import ApiTokenRevoked, RevokeApiTokenResult
from graph.api_tokens import ApiToken, Id
from graph.context import Info
from graph.execution.cost_directive import EXEMPT
from resolvers import foreign_tokens


@strawberry.type
class UserTokenMutations:
    @strawberry.mutation(
        description=(
            "Revoke an API token of any user. Once this mutation has answered, the token no longer works anywhere. "
            f"After SERVICE_UNAVAILABLE, repeat the mutation. {ONLY_ADMINISTRATORS}"
        ),
        directives=[EXEMPT],
    )
    async def revoke_user_api_token(self, info: Info, id_: Id) -> RevokeApiTokenResult | None:
        context = info.context
        token_id = ids.find("ApiToken", id_)
        row = await foreign_tokens.revoke(context.tools.gate, context.caller, token_id, at=context.at)
        return ApiTokenRevoked(api_token=ApiToken(row=row, caller=replace(context.caller, administers=True)))
