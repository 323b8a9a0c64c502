"""Changing the email address: requested with the password, done with a code that is sent to the new address."""

from typing import Annotated

import strawberry

from graph.accounts.registration import MailAccepted
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from graph.refusals import CodeRefused, InvalidInput, TooManyAttempts, WrongPassword
from resolvers import email_changes


@strawberry.type(description="The email address was changed. The user now logs in with the new address.")
class EmailChanged:
    email: str = strawberry.field(description="The new email address.")


RequestEmailChangeResult = Annotated[
    MailAccepted | WrongPassword | InvalidInput | TooManyAttempts,
    strawberry.union(
        "RequestEmailChangeResult", description="The result of `requestEmailChange`: an accepted request or an error."
    ),
]
ConfirmEmailChangeResult = Annotated[
    EmailChanged | CodeRefused | TooManyAttempts,
    strawberry.union(
        "ConfirmEmailChangeResult", description="The result of `confirmEmailChange`: the new address or an error."
    ),
]


@strawberry.type
class EmailChangeMutations:
    @strawberry.mutation(
        description=(
            "Send a code for `confirmEmailChange` to a new email address. An earlier code for a change stops working. "
            "The current address is notified, and stays in use until the code is used. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def request_email_change(
        self,
        info: Info,
        new_email: Annotated[str, strawberry.argument(description="The new email address. The code is sent there.")],
        password: Annotated[str, strawberry.argument(description="The current password of the user.")],
    ) -> RequestEmailChangeResult | None:
        context = info.context
        email = await email_changes.request(
            context.tools, context.caller, new_email=new_email, password=password, at=context.at
        )
        return MailAccepted(email=email)

    @strawberry.mutation(
        description="Change the email address with the code from the email. Does not require a session.",
        directives=[ACCOUNT],
    )
    async def confirm_email_change(
        self,
        info: Info,
        code: Annotated[
            str,
            strawberry.argument(
                description="The code from the email. Upper and lower case, spaces and hyphens do not matter."
            ),
        ],
    ) -> ConfirmEmailChangeResult | None:
        context = info.context
        return EmailChanged(email=await email_changes.confirm(context.tools, context.caller, code, at=context.at))
