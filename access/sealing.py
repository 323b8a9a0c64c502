"""Secrets that the service keeps: encrypted where they are stored, and keys that are the same in every process."""

import hmac
from collections.abc import Sequence
from typing import Self

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from access import signing_keys
from settings import Settings

_ALGORITHMS = ["dir", "A256GCM"]


class Unsealable(Exception):
    """It was sealed with a key that is no longer there, for something else, or has been changed."""


class Sealer:
    """Encrypts with the first key and decrypts with all of them. One per process."""

    def __init__(self, keys: Sequence[OctKey]) -> None:
        self._first = keys[0]
        self._all = KeySet(list(keys))

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Raises SettingsError where the keys cannot be used."""
        return cls(signing_keys.read(settings.signing_keys_file).secret)

    def key(self, purpose: str) -> bytes:
        """32 bytes for macs, another for each purpose; all change when another secret key comes first in the file."""
        return hmac.digest(self._first.raw_value, f"gatehouse {purpose}".encode(), "sha256")

    def seal(self, secret: bytes, *, of: str) -> str:
        """As a JSON Web Encryption. `of` says whose it is and what for: it can be opened for nothing else."""
        header = {"alg": "dir", "enc": "A256GCM", "kid": self._first.kid, "typ": of}
        return jwe.encrypt_compact(header, secret, self._first, algorithms=_ALGORITHMS)

    def open(self, sealed: str, *, of: str) -> bytes:
        """Raises Unsealable."""
        try:
            opened = jwe.decrypt_compact(sealed, self._all, algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            # Not chained: causes are logged.
            raise Unsealable() from None
        if opened.protected.get("typ") != of or opened.plaintext is None:
            raise Unsealable()
        return opened.plaintext
