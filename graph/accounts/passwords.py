"""Another password: one that was forgotten is reset by a code from a mail, one that is known is changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graph.accounts.registration import MailAccepted
from graph.context import Info
from graph.http import cookies
from graph.refusals import CodeRefused, InvalidInput, TooManyAttempts, WrongPassword
from resolvers import password_changes, recovery


@strawberry.type(description="The password is another one, and sessions and codes from before have ended.")
class PasswordChanged:
    at: datetime = strawberry.field(description="Since when.")


RequestPasswordResetResult = Annotated[
    MailAccepted | InvalidInput | TooManyAttempts,
    strawberry.union("RequestPasswordResetResult", description="That a mail may come, or why none will."),
]
ResetPasswordResult = Annotated[
    PasswordChanged | CodeRefused | InvalidInput | TooManyAttempts,
    strawberry.union("ResetPasswordResult", description="That the password was reset, or why it was not."),
]
ChangePasswordResult = Annotated[
    PasswordChanged | WrongPassword | InvalidInput | TooManyAttempts,
    strawberry.union("ChangePasswordResult", description="That the password was changed, or why it was not."),
]

NewPassword = Annotated[
    str,
    strawberry.argument(
        description="15 to 256 characters, unless the operator asks for another number; none that is much used."
    ),
]


@strawberry.type
class PasswordMutations:
    @strawberry.mutation(description="Have a mail with a code for `resetPassword` sent; the code before it ends.")
    async def request_password_reset(
        self, info: Info, email: Annotated[str, strawberry.argument(description="The address.")]
    ) -> RequestPasswordResetResult | None:
        context = info.context
        return MailAccepted(email=await recovery.request(context.tools, context.caller, email, at=context.at))

    @strawberry.mutation(
        description="Set another password by the code from a mail. All sessions end and none begins; API tokens go on."
    )
    async def reset_password(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="As it stands in the mail.")],
        new_password: NewPassword,
    ) -> ResetPasswordResult | None:
        context = info.context
        done = await recovery.reset(context.tools, context.caller, code=code, new_password=new_password, at=context.at)
        context.cookies.update(cookies.keep_device(done.device))
        return PasswordChanged(at=done.at)

    @strawberry.mutation(description="Set another password. All other sessions end; API tokens go on.")
    async def change_password(
        self,
        info: Info,
        current_password: Annotated[str, strawberry.argument(description="The password until now.")],
        new_password: NewPassword,
    ) -> ChangePasswordResult | None:
        context = info.context
        changed_at = await password_changes.change(
            context.tools,
            context.caller,
            current_password=current_password,
            new_password=new_password,
            at=context.at,
        )
        return PasswordChanged(at=changed_at)
