"""Two-factor login: turning it on and off, and the second step of a login."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graph.accounts.sessions import LoggedIn, logged_in
from graph.context import Info
from graph.refusals import CodeRefused, TooManyAttempts, WrongPassword
from resolvers import two_factor


@strawberry.type(
    description=(
        "What `confirmTwoFactor` waits for: `uri` is the otpauth:// address for an authenticator program; "
        "`recoveryCodes` are shown this once."
    )
)
class TwoFactorOffered:
    uri: str = strawberry.field(description="To be shown as a QR code, or typed into an authenticator program.")
    recovery_codes: list[str] = strawberry.field(
        description="Ten codes to keep: each works once where the authenticator program is gone."
    )


@strawberry.type(description="Two-factor login was turned on or off.")
class TwoFactorChanged:
    enabled: bool = strawberry.field(description="Whether it is on now.")
    at: datetime = strawberry.field(description="Since when.")


EnrolTwoFactorResult = Annotated[
    TwoFactorOffered | WrongPassword | TooManyAttempts,
    strawberry.union("EnrolTwoFactorResult", description="What to enter into a program, or why nothing is offered."),
]
ConfirmTwoFactorResult = Annotated[
    TwoFactorChanged | CodeRefused | TooManyAttempts,
    strawberry.union("ConfirmTwoFactorResult", description="That it is on, or why it is not."),
]
DisableTwoFactorResult = Annotated[
    TwoFactorChanged | WrongPassword | CodeRefused | TooManyAttempts,
    strawberry.union("DisableTwoFactorResult", description="That it is off, or why it is not."),
]
CompleteLoginResult = Annotated[
    LoggedIn | CodeRefused | TooManyAttempts,
    strawberry.union("CompleteLoginResult", description="A session, or why there is none."),
]

Password = Annotated[str, strawberry.argument(description="The current password of the signed-in user.")]
Code = Annotated[str, strawberry.argument(description="What the authenticator program shows.")]
AnyCode = Annotated[str, strawberry.argument(description="What the authenticator program shows, or a recovery code.")]


@strawberry.type
class TwoFactorMutations:
    @strawberry.mutation(description="The second step of a login, with the challenge that `login` gave.")
    async def complete_login(
        self,
        info: Info,
        challenge: Annotated[str, strawberry.argument(description="As `login` gave it.")],
        code: AnyCode,
        cookie: Annotated[
            bool,
            strawberry.argument(description="Keep the session in an HttpOnly cookie instead of returning it."),
        ] = False,
    ) -> CompleteLoginResult | None:
        context = info.context
        begun = await two_factor.complete_login(
            context.tools, context.caller, challenge=challenge, code=code, at=context.at
        )
        return logged_in(context, begun, cookie=cookie)

    @strawberry.mutation(
        description=(
            "Begin two-factor login; it is on once `confirmTwoFactor` has seen a code. An offer that was not confirmed "
            "is replaced; where it is on, it must be turned off first."
        )
    )
    async def enrol_two_factor(self, info: Info, password: Password) -> EnrolTwoFactorResult | None:
        context = info.context
        offer = await two_factor.enrol(context.tools, context.caller, password, at=context.at)
        return TwoFactorOffered(uri=offer.uri, recovery_codes=list(offer.recovery_codes))

    @strawberry.mutation(description="Turn on what `enrolTwoFactor` offered; ends all of the user's other sessions.")
    async def confirm_two_factor(self, info: Info, code: Code) -> ConfirmTwoFactorResult | None:
        context = info.context
        changed_at = await two_factor.confirm(context.tools, context.caller, code, at=context.at)
        return TwoFactorChanged(enabled=True, at=changed_at)

    @strawberry.mutation(description="Turn two-factor login off; the recovery codes end with it.")
    async def disable_two_factor(self, info: Info, password: Password, code: AnyCode) -> DisableTwoFactorResult | None:
        context = info.context
        changed_at = await two_factor.disable(
            context.tools, context.caller, password=password, code=code, at=context.at
        )
        return TwoFactorChanged(enabled=False, at=changed_at)
