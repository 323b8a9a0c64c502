"""What was called and spent, over time."""

from __future__ import annotations

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
    f"It costs one request unit for each {POINTS_PER_UNIT} points, begun, that it may give; with `byModel` the points "
    "of an interval are those of every model open to everyone, and one more."
)


@strawberry.enum(description="How long each point of usage is.")
class UsageInterval(Enum):
    HOUR = strawberry.enum_value("HOUR", description="An hour, UTC. Hours are kept for a time, 400 days by default.")
    DAY = strawberry.enum_value("DAY", description="A day, UTC.")
    MONTH = strawberry.enum_value("MONTH", description="A calendar month, UTC.")


@strawberry.type(description="How many calls were refused for one reason.")
class RefusalCount:
    code: ErrorCode = strawberry.field(description="The reason.")
    count: Count = strawberry.field(description="How many.")


@strawberry.type(
    description=(
        "Calls in one interval, UTC; intervals without calls are there with zeros, with `byModel` for each model that "
        "was called at all between `from` and `to`; `from` is included, `to` is not; at most 1,000 points. `calls` "
        "counts inference fields admitted that named a model the caller may use, `failed` those of "
        "them that failed, `units` all that was spent, so that it equals what the limits counted. A field "
        "that names no such model spends its units and is no call. Refused calls spent nothing. Days and months are "
        "kept for ever, hours for a time that the service sets, 400 days by default; a question by hours that begins "
        "earlier is refused with BAD_REQUEST."
    )
)
class UsagePoint:
    start: datetime = strawberry.field(description="When the interval begins; the first one never before `from`.")
    model: str | None = strawberry.field(
        description="With `byModel` the model; null for all of them, and for units that belong to none."
    )
    calls: Count = strawberry.field(description="Inference fields admitted that named a model the caller may use.")
    failed: Count = strawberry.field(description="Those of them that failed.")
    units: Count = strawberry.field(description="Request units spent.")
    inference_ms: float = strawberry.field(description="Milliseconds that models worked.")
    refusals: list[RefusalCount] = strawberry.field(description="Calls that were refused, by reason.")

    @classmethod
    def of(cls, point: Point) -> UsagePoint:
        return cls(
            start=point.start,
            model=point.model,
            calls=Count(point.calls),
            failed=Count(point.failed),
            units=Count(point.units),
            inference_ms=point.inference_ms,
            refusals=[],
        )


From = Annotated[date, strawberry.argument(name="from", description="The first day.")]
To = Annotated[date, strawberry.argument(name="to", description="The day after the last.")]
Each = Annotated[UsageInterval, strawberry.argument(name="interval", description="How long each point is.")]
OfModel = Annotated[str | None, strawberry.argument(name="model", description="Only calls of this model.")]
ByModel = Annotated[bool, strawberry.argument(description="Points for each model apart.")]


def most_points(arguments: Mapping[str, Any], *, models: int) -> int:
    """How many points a `usage` field with these arguments may give; 0 where it will refuse them."""
    interval = usage.Interval[arguments["interval"].name]
    split = models if arguments["byModel"] and arguments.get("model") is None else 1
    return usage_points.most(arguments["from"], arguments["to"], interval, models=split)


def question(begin: date, end: date, interval: UsageInterval, model: str | None, by_model: bool) -> Question:
    return Question(begin=begin, end=end, interval=usage.Interval[interval.name], model=given(model), by_model=by_model)
