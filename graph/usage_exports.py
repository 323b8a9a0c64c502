"""The export of a month of usage."""

from datetime import datetime
from typing import Annotated

import strawberry

from graph.context import Info
from graph.execution.cost_directive import Cost, CostWindow
from resolvers import usage_exports

# It reads a month of a user, and for administrators of all users.
_PRICE = 10

Month = Annotated[str, strawberry.argument(description="The month, UTC, such as `2026-11`.")]
OfEverybody = Annotated[
    bool,
    strawberry.argument(
        description=(
            "Export the usage of all users. Only for administrators, with a session and two-factor login. It is "
            "recorded in the administrator's security log."
        )
    ),
]


@strawberry.type(
    description=(
        "An address for one download. Fetch it with GET within a minute; it needs no credential. It answers once, and "
        "only while the credential that asked for it is valid."
    )
)
class UsageExport:
    url: str = strawberry.field(description="The address, absolute. Keep it secret until it was used.")
    expires_at: datetime = strawberry.field(description="Until when the download can be started.")


@strawberry.type
class UsageExportQueries:
    @strawberry.field(
        description=(
            "Export the usage of one month as a CSV file, with a row for each user, API token and model. Requires a "
            "session, or an API token with scope READ. Not for caches: each call returns a new address.\n\n"
            "The columns are `kind`, `month`, `user`, `email`, `apiToken`, `apiTokenName`, `model`, `calls`, `failed`, "
            "`units` and `inferenceMs`. `kind` is `usage`; in the last row it is `total`, with the sums. A file "
            "without that row is incomplete. `apiToken` is empty for sessions, `model` for units that belong to no "
            "model. A text that a spreadsheet would read as a formula begins with an apostrophe.\n\n"
            "For an API token, `email` is empty, and the rows of all other credentials are put together, with "
            "`apiToken` empty."
        ),
        directives=[Cost(window=CostWindow.ACCOUNT, weight=_PRICE)],
    )
    async def export_usage(self, info: Info, month: Month, of_everybody: OfEverybody = False) -> UsageExport | None:
        context = info.context
        address = await usage_exports.prepare(
            context.tools, context.caller, month, of_everybody=of_everybody, at=context.at
        )
        return UsageExport(url=context.download_url(address.code), expires_at=address.expires_at)
