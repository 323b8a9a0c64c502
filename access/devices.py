"""Browsers that have logged in to an account before: they guess on an allowance of their own.

So a stranger who uses up an account's guesses does not keep its owner out.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe

# As long as browsers keep a cookie.
LIFETIME = timedelta(days=400)

_COOKIE = re.compile(r"(?P<id>[A-Za-z0-9_-]{22})\.(?P<until>[0-9]{10})\.(?P<mac>[A-Za-z0-9_-]{43})", re.ASCII)


class Devices:
    """Makes and recognises device cookies. One per process, with a key that all processes share."""

    def __init__(self, key: bytes | Callable[[], bytes]) -> None:
        """`key` may be what tells it, where it changes."""
        self._key = key if callable(key) else lambda: key

    def issue(self, address: str, *, at: datetime) -> str:
        """A new cookie for a browser that has just shown to be the owner's of this address."""
        named = f"{token_urlsafe(16)}.{int((at + LIFETIME).timestamp())}"
        return f"{named}.{self._mac(named, address)}"

    def recognise(self, cookie: str | None, address: str, *, at: datetime) -> str | None:
        """The device's id, where the cookie was issued to it for this very address and has not expired."""
        match = _COOKIE.fullmatch(cookie) if cookie else None
        if match is None:
            return None
        named = f"{match['id']}.{match['until']}"
        is_ours = hmac.compare_digest(match["mac"], self._mac(named, address))
        return match["id"] if is_ours and at.timestamp() < int(match["until"]) else None

    def _mac(self, named: str, address: str) -> str:
        mac = hmac.digest(self._key(), f"{named}.{address}".encode(), "sha256")
        return urlsafe_b64encode(mac).decode().rstrip("=")
