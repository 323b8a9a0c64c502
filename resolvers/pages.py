"""Pages of long lists, the newest first. A page starts after a position, not at a number, so that new rows do not move
others from one page to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from db.postgres import as_service_unavailable

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a row in its list: its time, and its id among rows of the same time."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`total` is the number of rows on all pages."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool
    total: int


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """A page of a list so long that its rows are counted only for those who ask for their number."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool


async def newest_slice(listed: QuerySet[Row], *, by: str, first: int, after: Position | None) -> Slice[Row]:
    """As `newest_first`, without the number of all rows. Raises ServiceUnavailable."""
    behind = listed.filter(_behind(by, after)) if after else listed
    async with as_service_unavailable():
        # One more than asked for, which shows whether there are more.
        rows = await behind.order_by(f"-{by}", "-id").limit(first + 1)
        has_previous = after is not None and await listed.filter(_not_behind(by, after)).exists()
    return Slice(rows[:first], has_next=len(rows) > first, has_previous=has_previous)


async def newest_first(listed: QuerySet[Row], *, by: str, first: int, after: Position | None) -> Page[Row]:
    """`by` is the time column; rows of the same time are ordered by id. Raises ServiceUnavailable."""
    behind = listed.filter(_behind(by, after)) if after else listed
    async with as_service_unavailable():
        total = await listed.count()
        rest = await behind.count() if after else total
        rows = await behind.order_by(f"-{by}", "-id").limit(first)
    return Page(rows, has_next=rest > len(rows), has_previous=rest < total, total=total)


def _behind(by: str, position: Position) -> Q:
    earlier: dict[str, Any] = {f"{by}__lt": position.at}
    beside: dict[str, Any] = {by: position.at, "id__lt": position.id}
    return Q(**earlier) | Q(**beside)


def _not_behind(by: str, position: Position) -> Q:
    later: dict[str, Any] = {f"{by}__gt": position.at}
    beside: dict[str, Any] = {by: position.at, "id__gte": position.id}
    return Q(**later) | Q(**beside)
