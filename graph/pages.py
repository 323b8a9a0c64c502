"""Pages of long lists, as in the Relay specification. A cursor holds the key of an item, not its position."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry

import base64_text
import errors
from resolvers.pages import Page as Found
from resolvers.pages import Position

Item = TypeVar("Item")

_MOST = 100


@strawberry.type(description="The position of a page in its list, as in the Relay specification.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are items before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item. Null if the page is empty.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item. Null if the page is empty.")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    items: list[tuple[str, Item]]
    info: PageInfo
    total: int


def cut(items: Sequence[Item], *, key: Callable[[Item], str], first: int, after: str | None) -> Page[Item]:
    """One page of `items`, sorted by `key`. Raises BadRequest for a `first` outside 1 to 100, or for a bad cursor."""
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
    """The position of the cursor in a list that is sorted newest first. Raises BadRequest."""
    check_first(first)
    if after is None:
        return None
    at, _, row_id = read_cursor(after).partition(" ")
    try:
        return Position(datetime.fromisoformat(at).replace(tzinfo=UTC), UUID(row_id))
    except ValueError as error:
        raise errors.BadRequest("`after` must be a cursor that an earlier page gave.") from error


def newest_first(found: Found[Any], nodes: Sequence[tuple[datetime, UUID, Item]]) -> Page[Item]:
    """A page of `nodes`, made from the rows found. Each has the time and the id of its row."""
    items = with_cursors(nodes)
    return Page(items, info(items, has_next=found.has_next, has_previous=found.has_previous), found.total)


def with_cursors(nodes: Sequence[tuple[datetime, UUID, Item]]) -> list[tuple[str, Item]]:
    """Each node has the time and the id of its row."""
    return [(_cursor(at, row_id), node) for at, row_id, node in nodes]


def info(items: Sequence[tuple[str, Item]], *, has_next: bool, has_previous: bool) -> PageInfo:
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=items[0][0] if items else None,
        end_cursor=items[-1][0] if items else None,
    )


def _cursor(at: datetime, row_id: UUID) -> str:
    return write_cursor(f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()} {row_id}")


def check_first(first: int) -> None:
    """Raises BadRequest."""
    if not 1 <= first <= _MOST:
        raise errors.BadRequest(f"`first` must be from 1 to {_MOST}, not {first}.")


def write_cursor(key: str) -> str:
    return base64_text.encode_for_url(key.encode(), padded=True)


def read_cursor(cursor: str) -> str:
    """Raises BadRequest."""
    try:
        key = base64_text.decode_from_url(cursor, padded=True).decode()
    except ValueError:
        key = ""
    # No key has a NUL.
    if not key or "\0" in key:
        raise errors.BadRequest("`after` must be a cursor that an earlier page gave.")
    return key
