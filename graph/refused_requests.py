"""Requests that were refused, as their owner sees them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.failures import ErrorCode
from graph.scalars import Count

if TYPE_CHECKING:
    from db.models.refusals import Refusal as RefusalRow

Last = Annotated[int, strawberry.argument(description="How many to return, 1 to 100.")]


@strawberry.type(
    description=(
        "Requests of one kind that were refused before they ran, in one hour. A flood of one kind is one entry with a "
        "count. Beyond about 100 kinds in an hour, entries without `operation` and `seenFrom` count the rest. Refused "
        "requests spend nothing. Kept as long as hours of usage, 400 days by default."
    )
)
class Refusal:
    row: strawberry.Private["RefusalRow"]

    @staticmethod
    def is_known(row: "RefusalRow") -> bool:
        """Whether this version has its code. A newer version may have others."""
        return row.code in ErrorCode.__members__

    @strawberry.field(description="When the last of them was refused.")
    def at(self) -> datetime:
        return self.row.at

    @strawberry.field(description="The error code.")
    def code(self) -> ErrorCode:
        return ErrorCode[self.row.code]

    @strawberry.field(description="How many requests were refused.")
    def count(self) -> Count:
        return Count(self.row.count)

    @strawberry.field(
        description="The name of the operation, as in `query Name`. Null if it had none, or was not read."
    )
    def operation(self) -> str | None:
        return self.row.operation or None

    @strawberry.field(
        description="The limit that refused, by its name in `RateLimitWindow`, or `concurrency`. Null if none did."
    )
    def window(self) -> str | None:
        return self.row.limit_window or None

    @strawberry.field(description="The IP address that the requests came from, as this service sees it.")
    def seen_from(self) -> str | None:
        return self.row.address or None

    @strawberry.field(description="When the last of them could have been tried again. Null if waiting does not help.")
    def retry_at(self) -> datetime | None:
        return self.row.retry_at

    @strawberry.field(description="The message of the last refusal.")
    def message(self) -> str:
        return self.row.message
