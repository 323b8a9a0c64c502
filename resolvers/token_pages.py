"""A user's API tokens, page by page."""

from datetime import datetime

from access import callers
from access.callers import Caller
from db.models.api_tokens import ApiToken
from resolvers import pages
from resolvers.pages import Page, Position


async def page(
    caller: Caller, *, first: int, after: Position | None, include_ended: bool, at: datetime
) -> Page[ApiToken]:
    credential = callers.require_session(caller)
    listed = ApiToken.filter(user_id=credential.user_id, deleted_at=None)
    if not include_ended:
        listed = listed.filter(revoked_at=None, expires_at__gt=at)
    return await pages.newest_first(listed, by="created_at", first=first, after=after)
