"""The codes of emails, and login challenges: single-use, short-lived, for one purpose, stored as digests."""

import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from uuid import UUID

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from db.models.mail_codes import MailCode, Purpose

# 160 bits, so 32 characters of base32 without padding.
_BYTES = 20
_CODE = re.compile(r"[A-Z2-7]{32}", re.ASCII)
_LONGEST_TEXT = 64
_NOT_SHOWN = str.maketrans("", "", "- \t\r\n")

_OWNER = "SELECT user_id FROM mail_codes WHERE digest = $1 AND purpose = $2"
_CONSUME = """
UPDATE mail_codes SET ended_at = $3
WHERE digest = $1 AND purpose = $2 AND ended_at IS NULL AND expires_at > $3
RETURNING registration, email
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """The changes that using a code puts into force."""

    registration: Mapping[str, Any]
    email: str | None


async def issue(
    tx: BaseDBAsyncClient,
    user_id: UUID,
    purpose: Purpose,
    *,
    at: datetime,
    lifetime: timedelta,
    registration: Mapping[str, Any] | None = None,
    email: str | None = None,
) -> str:
    """A new code, in groups of four characters, easy to read and type.

    `registration` or `email` come into force with its use.
    """
    code = b32encode(token_bytes(_BYTES)).decode()
    await MailCode.create(
        using_db=tx,
        user_id=user_id,
        purpose=purpose,
        digest=_digest(code),
        created_at=at,
        expires_at=at + lifetime,
        registration=registration,
        email=email,
    )
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


async def owner(tx: BaseDBAsyncClient, code: str, purpose: Purpose) -> UUID:
    """The user whose row to lock before the code is consumed. Raises CodeRefused where no such code was ever issued."""
    rows = await tx.execute_query_dict(_OWNER, [_digest(_canonical(code)), purpose.value])
    if not rows:
        raise errors.CodeRefused()
    user_id: UUID = rows[0]["user_id"]
    return user_id


async def consume(tx: BaseDBAsyncClient, code: str, purpose: Purpose, *, at: datetime) -> Grant:
    """One statement, so that only one of several callers at once can use the code. The others get CodeRefused."""
    rows = await tx.execute_query_dict(_CONSUME, [_digest(_canonical(code)), purpose.value, at])
    if not rows:
        raise errors.CodeRefused()
    registration = rows[0]["registration"]
    return Grant(registration=orjson.loads(registration or "{}"), email=rows[0]["email"])


async def check(tx: BaseDBAsyncClient, code: str, purpose: Purpose, *, at: datetime) -> UUID:
    """The user of a code that may still be used. Raises CodeRefused."""
    live = MailCode.filter(digest=_digest(_canonical(code)), purpose=purpose, ended_at=None, expires_at__gt=at)
    found = await live.using_db(tx).first()
    if found is None:
        raise errors.CodeRefused()
    return found.user_id


async def end(tx: BaseDBAsyncClient, user_id: UUID, *purposes: Purpose, at: datetime) -> None:
    """Ends all codes of the user for these purposes; without a purpose, for all of them."""
    live = MailCode.filter(user_id=user_id, ended_at=None, purpose__in=purposes or tuple(Purpose))
    await live.using_db(tx).update(ended_at=at)


def _canonical(text: str) -> str:
    """As it was issued, in whatever case and with whatever spaces a person typed it.

    Raises CodeRefused for a text that cannot be a code.
    """
    code = text.translate(_NOT_SHOWN).upper() if len(text) <= _LONGEST_TEXT else ""
    if not _CODE.fullmatch(code):
        raise errors.CodeRefused()
    return code


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
