"""What users say of themselves."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.context import Info
from graph.refusals import InvalidInput
from graph.users import User
from resolvers import profiles


@strawberry.input(description="Left out: unchanged; null: cleared.")
class ProfileInput:
    display_name: str | None = strawberry.field(
        description="What to call the user, at most 80 characters.", default=strawberry.UNSET
    )
    locale: str | None = strawberry.field(
        description="The language of mails, as in `en` or `de-CH`; null: `en`.", default=strawberry.UNSET
    )

    def read(self) -> profiles.Changes:
        named = {"displayName": self.display_name, "locale": self.locale}
        return {name: value for name, value in named.items() if value is not strawberry.UNSET}


@strawberry.type(description="The profile was changed.")
class ProfileUpdated:
    user: User = strawberry.field(description="As they are now.")


UpdateProfileResult = Annotated[
    ProfileUpdated | InvalidInput,
    strawberry.union("UpdateProfileResult", description="A changed profile, or why it is not."),
]


@strawberry.type
class ProfileMutations:
    @strawberry.mutation(description="Change what the signed-in user says of themselves.")
    async def update_profile(
        self,
        info: Info,
        wish: Annotated[ProfileInput, strawberry.argument(name="input", description="What to change.")],
    ) -> UpdateProfileResult | None:
        context = info.context
        row = await profiles.update(context.caller, wish.read(), at=context.at)
        return ProfileUpdated(user=User(row=row, caller=context.caller))
