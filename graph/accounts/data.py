"""Exporting and deleting the data of an account."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph.context import Info
from graph.execution.cost_directive import ACCOUNT, Cost, CostWindow
from graph.http import cookies
from graph.refusals import LastAdministrator, TooManyAttempts, WrongPassword
from resolvers import deletion, export
from resolvers.export import Exported


@strawberry.type(description="The account was deleted. Its sessions and API tokens no longer work.")
class AccountDeleted:
    at: datetime = strawberry.field(description="When the account was deleted.")


@strawberry.type(description="The data stored about the signed-in user.")
class AccountExported:
    exported: strawberry.Private[Exported]

    @strawberry.field(
        description=(
            "A JSON object. It contains no passwords, secrets or codes. If `usage`, `usageByDay`, `refusals` and "
            "`securityEvents` have 100,000 rows or more together, these four are null: `url` has all of it."
        )
    )
    def json(self, info: Info) -> str:
        info.context.moved.write(len(self.exported.json))
        return self.exported.json

    @strawberry.field(
        description=(
            "An address for one download of the same object, with all rows. Fetch it with GET within a "
            "minute; it needs no credential. It answers once, and only while the session is valid. Keep it secret "
            "until it was used. A file that is no complete JSON was broken off."
        )
    )
    def url(self, info: Info) -> str:
        return info.context.download_url(self.exported.code)

    @strawberry.field(description="Until when the download at `url` can be started.")
    def expires_at(self) -> datetime:
        return self.exported.expires_at


DeleteAccountResult = Annotated[
    AccountDeleted | WrongPassword | TooManyAttempts | LastAdministrator,
    strawberry.union("DeleteAccountResult", description="The result of `deleteAccount`: the deletion or an error."),
]
ExportAccountResult = Annotated[
    AccountExported | WrongPassword | TooManyAttempts,
    strawberry.union("ExportAccountResult", description="The result of `exportAccount`: the data or an error."),
]

# It reads all rows of the user, including years of hourly usage.
_EXPORT = 10

Password = Annotated[str, strawberry.argument(description="The current password of the user.")]


@strawberry.type
class DataMutations:
    @strawberry.mutation(
        description=(
            "Delete the account of the signed-in user and its data. This cannot be undone. Usage counts and the fact "
            "that an account was deleted are kept without personal data. A digest of the email address is kept for 25 "
            "hours, so that limits continue if the address registers again. The last administrator cannot be deleted. "
            "Requires a session."
        ),
        directives=[ACCOUNT],
    )
    async def delete_account(self, info: Info, password: Password) -> DeleteAccountResult | None:
        context = info.context
        deleted_at = await deletion.delete(context.tools, context.caller, password, at=context.at)
        context.cookies.update(cookies.drop_session())
        return AccountDeleted(at=deleted_at)

    @strawberry.mutation(
        description="Export all data stored about the signed-in user, as JSON. Requires a session.",
        directives=[Cost(window=CostWindow.ACCOUNT, weight=_EXPORT)],
    )
    async def export_account(self, info: Info, password: Password) -> ExportAccountResult | None:
        context = info.context
        return AccountExported(exported=await export.export(context.tools, context.caller, password, at=context.at))
