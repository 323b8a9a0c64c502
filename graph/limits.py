"""What an operation costs."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.context import Info


@strawberry.type(description="What this operation costs.")
class RateLimit:
    cost: int = strawberry.field(description="Request units of this operation, as it is written.")


DryRun = Annotated[
    bool,
    strawberry.argument(description="Only price the operation: nothing runs, and every field that may be null is."),
]


@strawberry.type
class LimitQueries:
    @strawberry.field(
        description=(
            "What this operation costs. With `dryRun` nothing runs and nothing is spent: every other field is null, "
            "save `service` and `typed`, which never are."
        )
    )
    def rate_limit(self, info: Info, dry_run: DryRun = False) -> RateLimit | None:
        return RateLimit(cost=info.context.cost)
