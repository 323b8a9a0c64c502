"""The cookies of browsers: the session, where a page wants it kept from its scripts, and the device.

Both are sent over TLS only (browsers take the loopback for that too), to this host alone, by pages of this site alone.
"""

from datetime import datetime

from starlette.requests import Request

from resolvers.logins import DEVICE_LIFETIME

# The prefix makes browsers refuse the name from a subdomain, or without TLS.
SESSION = "__Host-gatehouse-session"
DEVICE = "__Host-gatehouse-device"

_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"
_PREFLIGHT = ("graphql-require-preflight", "apollo-require-preflight")


def has_preflight(request: Request) -> bool:
    """Whether it has a header that no page of another site can have a browser send without asking us first."""
    return any(name in request.headers for name in _PREFLIGHT)


def keep_session(token: str, *, expires_at: datetime, at: datetime) -> dict[str, str]:
    seconds = int((expires_at - at).total_seconds())
    return {SESSION: f"{SESSION}={token}; Max-Age={seconds}; {_ATTRIBUTES}"}


def drop_session() -> dict[str, str]:
    return {SESSION: f"{SESSION}=; Max-Age=0; {_ATTRIBUTES}"}


def keep_device(cookie: str) -> dict[str, str]:
    return {DEVICE: f"{DEVICE}={cookie}; Max-Age={int(DEVICE_LIFETIME.total_seconds())}; {_ATTRIBUTES}"}
