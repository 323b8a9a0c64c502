"""The profile of a user."""

from typing import Annotated

import strawberry

from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from graph.refusals import InvalidInput
from graph.users import User
from resolvers import profiles


@strawberry.input(description="Changes to a profile. An omitted field stays as it is. Null clears the field.")
class ProfileInput:
    display_name: str | None = strawberry.field(
        description="The display name, at most 80 characters.", default=strawberry.UNSET
    )
    locale: str | None = strawberry.field(
        description="The language of emails, such as `en` or `de-CH`. Null sets `en`.", default=strawberry.UNSET
    )

    def read(self) -> profiles.Changes:
        named = {"displayName": self.display_name, "locale": self.locale}
        return {name: value for name, value in named.items() if value is not strawberry.UNSET}


@strawberry.type(description="The profile was updated.")
class ProfileUpdated:
    user: User = strawberry.field(description="The updated user.")


UpdateProfileResult = Annotated[
    ProfileUpdated | InvalidInput,
    strawberry.union("UpdateProfileResult", description="The result of `updateProfile`: the updated user or an error."),
]


@strawberry.type
class ProfileMutations:
    @strawberry.mutation(
        description="Update the profile of the signed-in user. Requires a session.", directives=[ACCOUNT]
    )
    async def update_profile(
        self,
        info: Info,
        input_: Annotated[ProfileInput, strawberry.argument(name="input", description="The changes.")],
    ) -> UpdateProfileResult | None:
        context = info.context
        row = await profiles.update(context.caller, input_.read(), at=context.at)
        return ProfileUpdated(user=User(row=row, caller=context.caller))
