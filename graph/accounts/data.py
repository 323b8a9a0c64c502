"""What is stored about a user: taken along, or deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graph.context import Info
from graph.costs import Cost
from graph.http import cookies
from graph.refusals import TooManyAttempts, WrongPassword
from resolvers import deletion, export


@strawberry.type(description="The account is gone, and none of its sessions and API tokens works anywhere any more.")
class AccountDeleted:
    at: datetime = strawberry.field(description="Since when.")


@strawberry.type(description="All that is stored about the signed-in user.")
class AccountExported:
    written: strawberry.Private[str]

    @strawberry.field(description="A JSON object; passwords, secrets and codes are not in it.")
    def json(self, info: Info) -> str:
        info.context.moved.write(len(self.written))
        return self.written


DeleteAccountResult = Annotated[
    AccountDeleted | WrongPassword | TooManyAttempts,
    strawberry.union("DeleteAccountResult", description="That the account is gone, or why it is not."),
]
ExportAccountResult = Annotated[
    AccountExported | WrongPassword | TooManyAttempts,
    strawberry.union("ExportAccountResult", description="What is stored, or why it is not told."),
]

# It reads every row there is of the user, years of usage by the hour among them.
_EXPORT = 10

Password = Annotated[str, strawberry.argument(description="The password.")]


@strawberry.type
class DataMutations:
    @strawberry.mutation(description="Delete the signed-in user with all that is stored about them. It is final.")
    async def delete_account(self, info: Info, password: Password) -> DeleteAccountResult | None:
        context = info.context
        deleted_at = await deletion.delete(context.tools, context.caller, password, at=context.at)
        context.cookies.update(cookies.drop_session())
        return AccountDeleted(at=deleted_at)

    @strawberry.mutation(
        description="Everything stored about the signed-in user, as JSON.", directives=[Cost(weight=_EXPORT)]
    )
    async def export_account(self, info: Info, password: Password) -> ExportAccountResult | None:
        context = info.context
        return AccountExported(written=await export.export(context.tools, context.caller, password, at=context.at))
