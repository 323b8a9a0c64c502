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


def sent(request: Request, name: str) -> str | None:
    """What came under this name, as it was written; None for nothing, and empty, so never right, where it came twice.

    Not `request.cookies`: it takes a no-break space before a name for no part of it, so that a neighbouring subdomain
    could set ours after all, and it holds the event loop for seconds over backslashes in quotes.
    """
    parts = (part.strip(" \t") for header in request.headers.getlist("cookie") for part in header.split(";"))
    found = [part.removeprefix(f"{name}=") for part in parts if part.startswith(f"{name}=")]
    if not found:
        return None
    return found[0] if len(found) == 1 else ""


def keep_session(token: str, *, expires_at: datetime, at: datetime) -> dict[str, str]:
    seconds = int((expires_at - at).total_seconds())
    return {SESSION: f"{SESSION}={token}; Max-Age={seconds}; {_ATTRIBUTES}"}


def drop_session() -> dict[str, str]:
    return {SESSION: f"{SESSION}=; Max-Age=0; {_ATTRIBUTES}"}


def keep_device(cookie: str) -> dict[str, str]:
    return {DEVICE: f"{DEVICE}={cookie}; Max-Age={int(DEVICE_LIFETIME.total_seconds())}; {_ATTRIBUTES}"}
