"""A user's API tokens, page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import strawberry

import errors
from graph import pages
from graph.api_tokens import ApiToken
from graph.pages import Page, PageInfo
from resolvers import token_pages
from resolvers.accounts import Caller
from resolvers.api_tokens import ApiToken as ApiTokenRow
from resolvers.token_pages import Position

IncludeEnded = Annotated[bool, strawberry.argument(description="Those that expired or were revoked as well.")]


@strawberry.type(description="An API token in a page, with its cursor.")
class ApiTokenEdge:
    cursor: str = strawberry.field(description="For `after`.")
    node: ApiToken = strawberry.field(description="The API token.")


@strawberry.type(description="A page of API tokens, the newest first.")
class ApiTokenConnection:
    page: strawberry.Private[Page[ApiToken]]

    @strawberry.field(description="The API tokens of this page with their cursors.")
    def edges(self) -> list[ApiTokenEdge]:
        return [ApiTokenEdge(cursor=cursor, node=node) for cursor, node in self.page.items]

    @strawberry.field(description="The API tokens of this page.")
    def nodes(self) -> list[ApiToken]:
        return [node for _, node in self.page.items]

    @strawberry.field(description="Where this page stands.")
    def page_info(self) -> PageInfo:
        return self.page.info

    @strawberry.field(description="How many API tokens there are on all pages.")
    def total_count(self) -> int:
        return self.page.total


async def read_page(
    caller: Caller, *, first: int, after: str | None, include_ended: bool, at: datetime
) -> ApiTokenConnection:
    """Raises BadRequest."""
    pages.check_first(first)
    found = await token_pages.page(
        caller,
        first=first,
        after=None if after is None else _position(after),
        include_ended=include_ended,
        at=at,
    )
    items = [(_cursor(row), ApiToken(row=row, caller=caller)) for row in found.tokens]
    info = PageInfo(
        has_next_page=found.has_next,
        has_previous_page=found.has_previous,
        start_cursor=items[0][0] if items else None,
        end_cursor=items[-1][0] if items else None,
    )
    return ApiTokenConnection(page=Page(items, info, found.total))


def _cursor(row: ApiTokenRow) -> str:
    return pages.write_cursor(f"{row.created_at.astimezone(UTC).replace(tzinfo=None).isoformat()} {row.id}")


def _position(cursor: str) -> Position:
    created_at, _, token_id = pages.read_cursor(cursor).partition(" ")
    try:
        return Position(datetime.fromisoformat(created_at).replace(tzinfo=UTC), UUID(token_id))
    except ValueError as error:
        raise errors.BadRequest("`after` must be a cursor that an earlier page gave.") from error
