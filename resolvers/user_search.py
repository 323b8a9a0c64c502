"""Finds users, for administrators: by a part of the address or the name, by state and by plan.

Postgres without extensions has no index for a part of a text. So a migration makes one of all parts of three
characters, `user_trigrams`. A search for fewer characters reads the list in its order: so short a text is soon found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Tortoise

import errors
from access import callers
from access.callers import Caller
from db.models.users import User
from db.postgres import as_service_unavailable
from resolvers import emails, names
from resolvers.pages import Position, Slice

_LONGEST = 254
_TRIGRAM = 3
# Of a long text only the beginning is looked up: of an address the rest is what many addresses have, and to look all of
# it up takes ten times as long. What is found is compared with the whole text.
_INDEXED = "user_trigrams(u.email, u.display_name) @> user_trigrams(left($1, 10), NULL)"
_MATCHES = "(u.email LIKE lower($2) OR lower(u.display_name) LIKE lower($2))"
_STATES = {
    "UNVERIFIED": "u.suspended_at IS NULL AND u.email_verified_at IS NULL",
    "ACTIVE": "u.suspended_at IS NULL AND u.email_verified_at IS NOT NULL",
    "SUSPENDED": "u.suspended_at IS NOT NULL",
}
_ORDER = "ORDER BY u.created_at DESC, u.id DESC"
# As many of the newest users are compared before the index is asked.
_WALKED = 2000


class State(StrEnum):
    UNVERIFIED = "UNVERIFIED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """None: any. `search` is a part of the email address or of the display name, without regard to case."""

    search: str | None = None
    state: State | None = None
    plan: str | None = None


async def page(by: Caller | None, wanted: Wanted, *, first: int, after: Position | None) -> Slice[User]:
    """Newest first; with plans. Raises Forbidden, ServiceUnavailable, BadRequest for a text that no user can have."""
    where = _Where.of(by, wanted)
    behind = where.behind(after) if after else where
    async with as_service_unavailable():
        # One more than asked for, which shows whether there are more.
        ids = await _ids(behind, first + 1)
        before = await _ids(where.before(after), 1) if after else []
        rows = await User.filter(id__in=ids[:first]).select_related("plan").order_by("-created_at", "-id")
    return Slice(rows, has_next=len(ids) > first, has_previous=bool(before))


async def count(by: Caller | None, wanted: Wanted) -> int:
    """Of all pages. It reads every user who is found. Raises as `page`."""
    where = _Where.of(by, wanted)
    async with as_service_unavailable():
        (row,) = await _query(f"SELECT count(*) AS users FROM users u WHERE {where.all}", where.values)  # noqa: S608 - ours
    number: int = row["users"]
    return number


async def find(by: Caller | None, user_id: UUID | None) -> User | None:
    """Raises Forbidden, ServiceUnavailable."""
    _require(by)
    if user_id is None:
        return None
    async with as_service_unavailable():
        return await User.filter(id=user_id).select_related("plan").first()


async def named(text: str) -> User:
    """The user with this email address or stored id. For the command line. Raises NotFound, ServiceUnavailable."""
    which: dict[str, Any] = {"email": emails.find(text)}
    try:
        which = {"id": UUID(text.strip())}
    except ValueError:
        pass
    async with as_service_unavailable():
        found = await User.filter(**which).select_related("plan").first()
    if found is None:
        raise errors.UserNotFound()
    return found


def state(user: User) -> State:
    if user.suspended_at is not None:
        return State.SUSPENDED
    return State.ACTIVE if user.email_verified_at is not None else State.UNVERIFIED


@dataclass(frozen=True, slots=True)
class _Where:
    """`indexed` is the condition that the index of trigrams answers, `position` where a page starts."""

    conditions: str
    values: tuple[Any, ...]
    indexed: str = "TRUE"
    position: str = "TRUE"

    @classmethod
    def of(cls, by: Caller | None, wanted: Wanted) -> "_Where":
        _require(by)
        _check(wanted)
        search = (wanted.search or "").strip()
        conditions, values = ["TRUE"], []
        if search:
            # The first value has its type even where the index is not used.
            conditions, values = ["$1::text IS NOT NULL", _MATCHES], [search, f"%{_escaped(search)}%"]
        if wanted.state is not None:
            conditions.append(_STATES[wanted.state])
        if wanted.plan is not None:
            values.append(wanted.plan)
            conditions.append(f"u.plan_id = (SELECT id FROM plans WHERE name = ${len(values)})")  # noqa: S608 - ours
        return cls(" AND ".join(conditions), tuple(values), _INDEXED if len(search) >= _TRIGRAM else "TRUE")

    def behind(self, position: Position) -> "_Where":
        return self._beside(position, "<")

    def before(self, position: Position) -> "_Where":
        """With the position itself."""
        return self._beside(position, ">=")

    def _beside(self, position: Position, sign: str) -> "_Where":
        number = len(self.values)
        beside = f"(u.created_at, u.id) {sign} (${number + 1}::timestamptz, ${number + 2}::uuid)"
        return replace(self, position=beside, values=(*self.values, position.at, position.id))

    @property
    def all(self) -> str:
        return f"{self.conditions} AND {self.indexed} AND {self.position}"


async def _ids(where: _Where, most: int) -> list[UUID]:
    """The newest of those that match. What many users match is soon found among the newest; the index would give all of
    them, to be sorted.
    """
    if where.indexed != "TRUE":
        newest = f"(SELECT * FROM users u WHERE {where.position} {_ORDER} LIMIT {_WALKED})"  # noqa: S608 - ours
        found = await _select(f"{newest} u WHERE {where.conditions}", where.values, most)
        if len(found) == most:
            return found
    return await _select(f"users u WHERE {where.all}", where.values, most)


async def _select(which: str, values: Sequence[Any], most: int) -> list[UUID]:
    rows = await _query(f"SELECT u.id FROM {which} {_ORDER} LIMIT {most}", values)  # noqa: S608 - all ours
    return [row["id"] for row in rows]


async def _query(sql: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await Tortoise.get_connection("default").execute_query_dict(sql, list(values))
    return found


def _require(by: Caller | None) -> None:
    if by is not None and not by.administers:
        raise callers.not_an_administrator()


def _check(wanted: Wanted) -> None:
    for name, text in (("search", wanted.search), ("plan", wanted.plan)):
        if problems := names.check(text or "", longest=_LONGEST, path=(name,)):
            raise errors.BadRequest(f"`{name}`: {problems[0].message}")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
