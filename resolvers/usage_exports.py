"""Exports of a month of usage, by user, API token and model, as rows that are read while they are sent."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import errors
from access import callers
from access.callers import Caller
from access.credentials import Kind
from db import postgres
from db.postgres import PostgresDown, transaction
from limits.addresses import LIFETIME
from resolvers import administration, downloads
from resolvers.audit import Action
from resolvers.downloads import Download, Owner
from resolvers.tools import Tools

KIND = "usage"
_MONTH = re.compile(r"(2[01][0-9]{2})-(0[1-9]|1[0-2])")
# Bounds the memory of an export, whatever a user has.
_ROWS_AT_ONCE = 2000
_USERS_AT_ONCE = 200
_READ_WITHIN = timedelta(seconds=5)
_NO_TOKEN = UUID(int=0)
_FIRST = UUID(int=0)

# Each step finds the next user by the index over user and day, whatever number of days they have.
_USERS = """
WITH RECURSIVE found (user_id) AS (
    (SELECT user_id FROM usage_days WHERE user_id > $1 ORDER BY user_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.user_id FROM usage_days d WHERE d.user_id > found.user_id ORDER BY d.user_id LIMIT 1)
    FROM found WHERE found.user_id IS NOT NULL
)
SELECT user_id FROM (SELECT user_id FROM found LIMIT $2) f WHERE user_id IS NOT NULL
"""
# With the id of an API token ($9): what other credentials used is put together, without their ids.
_ROWS = """
SELECT s.*, CASE WHEN $9::uuid IS NULL THEN u.email END AS email, t.name AS token_name
FROM (
    SELECT user_id, token_id, model,
        coalesce(sum(calls) FILTER (WHERE model <> ''), 0)::bigint AS calls,
        coalesce(sum(failed) FILTER (WHERE model <> ''), 0)::bigint AS failed,
        sum(units)::bigint AS units, sum(inference_ms)::float8 AS inference_ms
    FROM (
        SELECT user_id, CASE WHEN token_id = coalesce($9, token_id) THEN token_id ELSE $4 END AS token_id, model,
            calls, failed, units, inference_ms
        FROM usage_days WHERE user_id = ANY($1::uuid[]) AND day >= $2 AND day < $3
    ) d
    WHERE (user_id, token_id, model) > ($5, $6, $7)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $8
) s LEFT JOIN users u ON u.id = s.user_id LEFT JOIN api_tokens t ON t.id = s.token_id
ORDER BY 1, 2, 3
"""

_Place = tuple[UUID, UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`email` is None after the user was deleted, `token_name` after the API token was; `token_id` None for sessions;
    `model` '' for units that belong to no model. For an API token, `email` is None, and `token_id` for all but itself.
    """

    user_id: UUID
    email: str | None
    token_id: UUID | None
    token_name: str | None
    model: str
    calls: int
    failed: int
    units: int
    inference_ms: float


@dataclass(frozen=True, slots=True)
class Address:
    """`code` is the end of the address."""

    code: str
    expires_at: datetime


async def prepare(tools: Tools, caller: Caller, month: str, *, of_everybody: bool, at: datetime) -> Address:
    """An address from which the month, as `2026-11`, is fetched once.

    Raises Unauthenticated, Forbidden, BadRequest, ServiceUnavailable.
    """
    begin, _ = span(month)
    credential = callers.require_session(caller) if of_everybody else callers.require_reading(caller)
    owner = Owner.of(credential, is_administrator=of_everybody)
    async with transaction() as tx:
        await downloads.check(tools, owner, tx)
        if of_everybody:
            action, detail = Action.USAGE_EXPORTED, f"everybody, {month}"
            await administration.record(
                tx, action, caller, at=at, user_id=owner.user_id, before={}, after={}, detail=detail
            )
    return Address(await downloads.make(tools, KIND, owner, month=f"{begin:%Y-%m}"), at + LIFETIME)


def span(month: str) -> tuple[date, date]:
    """The first day of the month, and the day after its last one. Raises BadRequest."""
    if (found := _MONTH.fullmatch(month)) is None:
        raise errors.BadRequest("`month` must be a month of the years 2000 to 2199, such as 2026-11.")
    begin = date(int(found[1]), int(found[2]), 1)
    return begin, (begin + timedelta(days=32)).replace(day=1)


async def pages(tools: Tools, download: Download) -> AsyncGenerator[Sequence[Row], None]:
    """All rows of the month, by user, API token and model. Between two pages no connection is held.

    Raises ServiceUnavailable, also in the middle, and Unauthenticated or Forbidden once the right has ended.
    """
    owner, days = download.owner, span(download.month)
    if owner.is_administrator:
        async for user_ids in _everybody():
            async for page in _pages(user_ids, days, None):
                yield page
            await downloads.check(tools, owner)
        return
    await tools.gate.roll_up(owner.user_id)
    # An API token may neither read the address of its owner nor see other API tokens.
    only = owner.credential_id if owner.kind is Kind.API_TOKEN else None
    async for page in _pages([owner.user_id], days, only):
        yield page
        await downloads.check(tools, owner)


async def _everybody() -> AsyncIterator[Sequence[UUID]]:
    last = _FIRST
    while True:
        rows = await _asked(_USERS, last, _USERS_AT_ONCE)
        if not rows:
            return
        yield [row["user_id"] for row in rows]
        last = rows[-1]["user_id"]


async def _pages(user_ids: Sequence[UUID], days: tuple[date, date], only: UUID | None) -> AsyncIterator[Sequence[Row]]:
    """With `only`, of this API token and of all others together."""
    place: _Place = (_FIRST, _NO_TOKEN, "")
    while True:
        rows = await _asked(_ROWS, list(user_ids), *days, _NO_TOKEN, *place, _ROWS_AT_ONCE, only)
        if rows:
            yield [_row(row) for row in rows]
        if len(rows) < _ROWS_AT_ONCE:
            return
        place = (rows[-1]["user_id"], rows[-1]["token_id"], rows[-1]["model"])


def _row(row: Mapping[str, Any]) -> Row:
    return Row(**{**row, "token_id": None if row["token_id"] == _NO_TOKEN else row["token_id"]})


async def _asked(sql: str, *values: object) -> list[dict[str, Any]]:
    try:
        return await postgres.rows(sql, *values, within=_READ_WITHIN)
    except PostgresDown as error:
        raise errors.ServiceUnavailable() from error
