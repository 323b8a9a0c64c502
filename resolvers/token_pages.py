"""A user's API tokens, page by page: the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from access import callers
from access.callers import Caller
from access.transactions import reached
from db.models.api_tokens import ApiToken


@dataclass(frozen=True, slots=True)
class Position:
    """Where a token stands among those of its owner."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class TokenPage:
    """`total` is how many there are on all pages."""

    tokens: Sequence[ApiToken]
    has_next: bool
    has_previous: bool
    total: int


async def page(caller: Caller, *, first: int, after: Position | None, include_ended: bool, at: datetime) -> TokenPage:
    """Asked for by position and not by number, so that a token made meanwhile moves none from one page to another."""
    credential = callers.require_session(caller)
    listed = ApiToken.filter(user_id=credential.user_id, deleted_at=None)
    if not include_ended:
        listed = listed.filter(revoked_at=None, expires_at__gt=at)
    behind = listed.filter(_behind(after)) if after else listed
    async with reached():
        total = await listed.count()
        rest = await behind.count() if after else total
        tokens = await behind.order_by("-created_at", "-id").limit(first)
    return TokenPage(tokens, has_next=rest > len(tokens), has_previous=rest < total, total=total)


def _behind(place: Position) -> Q:
    return Q(created_at__lt=place.created_at) | Q(created_at=place.created_at, id__lt=place.id)
