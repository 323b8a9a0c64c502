"""Pages of long lists, the newest first: asked for by position and not by number, so that what is added meanwhile moves
nothing from one page to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from access.transactions import reached

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a row stands in its list."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`total` is how many there are on all pages."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool
    total: int


async def newest_first(listed: QuerySet[Row], *, by: str, first: int, after: Position | None) -> Page[Row]:
    """`by` is the column of the time; ids decide between rows of one time."""
    behind = listed.filter(_behind(by, after)) if after else listed
    async with reached():
        total = await listed.count()
        rest = await behind.count() if after else total
        rows = await behind.order_by(f"-{by}", "-id").limit(first)
    return Page(rows, has_next=rest > len(rows), has_previous=rest < total, total=total)


def _behind(by: str, place: Position) -> Q:
    earlier: dict[str, Any] = {f"{by}__lt": place.at}
    beside: dict[str, Any] = {by: place.at, "id__lt": place.id}
    return Q(**earlier) | Q(**beside)
