"""Encrypts the secrets that the service stores, and derives keys that are the same in every process."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

import base64_text
from access.keyring import Keyring
from access.signing_keys import Keys, always
from settings import Settings

_ALGORITHMS = ["dir", "A256GCM"]


class Unsealable(Exception):
    """The secret was sealed with a key that was removed or for another purpose, or its text was changed."""


class Sealer:
    """Encrypts with one key and decrypts with all of them. One per process."""

    def __init__(
        self, keys: Sequence[OctKey] | Callable[[], Keys], *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`keys`: the keys, or a callable that returns the current ones."""
        self._keys = keys if callable(keys) else always(Keys((), tuple(keys)))
        self._clock = clock

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Raises SettingsError where the keys cannot be used."""
        return cls(Keyring(settings.signing_keys_file).keys)

    def key(self, purpose: str) -> bytes:
        """32 bytes for message authentication codes, different for each purpose.

        All of them change when another secret key starts to encrypt.
        """
        return _mac_key(self._key(), purpose)

    def keys(self, purpose: str) -> Sequence[bytes]:
        """Every key that `key` has returned or may return, as long as its secret key is in the file."""
        return [_mac_key(key, purpose) for key in self._keys().secret]

    def seal(self, secret: bytes, *, of: str) -> str:
        """As a JSON Web Encryption. `of` names the owner and the purpose: only with the same `of` can it be opened."""
        key = self._key()
        header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid, "typ": of}
        return jwe.encrypt_compact(header, secret, key, algorithms=_ALGORITHMS)

    def open(self, sealed: str, *, of: str) -> bytes:
        """Raises Unsealable."""
        header, secret = self._opened(sealed)
        if header.get("typ") != of:
            raise Unsealable()
        return secret

    def seal_again(self, sealed: str) -> str:
        """The same secret, for the same `of`, under the key that encrypts now. Raises Unsealable."""
        header, secret = self._opened(sealed)
        return self.seal(secret, of=str(header.get("typ")))

    def _opened(self, sealed: str) -> tuple[Mapping[str, Any], bytes]:
        try:
            opened = jwe.decrypt_compact(sealed, KeySet(list(self._keys().secret)), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            # Not chained: causes are logged.
            raise Unsealable() from None
        if opened.plaintext is None:
            raise Unsealable()
        return opened.protected, opened.plaintext

    def _key(self) -> OctKey:
        return self._keys().encrypting_at(self._clock())


def _mac_key(key: OctKey, purpose: str) -> bytes:
    return hmac.digest(key.raw_value, f"gatehouse {purpose}".encode(), "sha256")


def sealed_with(sealed: str) -> str | None:
    """The name of the key in the header of a sealed text. Not verified: only opening it is proof."""
    header = sealed.partition(".")[0]
    try:
        named = orjson.loads(base64_text.decode_from_url(header))
    except ValueError:
        return None
    kid = named.get("kid") if isinstance(named, dict) else None
    return kid if isinstance(kid, str) else None
