"""Pages of long lists, after the Relay specification: a cursor names the item it stands at, not its number."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry

import errors
from resolvers.pages import Page as Found
from resolvers.pages import Position

Item = TypeVar("Item")

_MOST = 100


@strawberry.type(description="Where a page stands in its list, after the Relay specification.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items precede this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; null on an empty page.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    items: list[tuple[str, Item]]
    info: PageInfo
    total: int


def cut(items: Sequence[Item], *, key: Callable[[Item], str], first: int, after: str | None) -> Page[Item]:
    """The page of `items`, which rise by `key`. Raises BadRequest for a `first` outside 1 to 100, or a bad cursor."""
    check_first(first)
    start = read_cursor(after) if after is not None else None
    rest = [item for item in items if start is None or key(item) > start]
    page = [(write_cursor(key(item)), item) for item in rest[:first]]
    info = PageInfo(
        has_next_page=len(rest) > first,
        has_previous_page=len(rest) < len(items),
        start_cursor=page[0][0] if page else None,
        end_cursor=page[-1][0] if page else None,
    )
    return Page(page, info, len(items))


def position(first: int, after: str | None) -> Position | None:
    """Where to go on in a list that is the newest first. Raises BadRequest."""
    check_first(first)
    if after is None:
        return None
    at, _, row_id = read_cursor(after).partition(" ")
    try:
        return Position(datetime.fromisoformat(at).replace(tzinfo=UTC), UUID(row_id))
    except ValueError as error:
        raise errors.BadRequest("`after` must be a cursor that an earlier page gave.") from error


def newest_first(found: Found[Any], nodes: Sequence[tuple[datetime, UUID, Item]]) -> Page[Item]:
    """`nodes` are what the rows of the page became, each with the time and the id it stands at."""
    items = [(_cursor(at, row_id), node) for at, row_id, node in nodes]
    info = PageInfo(
        has_next_page=found.has_next,
        has_previous_page=found.has_previous,
        start_cursor=items[0][0] if items else None,
        end_cursor=items[-1][0] if items else None,
    )
    return Page(items, info, found.total)


def _cursor(at: datetime, row_id: UUID) -> str:
    return write_cursor(f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()} {row_id}")


def check_first(first: int) -> None:
    """Raises BadRequest."""
    if not 1 <= first <= _MOST:
        raise errors.BadRequest(f"`first` must be from 1 to {_MOST}, not {first}.")


def write_cursor(key: str) -> str:
    return urlsafe_b64encode(key.encode()).decode()


def read_cursor(cursor: str) -> str:
    """Raises BadRequest."""
    try:
        key = urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:
        key = ""
    # Python's decoder skips what is not base64, so a cursor is only one that would be written again; no key has a NUL.
    if not key or "\0" in key or write_cursor(key) != cursor:
        raise errors.BadRequest("`after` must be a cursor that an earlier page gave.")
    return key
