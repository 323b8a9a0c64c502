"""The email that a new user would have got, where `make run` catches emails."""

from typing import Annotated

import strawberry

from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from resolvers import caught_mails


@strawberry.type(description="An email that was caught instead of being sent, as with `make run`.")
class CaughtMail:
    subject: str = strawberry.field(description="The subject.")
    text: str = strawberry.field(description="The text.")
    code: str = strawberry.field(description="The code for `verifyEmail` in the text.")


@strawberry.type
class CaughtMailQueries:
    @strawberry.field(
        description=(
            "For trying out: the newest email for `verifyEmail` to this address. Anybody may read it, so it is always "
            "null except where the operator catches all emails, as `make run` does."
        ),
        directives=[ACCOUNT],
    )
    async def caught_mail(
        self, info: Info, email: Annotated[str, strawberry.argument(description="The address of the new user.")]
    ) -> CaughtMail | None:
        found = await caught_mails.newest(info.context.tools.settings, email)
        return CaughtMail(subject=found.subject, text=found.text, code=found.code) if found else None
