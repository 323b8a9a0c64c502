"""Signing up: asking for an account, and showing that the address is one's own."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.arguments import given
from graph.context import Info
from graph.refusals import CodeRefused, InvalidInput, TooManyAttempts
from resolvers import registration
from resolvers.registration import Registration


@strawberry.input(description="Who wants an account.")
class RegisterInput:
    email: str = strawberry.field(description="The address; a mail goes there.")
    password: str = strawberry.field(
        description="At least 15 characters, unless the operator has chosen another, and at most 256; none much used."
    )
    display_name: str | None = strawberry.field(
        description="What to call the user, at most 80 characters.", default=strawberry.UNSET
    )
    locale: str | None = strawberry.field(
        description="The language of mails, as in `en` or `de-CH`; left out: `en`.", default=strawberry.UNSET
    )

    def read(self) -> Registration:
        return Registration(
            email=self.email,
            password=self.password,
            display_name=given(self.display_name),
            locale=given(self.locale),
        )


@strawberry.type(description="The same answer whether or not the address is known.")
class MailAccepted:
    email: str = strawberry.field(description="The address, as it is written here from now on.")


@strawberry.type(description="The address belongs to the user now, who may log in.")
class EmailVerified:
    email: str = strawberry.field(description="The address.")


RegisterResult = Annotated[
    MailAccepted | InvalidInput | TooManyAttempts,
    strawberry.union("RegisterResult", description="That a mail may come, or why none will."),
]
VerifyEmailResult = Annotated[
    EmailVerified | CodeRefused | TooManyAttempts,
    strawberry.union("VerifyEmailResult", description="Which address was verified, or why none was."),
]
ResendVerificationResult = Annotated[
    MailAccepted | InvalidInput | TooManyAttempts,
    strawberry.union("ResendVerificationResult", description="That a mail may come, or why none will."),
]


@strawberry.type
class RegistrationMutations:
    @strawberry.mutation(description="Ask for an account. A mail brings a code for `verifyEmail`.")
    async def register(
        self,
        info: Info,
        wish: Annotated[RegisterInput, strawberry.argument(name="input", description="Who wants an account.")],
    ) -> RegisterResult | None:
        context = info.context
        email = await registration.register(
            context.tools, context.caller, wish.read(), arrived_at=context.arrived_at, at=context.at
        )
        return MailAccepted(email=email)

    @strawberry.mutation(description="Show by the code from a mail that the address is the user's.")
    async def verify_email(
        self, info: Info, code: Annotated[str, strawberry.argument(description="As it stands in the mail.")]
    ) -> VerifyEmailResult | None:
        context = info.context
        return EmailVerified(email=await registration.verify(context.tools, context.caller, code, at=context.at))

    @strawberry.mutation(description="Have another mail with a code sent; the code before it ends.")
    async def resend_verification(
        self, info: Info, email: Annotated[str, strawberry.argument(description="The address.")]
    ) -> ResendVerificationResult | None:
        context = info.context
        return MailAccepted(email=await registration.resend(context.tools, context.caller, email, at=context.at))
