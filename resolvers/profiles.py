"""What users say of themselves."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from unicodedata import category

import errors
from access import callers
from access.callers import Caller
from access.transactions import transaction
from db.models.users import User
from resolvers import audit, sessions
from resolvers.audit import Action

DEFAULT_LOCALE = "en"

_LONGEST_NAME = 80
_LONGEST_LOCALE = 16
# Of RFC 5646: language, script, region and variants, as in `en`, `de-CH` and `zh-Hant-TW`.
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)

_Problems = list[errors.Problem]

# Of a profile by the names of the schema: what was given, and what is left out is not there.
Changes = Mapping[str, str | None]


async def update(caller: Caller, changes: Changes, *, at: datetime) -> User:
    """The user as they are now, with the plan. Raises Unauthenticated, Forbidden, InvalidInput, ServiceUnavailable."""
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
    """None for nothing but spaces too."""
    name = (text or "").strip()
    return name or None, one_line(name, longest=_LONGEST_NAME, path=path)


def locale(text: str | None, *, path: tuple[str, ...]) -> tuple[str | None, _Problems]:
    if text is None or (len(text) <= _LONGEST_LOCALE and _LOCALE.fullmatch(text)):
        return text, []
    return None, [errors.Problem(path, "INVALID_LOCALE", "This is not a language like `en` or `de-CH`.")]


def one_line(text: str, *, longest: int, path: tuple[str, ...]) -> _Problems:
    """What keeps this text from being a name that is shown to people."""
    if len(text) > longest:
        return [errors.Problem(path, "TOO_LONG", f"This may have at most {longest} characters.")]
    # Control characters, halves of surrogate pairs, and marks that turn the direction of what is around them.
    if any(category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in text):
        return [errors.Problem(path, "INVALID_CHARACTER", "This holds a character that cannot be shown.")]
    return []


def _columns(changes: Changes) -> dict[str, Any]:
    """By the table's names. Raises InvalidInput."""
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
