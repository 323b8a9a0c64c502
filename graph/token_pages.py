"""A user's API tokens, page by page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graph import pages
from graph.api_tokens import ApiToken
from graph.pages import Page, PageInfo
from resolvers import token_pages
from resolvers.accounts import Caller

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
    place = pages.position(first, after)
    found = await token_pages.page(caller, first=first, after=place, include_ended=include_ended, at=at)
    nodes = [(row.created_at, row.id, ApiToken(row=row, caller=caller)) for row in found.rows]
    return ApiTokenConnection(page=pages.newest_first(found, nodes))
