"""Arguments that several fields take."""

from typing import Annotated, TypeVar

import strawberry

from graph.scalars import Duration

Value = TypeVar("Value")

First = Annotated[int, strawberry.argument(description="How many at most, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="The cursor to go on behind.")]
Within = Annotated[
    Duration | None,
    strawberry.argument(name="timeout", description="How long to wait at most; never longer than the service allows."),
]


def given(value: Value | None) -> Value | None:
    """None for an argument that was left out; strawberry.UNSET as its default keeps `= null` out of the schema."""
    return None if value is strawberry.UNSET else value
