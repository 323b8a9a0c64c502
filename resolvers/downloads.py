"""What may be fetched by an address that answers once, and by whose right."""

import asyncio
import hmac
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient

import base64_text
import errors
from access.credentials import Credential, Kind
from db.models.users import Role
from db.postgres import as_service_unavailable
from limits import last_uses
from resolvers.tools import Tools

# Of a process: each takes a part of the event loop, of the connections to Postgres and of the client's line.
_AT_ONCE = 8
_AT_ONCE_OF_USER = 2
_PURPOSE = "downloads"

_SESSION = """
SELECT u.role, f.confirmed_at IS NOT NULL AS has_second_factor
FROM sessions c JOIN users u ON u.id = c.user_id LEFT JOIN second_factors f ON f.user_id = u.id
WHERE c.id = $1 AND u.id = $2 AND c.revoked_at IS NULL AND c.expires_at > now() AND u.suspended_at IS NULL
    AND c.last_used_at > now() - $3::float8 * interval '1 second'
"""
_TOKEN = """
SELECT u.role, false AS has_second_factor FROM api_tokens c JOIN users u ON u.id = c.user_id
WHERE c.id = $1 AND u.id = $2 AND c.revoked_at IS NULL AND c.expires_at > now() AND u.suspended_at IS NULL
    AND $3::float8 > 0
"""  # noqa: S105 - no password


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who asked for the address, with which credential. `is_administrator`: by the right of an administrator.
    `signed_by` as in `Credential`.
    """

    user_id: UUID
    credential_id: UUID
    kind: Kind
    signed_by: str | None
    is_administrator: bool = False

    @classmethod
    def of(cls, credential: Credential, *, is_administrator: bool = False) -> "Owner":
        return cls(
            user_id=credential.user_id,
            credential_id=credential.id,
            kind=credential.kind,
            signed_by=credential.signed_by,
            is_administrator=is_administrator,
        )

    def written(self) -> dict[str, Any]:
        return {
            "user": str(self.user_id),
            "credential": [self.kind.value, str(self.credential_id), self.signed_by],
            "administrator": self.is_administrator,
        }

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Owner":
        kind, credential_id, signed_by = written["credential"]
        return cls(
            user_id=UUID(written["user"]),
            credential_id=UUID(credential_id),
            kind=Kind(kind),
            signed_by=signed_by,
            is_administrator=written["administrator"],
        )


@dataclass(frozen=True, slots=True)
class Download:
    kind: str
    owner: Owner
    # Of an export of usage.
    month: str = ""


async def check(tools: Tools, owner: Owner, tx: BaseDBAsyncClient | None = None) -> None:
    """Whether the credential still lives and still has the right, by Postgres. In a transaction, if one is given.
    A credential that a retired key has signed does not live.

    Raises Unauthenticated, Forbidden, ServiceUnavailable.
    """
    if owner.signed_by in tools.gate.retired_keys:
        raise errors.Unauthenticated()
    sql = _SESSION if owner.kind is Kind.SESSION else _TOKEN
    idle = tools.settings.session_idle + last_uses.COARSENESS
    values = [owner.credential_id, owner.user_id, idle.total_seconds()]
    async with as_service_unavailable():
        rows = await (tx or Tortoise.get_connection("default")).execute_query_dict(sql, values)
    if not rows:
        raise errors.Unauthenticated()
    if owner.is_administrator and not _is_administrator(rows[0]):
        raise errors.Forbidden("This needs the session of an administrator with two-factor login.")


def _is_administrator(row: Mapping[str, Any]) -> bool:
    """Of a session's user. API tokens have no second factor."""
    return row["role"] == Role.ADMIN and bool(row["has_second_factor"])


async def make(tools: Tools, kind: str, owner: Owner, **more: str) -> str:
    """The end of an address for one download. Raises ServiceUnavailable."""
    code = await tools.gate.addresses.make({"kind": kind, **owner.written(), **more})
    return f"{code}.{_mac(tools.sealer.key(_PURPOSE), code)}"


def _code(tools: Tools, given: str) -> str | None:
    """None for what this service has not made. So guesses cost nothing but a digest."""
    code, _, mac = given.partition(".")
    made = any(hmac.compare_digest(mac.encode(), _mac(key, code).encode()) for key in tools.sealer.keys(_PURPOSE))
    return code if made else None


def _mac(key: bytes, code: str) -> str:
    return base64_text.encode_for_url(hmac.digest(key, code.encode(), "sha256"))


class Downloads:
    """One per process: those that run in it."""

    def __init__(self) -> None:
        self._running: Counter[UUID] = Counter()

    async def find(self, tools: Tools, given: str) -> Download | None:
        """None for an address that is unknown, used or expired. It is not used up. Raises ServiceUnavailable."""
        code = _code(tools, given)
        return None if code is None else _read(await tools.gate.addresses.look(code))

    @contextmanager
    def running(self, user_id: UUID) -> Iterator[None]:
        """Raises ServiceUnavailable if too many run."""
        if self._running.total() >= _AT_ONCE or self._running[user_id] >= _AT_ONCE_OF_USER:
            raise errors.ServiceUnavailable()
        self._running[user_id] += 1
        try:
            yield
        finally:
            self._running[user_id] -= 1
            if not self._running[user_id]:
                del self._running[user_id]

    async def use(self, tools: Tools, given: str) -> Download | None:
        """As `find`, once."""
        code = _code(tools, given)
        return None if code is None else _read(await asyncio.shield(tools.gate.addresses.use(code)))


def _read(written: Mapping[str, Any] | None) -> Download | None:
    if written is None:
        return None
    return Download(written["kind"], Owner.read(written), written.get("month", ""))
