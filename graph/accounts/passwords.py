"""Passwords: resetting a forgotten one with a code from an email, and changing a known one."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph.accounts.registration import MailAccepted
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from graph.http import cookies
from graph.refusals import CodeRefused, InvalidInput, TooManyAttempts, WrongPassword
from resolvers import password_changes, recovery


@strawberry.type(
    description=(
        "The password was changed. Sessions and codes from before no longer work, except the session that changed it."
    )
)
class PasswordChanged:
    at: datetime = strawberry.field(description="When the password was changed.")


RequestPasswordResetResult = Annotated[
    MailAccepted | InvalidInput | TooManyAttempts,
    strawberry.union(
        "RequestPasswordResetResult",
        description="The result of `requestPasswordReset`: an accepted request or an error.",
    ),
]
ResetPasswordResult = Annotated[
    PasswordChanged | CodeRefused | InvalidInput | TooManyAttempts,
    strawberry.union("ResetPasswordResult", description="The result of `resetPassword`: the change or an error."),
]
ChangePasswordResult = Annotated[
    PasswordChanged | WrongPassword | InvalidInput | TooManyAttempts,
    strawberry.union("ChangePasswordResult", description="The result of `changePassword`: the change or an error."),
]

NewPassword = Annotated[
    str,
    strawberry.argument(
        description=(
            "The new password. 15 to 256 characters; the operator can set another minimum. Common passwords, "
            "sequences, and passwords that contain the email address or `gatehouse` are refused."
        )
    ),
]


@strawberry.type
class PasswordMutations:
    @strawberry.mutation(
        description=(
            "Send a code for `resetPassword` to the email address of an account. An earlier code for a reset stops "
            "working."
        ),
        directives=[ACCOUNT],
    )
    async def request_password_reset(
        self, info: Info, email: Annotated[str, strawberry.argument(description="The email address of the account.")]
    ) -> RequestPasswordResetResult | None:
        context = info.context
        return MailAccepted(email=await recovery.request(context.tools, context.caller, email, at=context.at))

    @strawberry.mutation(
        description=(
            "Set a new password with the code from the email. All sessions end, and no new session starts. API tokens "
            "keep working. After INVALID_INPUT the same code can be used again."
        ),
        directives=[ACCOUNT],
    )
    async def reset_password(
        self,
        info: Info,
        code: Annotated[
            str,
            strawberry.argument(
                description="The code from the email. Upper and lower case, spaces and hyphens do not matter."
            ),
        ],
        new_password: NewPassword,
    ) -> ResetPasswordResult | None:
        context = info.context
        done = await recovery.reset(context.tools, context.caller, code=code, new_password=new_password, at=context.at)
        context.cookies.update(cookies.keep_device(done.device, context.tools.devices.lifetime))
        return PasswordChanged(at=done.at)

    @strawberry.mutation(
        description=(
            "Change the password of the signed-in user. All other sessions end. API tokens keep working. Requires a "
            "session."
        ),
        directives=[ACCOUNT],
    )
    async def change_password(
        self,
        info: Info,
        current_password: Annotated[str, strawberry.argument(description="The current password of the user.")],
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
