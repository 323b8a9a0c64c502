"""Arguments that several fields share."""

from typing import Annotated, TypeVar

import strawberry

from graph.scalars import Duration

Value = TypeVar("Value")

First = Annotated[int, strawberry.argument(description="The maximum number of items to return, from 1 to 100.")]
After = Annotated[
    str | None,
    strawberry.argument(description="Return the items after this cursor. Omitted or null: start with the first item."),
]
Within = Annotated[
    Duration | None,
    strawberry.argument(
        name="timeout",
        description=(
            "How long to wait for the answer, such as PT10S. The default is also the maximum: 30 seconds, "
            "unless the operator has set another time."
        ),
    ),
]


def given(value: Value | None) -> Value | None:
    """None for an omitted argument. The default strawberry.UNSET keeps `= null` out of the schema."""
    return None if value is strawberry.UNSET else value
