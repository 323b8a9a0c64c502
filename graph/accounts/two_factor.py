"""Two-factor login: turning it on and off, and the second step of a login."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph.accounts.sessions import LoggedIn, check_cookie, logged_in
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from graph.refusals import CodeRefused, TooManyAttempts, WrongPassword
from resolvers import two_factor


@strawberry.type(
    description=(
        "The secret and the recovery codes for two-factor login. They are returned only once. Two-factor login is on "
        "after `confirmTwoFactor`."
    )
)
class TwoFactorOffered:
    uri: str = strawberry.field(
        description=("The `otpauth://` URI with the secret. Show it as a QR code, or enter it in an authenticator app.")
    )
    recovery_codes: list[str] = strawberry.field(
        description="Ten recovery codes, for a user who has lost the authenticator app. Each works once."
    )


@strawberry.type(description="Two-factor login was turned on or off.")
class TwoFactorChanged:
    enabled: bool = strawberry.field(description="Whether two-factor login is now on.")
    at: datetime = strawberry.field(description="When it was turned on or off.")


EnrolTwoFactorResult = Annotated[
    TwoFactorOffered | WrongPassword | TooManyAttempts,
    strawberry.union(
        "EnrolTwoFactorResult",
        description="The result of `enrolTwoFactor`: the secret and the recovery codes, or an error.",
    ),
]
ConfirmTwoFactorResult = Annotated[
    TwoFactorChanged | CodeRefused | TooManyAttempts,
    strawberry.union("ConfirmTwoFactorResult", description="The result of `confirmTwoFactor`: the change or an error."),
]
DisableTwoFactorResult = Annotated[
    TwoFactorChanged | WrongPassword | CodeRefused | TooManyAttempts,
    strawberry.union("DisableTwoFactorResult", description="The result of `disableTwoFactor`: the change or an error."),
]
CompleteLoginResult = Annotated[
    LoggedIn | CodeRefused | TooManyAttempts,
    strawberry.union("CompleteLoginResult", description="The result of `completeLogin`: a session or an error."),
]

Password = Annotated[str, strawberry.argument(description="The current password of the user.")]
Code = Annotated[str, strawberry.argument(description="The current code of the authenticator app.")]
AnyCode = Annotated[
    str, strawberry.argument(description="The current code of the authenticator app, or a recovery code.")
]


@strawberry.type
class TwoFactorMutations:
    @strawberry.mutation(
        description=(
            "Complete a login that requires a second factor. After a wrong code the same challenge can be used again "
            "until it expires."
        ),
        directives=[ACCOUNT],
    )
    async def complete_login(
        self,
        info: Info,
        challenge: Annotated[str, strawberry.argument(description="The challenge that `login` returned.")],
        code: AnyCode,
        cookie: Annotated[
            bool,
            strawberry.argument(
                description=(
                    "Store the session in an HttpOnly cookie and return no `token`. BAD_REQUEST from a page of another "
                    "origin."
                )
            ),
        ] = False,
    ) -> CompleteLoginResult | None:
        context = info.context
        check_cookie(context, cookie=cookie)
        outcome = await two_factor.complete_login(
            context.tools, context.caller, challenge=challenge, code=code, at=context.at
        )
        return logged_in(context, outcome, cookie=cookie)

    @strawberry.mutation(
        description=(
            "Start to set up two-factor login. It is on after `confirmTwoFactor`. A second call replaces a secret that "
            "was not confirmed. FORBIDDEN if two-factor login is on: turn it off first. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def enrol_two_factor(self, info: Info, password: Password) -> EnrolTwoFactorResult | None:
        context = info.context
        offer = await two_factor.enrol(context.tools, context.caller, password, at=context.at)
        return TwoFactorOffered(uri=offer.uri, recovery_codes=list(offer.recovery_codes))

    @strawberry.mutation(
        description=(
            "Turn on two-factor login with a code for the secret that `enrolTwoFactor` returned. All other sessions of "
            "the user end. Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def confirm_two_factor(self, info: Info, code: Code) -> ConfirmTwoFactorResult | None:
        context = info.context
        changed_at = await two_factor.confirm(context.tools, context.caller, code, at=context.at)
        return TwoFactorChanged(enabled=True, at=changed_at)

    @strawberry.mutation(
        description="Turn off two-factor login. The recovery codes stop working. Requires a session.",
        directives=[ACCOUNT],
    )
    async def disable_two_factor(self, info: Info, password: Password, code: AnyCode) -> DisableTwoFactorResult | None:
        context = info.context
        changed_at = await two_factor.disable(
            context.tools, context.caller, password=password, code=code, at=context.at
        )
        return TwoFactorChanged(enabled=False, at=changed_at)
