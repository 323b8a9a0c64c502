"""The cost of an operation and the limits of its caller."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.context import Context, Info
from graph.execution.cost_directive import Cost, CostWindow
from graph.scalars import Duration

if TYPE_CHECKING:
    from limits.charges import Window


@strawberry.enum(description="Who shares a limit.")
class LimitScope(Enum):
    USER = strawberry.enum_value(
        "USER",
        description=(
            "All sessions and API tokens of the user together. Exception: `account-minute` counts only the sessions, "
            "because each API token has its own `token-account-minute`."
        ),
    )
    TOKEN = strawberry.enum_value("TOKEN", description="This API token only.")
    NETWORK = strawberry.enum_value("NETWORK", description="All anonymous callers of one network.")


@strawberry.type(description="A limit on the request units of the caller.")
class RateLimitWindow:
    name: str = strawberry.field(description="The policy name, as in the RateLimit header, such as `minute` or `day`.")
    model: str | None = strawberry.field(
        description="The model whose calls the limit counts. Null: it is not a limit of a single model."
    )
    scope: LimitScope = strawberry.field(description="Who shares the limit.")
    length: Duration = strawberry.field(
        description="The length of the window: PT1M is any 60 seconds, P1D is a day in UTC."
    )
    limit: int = strawberry.field(description="Request units that may be spent in the window.")
    used: int = strawberry.field(description="Request units spent in the window, including this operation.")
    remaining: int = strawberry.field(description="Request units left in the window.")
    next_at: datetime | None = strawberry.field(description="When the next unit becomes free. Null if units are left.")
    reset_at: datetime = strawberry.field(description="When all spent units are free again.")

    @classmethod
    def of(cls, window: "Window", at: datetime) -> "RateLimitWindow":
        return cls(
            name=window.name,
            model=window.model,
            scope=LimitScope(window.scope.value),
            length=Duration(window.length),
            limit=window.limit,
            used=window.used,
            remaining=window.remaining,
            next_at=at + window.next_in if window.next_in is not None else None,
            reset_at=at + window.reset_in,
        )


@strawberry.type(description="The limit on operations that run at the same time.")
class Concurrency:
    limit: int = strawberry.field(description="How many operations may run at the same time.")
    used: int = strawberry.field(description="How many operations are running, including this one.")


@strawberry.type(
    description=(
        "The cost of this operation and the limits of the caller, at the time when the operation was admitted."
    )
)
class RateLimit:
    cost: int = strawberry.field(description="Request units that this operation costs.")
    windows: list[RateLimitWindow] = strawberry.field(
        description=(
            "The limits that count this operation, the one with the fewest units left first. Empty if no limit counts "
            "it."
        )
    )
    concurrency: Concurrency | None = strawberry.field(
        description=("The limit on operations that run at the same time. Null if it does not apply to this operation.")
    )

    @classmethod
    def of(cls, context: Context) -> "RateLimit":
        admission = context.admission
        windows = admission.windows if admission else ()
        slots = admission.concurrency if admission else None
        return cls(
            cost=context.cost,
            windows=[RateLimitWindow.of(window, context.at) for window in windows],
            concurrency=Concurrency(limit=slots.limit, used=slots.used) if slots else None,
        )


DryRun = Annotated[
    bool,
    strawberry.argument(
        description=(
            "Return only the cost and the limits. Nothing runs, nothing is spent, and all other nullable root fields "
            "are null."
        )
    ),
]


@strawberry.type
class LimitQueries:
    @strawberry.field(
        description=(
            "What this operation costs, and what the caller may still spend. With `dryRun` nothing runs and nothing is "
            "spent: all other root fields are null, except `service` and `typed`, which cannot be null."
        ),
        directives=[Cost(window=CostWindow.ANY)],
    )
    def rate_limit(self, info: Info, dry_run: DryRun = False) -> RateLimit | None:
        return RateLimit.of(info.context)
