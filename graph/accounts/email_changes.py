"""Another address: asked for with the password, and in force once a code from a mail to it was used."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.accounts.registration import MailAccepted
from graph.context import Info
from graph.refusals import CodeRefused, InvalidInput, TooManyAttempts, WrongPassword
from resolvers import email_changes


@strawberry.type(description="The user logs in with another address from now on.")
class EmailChanged:
    email: str = strawberry.field(description="Which it is.")


RequestEmailChangeResult = Annotated[
    MailAccepted | WrongPassword | InvalidInput | TooManyAttempts,
    strawberry.union("RequestEmailChangeResult", description="That a mail may come, or why none will."),
]
ConfirmEmailChangeResult = Annotated[
    EmailChanged | CodeRefused | TooManyAttempts,
    strawberry.union("ConfirmEmailChangeResult", description="Which address is the user's now, or why none is."),
]


@strawberry.type
class EmailChangeMutations:
    @strawberry.mutation(
        description="Have a mail with a code for `confirmEmailChange` sent to another address; the code before it ends."
    )
    async def request_email_change(
        self,
        info: Info,
        new_email: Annotated[str, strawberry.argument(description="The address; a mail goes there.")],
        password: Annotated[str, strawberry.argument(description="The password.")],
    ) -> RequestEmailChangeResult | None:
        context = info.context
        email = await email_changes.request(
            context.tools, context.caller, new_email=new_email, password=password, at=context.at
        )
        return MailAccepted(email=email)

    @strawberry.mutation(description="Show by the code from a mail that the address is the user's. Takes no session.")
    async def confirm_email_change(
        self, info: Info, code: Annotated[str, strawberry.argument(description="As it stands in the mail.")]
    ) -> ConfirmEmailChangeResult | None:
        context = info.context
        return EmailChanged(email=await email_changes.confirm(context.tools, context.caller, code, at=context.at))
