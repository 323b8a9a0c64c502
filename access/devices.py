"""Device cookies, for browsers that have logged in to an account before. Such a browser has attempts of its own.

So an attacker who uses up an account's attempts does not lock out its owner.
"""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import ClassVar

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_ALGORITHM = "HS256"


class Devices:
    """Makes and recognises device cookies. One per process, with a key that all processes share."""

    # The longest that browsers keep a cookie.
    lifetime: ClassVar = timedelta(days=400)

    def __init__(self, key: bytes | Callable[[], bytes]) -> None:
        """`key`: the key, or a callable that returns the current one."""
        self._key = key if callable(key) else lambda: key

    def issue(self, address: str, *, at: datetime) -> str:
        """A new cookie for a browser that has just shown to be the owner's of this address: a JSON Web Token."""
        claims = {"jti": token_urlsafe(16), "exp": int((at + self.lifetime).timestamp())}
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key_for(address))

    def recognise(self, cookie: str | None, address: str, *, at: datetime) -> str | None:
        """The device's id, where the cookie was issued to it for this very address and has not expired."""
        if not cookie:
            return None
        try:
            claims = jwt.decode(cookie, self._key_for(address), algorithms=[_ALGORITHM]).claims
            jwt.JWTClaimsRegistry(now=int(at.timestamp()), exp={"essential": True}).validate(claims)
        # ValueError: the text cannot be written in UTF-8. TypeError: the header is JSON of other types; joserfc reads
        # it before it verifies the signature, so any client can send one.
        except (JoseError, ValueError, TypeError):
            return None
        return str(claims["jti"])

    def _key_for(self, address: str) -> OctKey:
        """Each address has a key of its own, so that the cookie need not hold the address."""
        return OctKey.import_key(hmac.digest(self._key(), address.encode(), "sha256"))
