"""Usage: what was called and spent, over time."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import strawberry

from graph.arguments import given
from graph.failures import ErrorCode
from graph.scalars import Count
from resolvers import usage, usage_points
from resolvers.usage import Point, Question

POINTS_PER_UNIT = 100
PRICE = (
    f"Costs 1 request unit for every {POINTS_PER_UNIT} points that it can return, rounded up. With `byModel`, each "
    "interval counts as several points: one for each public model, and one more."
)


@strawberry.enum(description="The length of a usage interval.")
class UsageInterval(Enum):
    HOUR = strawberry.enum_value(
        "HOUR", description="An hour, UTC. Kept for a time that the operator sets, 400 days by default."
    )
    DAY = strawberry.enum_value("DAY", description="A day, UTC. Kept without a time limit.")
    MONTH = strawberry.enum_value("MONTH", description="A calendar month, UTC. Kept without a time limit.")


@strawberry.type(description="The number of requests that were refused with one error code.")
class RefusalCount:
    code: ErrorCode = strawberry.field(description="The error code.")
    count: Count = strawberry.field(description="The number of refused requests.")


@strawberry.type(
    description=(
        "Usage in one interval, UTC.\n\n"
        "Intervals without calls are included, with zeros. With `byModel`, each interval has one "
        "point for every model that was called between `from` and `to`, and one with `model` "
        "null if units were spent without a model. A query for more than 1,000 points is "
        "BAD_REQUEST.\n\n"
        "`units` is the same number that the limits counted. Refused requests spend nothing; "
        "`refusals` counts them.\n\n"
        "Days and months are kept without a time limit. Hours are kept for a time that the "
        "operator sets, 400 days by default. A query by hours that starts earlier is BAD_REQUEST."
    )
)
class UsagePoint:
    start: datetime = strawberry.field(
        description=(
            "When the interval starts. If `from` is in the middle of a month, the first month starts at `from`."
        )
    )
    model: str | None = strawberry.field(
        description=(
            "With `byModel`, the name of the model, or null for units that belong to no model. Without `byModel`, "
            "always null."
        )
    )
    calls: Count = strawberry.field(
        description=(
            "The number of admitted inference fields that named a model the caller may use. A field that named another "
            "model spent units but is not counted here."
        )
    )
    failed: Count = strawberry.field(description="How many of `calls` failed.")
    units: Count = strawberry.field(description="Request units spent.")
    inference_ms: float = strawberry.field(description="The time that models worked, in milliseconds.")
    refusals: list[RefusalCount] = strawberry.field(
        description=(
            "Refused requests by error code. A request that called one model belongs to the point of that model, any "
            "other one to the point without a model. Kept as long as hours, also for days and months."
        )
    )

    @classmethod
    def of(cls, point: Point) -> "UsagePoint":
        return cls(
            start=point.start,
            model=point.model,
            calls=Count(point.calls),
            failed=Count(point.failed),
            units=Count(point.units),
            inference_ms=point.inference_ms,
            refusals=[
                RefusalCount(code=ErrorCode[code], count=Count(count))
                for code, count in point.refusals
                if code in ErrorCode.__members__  # a newer version may have others
            ],
        )


From = Annotated[date, strawberry.argument(name="from", description="The first day, UTC.")]
To = Annotated[date, strawberry.argument(name="to", description="The day after the last day, UTC. It is not included.")]
Each = Annotated[UsageInterval, strawberry.argument(name="interval", description="The length of each interval.")]
OfModel = Annotated[
    str | None,
    strawberry.argument(name="model", description="Count only calls of this model. Omitted or null: all models."),
]
ByModel = Annotated[bool, strawberry.argument(description="Whether to return separate points for each model.")]


def most_points(arguments: Mapping[str, Any], *, models: int) -> int:
    """The most points that a `usage` field with these arguments can return; 0 if it will refuse them."""
    interval = usage.Interval[arguments["interval"].name]
    split = models if arguments["byModel"] and arguments.get("model") is None else 1
    return usage_points.most(arguments["from"], arguments["to"], interval, models=split)


def question(begin: date, end: date, interval: UsageInterval, model: str | None, by_model: bool) -> Question:
    return Question(begin=begin, end=end, interval=usage.Interval[interval.name], model=given(model), by_model=by_model)
