"""Refused requests of a user, as `limits/refusals.py` has recorded them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import Tortoise

import errors
from access import callers
from access.callers import Caller
from db.models.refusals import Refusal
from db.postgres import as_service_unavailable

_MOST = 100

_MATCHES = """
user_id = $4 AND ($5::uuid IS NULL OR token_id = $5) AND ($6::text IS NULL OR model = $6) GROUP BY 1, 2, 3
"""
_COLUMNS = "CASE WHEN $1 THEN model END AS model, code, sum(count)::bigint AS count FROM refusals"
_HOURS = f"SELECT hour AS start, {_COLUMNS} WHERE hour >= $2 AND hour < $3 AND {_MATCHES}"
# Days in UTC, whatever the session's time zone is.
_DAYS = f"""
SELECT greatest(date_trunc($7, hour AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', $2::timestamptz) AS start, {_COLUMNS}
WHERE hour >= $2 AND hour < $3 AND {_MATCHES}
"""


async def of_user(caller: Caller, *, last: int, of: UUID | None = None) -> Sequence[Refusal]:
    """Of all credentials of the user `of` (None: of the caller), the newest first.

    Raises Unauthenticated, Forbidden, NotFound, BadRequest, ServiceUnavailable.
    """
    return await _newest(last, user_id=callers.require_viewing(caller, of))


async def of_token(caller: Caller, token_id: UUID, *, last: int, of: UUID | None = None) -> Sequence[Refusal]:
    """Of an API token of the user `of`; an API token with scope READ may read its own. Raises as `of_user`."""
    credential = callers.require_reading(caller)
    user_id = credential.user_id if credential.id == token_id else callers.require_viewing(caller, of)
    return await _newest(last, user_id=user_id, token_id=token_id)


async def counts(
    user_id: UUID,
    token_id: UUID | None,
    *,
    begin: datetime,
    end: datetime,
    interval: str,
    model: str | None,
    by_model: bool,
) -> dict[tuple[datetime, str | None], tuple[tuple[str, int], ...]]:
    """Refused requests by code, for each interval and model that has some. Raises ServiceUnavailable."""
    values: list[Any] = [by_model, begin, end, user_id, token_id, model]
    statement = _HOURS
    if interval != "hour":
        statement, values = _DAYS, [*values, interval]
    async with as_service_unavailable():
        rows = await Tortoise.get_connection("default").execute_query_dict(statement, values)
    found: dict[tuple[datetime, str | None], tuple[tuple[str, int], ...]] = {}
    for row in sorted(rows, key=lambda row: str(row["code"])):
        key = row["start"], row["model"] or None
        found[key] = (*found.get(key, ()), (row["code"], row["count"]))
    return found


async def _newest(last: int, **which: Any) -> Sequence[Refusal]:
    if not 1 <= last <= _MOST:
        raise errors.BadRequest(f"`last` must be 1 to {_MOST}.")
    async with as_service_unavailable():
        return await Refusal.filter(**which).order_by("-at", "-id").limit(last)
