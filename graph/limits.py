"""What an operation costs, and what its caller may still spend."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from graph.context import Context, Info
from graph.scalars import Duration
from resolvers.limits import Window


@strawberry.enum(description="Whose a limit is.")
class LimitScope(Enum):
    USER = strawberry.enum_value(
        "USER",
        description=(
            "What the user's sessions and API tokens spend together; of `account-minute` the sessions alone, as each "
            "API token has a window of its own for the account."
        ),
    )
    TOKEN = strawberry.enum_value(
        "TOKEN", description="What this API token spends, whatever the user's other credentials do."
    )
    NETWORK = strawberry.enum_value("NETWORK", description="What visitors from one network spend together.")


@strawberry.type(description="One limit that applies to the caller.")
class RateLimitWindow:
    name: str = strawberry.field(description="Its policy name in the RateLimit header.")
    scope: LimitScope = strawberry.field(description="Whose it is.")
    length: Duration = strawberry.field(description="How long what is spent counts: a sliding minute, a day in UTC.")
    limit: int = strawberry.field(description="Units in that time.")
    used: int = strawberry.field(description="Units spent of it, this operation's among them.")
    remaining: int = strawberry.field(description="Units left.")
    next_at: datetime | None = strawberry.field(description="When one more unit is free; null where some is.")
    reset_at: datetime = strawberry.field(description="When all units used are free again.")

    @classmethod
    def of(cls, window: Window, at: datetime) -> RateLimitWindow:
        return cls(
            name=window.name,
            scope=LimitScope(window.scope.value),
            length=Duration(window.length),
            limit=window.limit,
            used=window.used,
            remaining=window.remaining,
            next_at=at + window.next_in if window.next_in is not None else None,
            reset_at=at + window.reset_in,
        )


@strawberry.type(description="Operations that run at the same time.")
class Concurrency:
    limit: int = strawberry.field(description="How many may.")
    used: int = strawberry.field(description="How many do, this one among them.")


@strawberry.type(
    description="As it stood when this operation was admitted. The window with fewest units left comes first."
)
class RateLimit:
    cost: int = strawberry.field(description="Request units of this operation, as it is written.")
    windows: list[RateLimitWindow] = strawberry.field(description="The limits that apply; none to who spends nothing.")
    concurrency: Concurrency | None = strawberry.field(description="Null where nothing is counted.")

    @classmethod
    def of(cls, context: Context) -> RateLimit:
        admission = context.admission
        windows = admission.windows if admission else ()
        places = admission.concurrency if admission else None
        return cls(
            cost=context.cost,
            windows=[RateLimitWindow.of(window, context.at) for window in windows],
            concurrency=Concurrency(limit=places.limit, used=places.used) if places else None,
        )


DryRun = Annotated[
    bool,
    strawberry.argument(description="Only price the operation: nothing runs, and every field that may be null is."),
]


@strawberry.type
class LimitQueries:
    @strawberry.field(
        description=(
            "What this operation costs and what the caller may still spend. With `dryRun` nothing runs and nothing is "
            "spent: every other field is null, save `service` and `typed`, which never are."
        )
    )
    def rate_limit(self, info: Info, dry_run: DryRun = False) -> RateLimit | None:
        return RateLimit.of(info.context)
