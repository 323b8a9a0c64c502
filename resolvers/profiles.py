"""The profile of a user: display name and language."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import errors
from access import callers
from access.callers import Caller
from db.models.users import User
from db.postgres import transaction
from resolvers import audit, names, sessions
from resolvers.audit import Action

DEFAULT_LOCALE = "en"

_LONGEST_NAME = 80
_LONGEST_LOCALE = 16
# The part of RFC 5646 that emails need: language, script, region and variants, as in `en`, `de-CH`, `zh-Hant-TW`.
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)

_Problems = list[errors.Problem]

# By GraphQL name, only the fields that the caller gave.
Changes = Mapping[str, str | None]


async def update(caller: Caller, changes: Changes, *, at: datetime) -> User:
    """Returns the changed user, with the plan. Raises Unauthenticated, Forbidden, InvalidInput, ServiceUnavailable."""
    credential = callers.require_session(caller)
    columns = _columns(changes)
    async with transaction() as tx:
        user = await sessions.lock_owner(tx, credential)
        if columns:
            await user.update_from_dict(columns).save(using_db=tx, update_fields=[*columns])
            await audit.record(tx, Action.PROFILE_UPDATED, user.id, caller, at=at)
        await user.fetch_related("plan", using_db=tx)
    return user


def display_name(text: str | None, *, path: tuple[str, ...]) -> tuple[str | None, _Problems]:
    """None also for a text of spaces only."""
    name = (text or "").strip()
    return name or None, names.check(name, longest=_LONGEST_NAME, path=path)


def locale(text: str | None, *, path: tuple[str, ...]) -> tuple[str | None, _Problems]:
    if text is None or (len(text) <= _LONGEST_LOCALE and _LOCALE.fullmatch(text)):
        return text, []
    return None, [errors.Problem(path, "INVALID_LOCALE", "This is not a language tag. Use one like `en` or `de-CH`.")]


def _columns(changes: Changes) -> dict[str, Any]:
    """By column name. Raises InvalidInput."""
    columns: dict[str, Any] = {}
    problems: _Problems = []
    if "displayName" in changes:
        columns["display_name"], found = display_name(changes["displayName"], path=("input", "displayName"))
        problems += found
    if "locale" in changes:
        given, found = locale(changes["locale"], path=("input", "locale"))
        columns["locale"] = given or DEFAULT_LOCALE
        problems += found
    if problems:
        raise errors.InvalidInput(problems)
    return columns
