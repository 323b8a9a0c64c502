"""Signing up: creating an account and verifying its email address."""

from typing import Annotated

import strawberry

from graph.arguments import given
from graph.context import Info
from graph.execution.cost_directive import ACCOUNT
from graph.refusals import CodeRefused, InvalidInput, TooManyAttempts
from resolvers import registration
from resolvers.registration import Registration


@strawberry.input(description="A new account.")
class RegisterInput:
    email: str = strawberry.field(description="The email address. The code for `verifyEmail` is sent there.")
    password: str = strawberry.field(
        description=(
            "The password. 15 to 256 characters; the operator can set another minimum. Common passwords, sequences, "
            "and passwords that contain the email address or `gatehouse` are refused."
        )
    )
    display_name: str | None = strawberry.field(
        description="The display name, at most 80 characters.", default=strawberry.UNSET
    )
    locale: str | None = strawberry.field(
        description="The language of emails, such as `en` or `de-CH`. Default: `en`.", default=strawberry.UNSET
    )

    def read(self) -> Registration:
        return Registration(
            email=self.email,
            password=self.password,
            display_name=given(self.display_name),
            locale=given(self.locale),
        )


@strawberry.type(
    description=(
        "The request was accepted. An email is sent if it applies to this address. The answer does not show whether "
        "the address has an account."
    )
)
class MailAccepted:
    email: str = strawberry.field(description="The email address in the form that the service stores.")


@strawberry.type(description="The email address was verified. The user can now log in.")
class EmailVerified:
    email: str = strawberry.field(description="The verified email address.")


RegisterResult = Annotated[
    MailAccepted | InvalidInput | TooManyAttempts,
    strawberry.union("RegisterResult", description="The result of `register`: an accepted request or an error."),
]
VerifyEmailResult = Annotated[
    EmailVerified | CodeRefused | TooManyAttempts,
    strawberry.union("VerifyEmailResult", description="The result of `verifyEmail`: the verified address or an error."),
]
ResendVerificationResult = Annotated[
    MailAccepted | InvalidInput | TooManyAttempts,
    strawberry.union(
        "ResendVerificationResult", description="The result of `resendVerification`: an accepted request or an error."
    ),
]


@strawberry.type
class RegistrationMutations:
    @strawberry.mutation(
        description=(
            "Create an account. The user receives an email with a code for `verifyEmail`, and can log in after using "
            "it. FORBIDDEN if the operator has closed registration."
        ),
        directives=[ACCOUNT],
    )
    async def register(
        self,
        info: Info,
        input_: Annotated[RegisterInput, strawberry.argument(name="input", description="The new account.")],
    ) -> RegisterResult | None:
        context = info.context
        email = await registration.register(
            context.tools, context.caller, input_.read(), arrived_at=context.arrived_at, at=context.at
        )
        return MailAccepted(email=email)

    @strawberry.mutation(
        description="Verify the email address of a new account with the code from the email.", directives=[ACCOUNT]
    )
    async def verify_email(
        self,
        info: Info,
        code: Annotated[
            str,
            strawberry.argument(
                description="The code from the email. Upper and lower case, spaces and hyphens do not matter."
            ),
        ],
    ) -> VerifyEmailResult | None:
        context = info.context
        return EmailVerified(email=await registration.verify(context.tools, context.caller, code, at=context.at))

    @strawberry.mutation(
        description="Send a new code for `verifyEmail`. The earlier code stops working.", directives=[ACCOUNT]
    )
    async def resend_verification(
        self, info: Info, email: Annotated[str, strawberry.argument(description="The email address of the account.")]
    ) -> ResendVerificationResult | None:
        context = info.context
        return MailAccepted(email=await registration.resend(context.tools, context.caller, email, at=context.at))
