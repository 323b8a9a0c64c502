"""The cookies of browsers: the session, if a page wants to keep it from its scripts, and the device.

Browsers send both only over TLS (or on the loopback), only to this host, and only from pages of this site.
"""

from datetime import datetime, timedelta

from starlette.requests import Request

# The prefix makes browsers refuse the name from a subdomain, or without TLS.
SESSION = "__Host-gatehouse-session"
DEVICE = "__Host-gatehouse-device"

_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"
_PREFLIGHT = ("graphql-require-preflight", "apollo-require-preflight")
PREFLIGHT_FIELD = (_PREFLIGHT[0].encode(), b"1")


def has_preflight(request: Request) -> bool:
    """Whether it has a header that a page of another site cannot send unless we have allowed it."""
    return any(name in request.headers for name in _PREFLIGHT)


def sent(request: Request, name: str) -> str | None:
    """The cookie with this name, as it was sent. None if there is none; empty, which is never valid, if there are two.

    `request.cookies` is not used: it ignores a no-break space before a name, so a neighbouring subdomain could set our
    cookies, and it blocks the event loop for seconds on backslashes in quotes.
    """
    headers = request.headers.getlist("cookie")
    if not headers:
        return None
    parts = (part.strip(" \t") for header in headers for part in header.split(";"))
    found = [part.removeprefix(f"{name}=") for part in parts if part.startswith(f"{name}=")]
    if not found:
        return None
    return found[0] if len(found) == 1 else ""


def keep_session(token: str, *, expires_at: datetime, at: datetime) -> dict[str, str]:
    seconds = int((expires_at - at).total_seconds())
    return {SESSION: f"{SESSION}={token}; Max-Age={seconds}; {_ATTRIBUTES}"}


def drop_session() -> dict[str, str]:
    return {SESSION: f"{SESSION}=; Max-Age=0; {_ATTRIBUTES}"}


def keep_device(cookie: str, lifetime: timedelta) -> dict[str, str]:
    return {DEVICE: f"{DEVICE}={cookie}; Max-Age={int(lifetime.total_seconds())}; {_ATTRIBUTES}"}
