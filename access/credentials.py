"""Sessions and API tokens as JSON Web Tokens, signed with Ed25519."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

import base64_text
import errors
from access.keyring import Keyring
from access.signing_keys import Keys, always
from settings import Settings, SettingsError

logger = logging.getLogger(__name__)

# Shows people, and programs that search for leaked secrets, what they have found.
PREFIX = "gth_"
LONGEST_LIFETIME = timedelta(days=366)

_ALGORITHM = "Ed25519"
_LONGEST_TEXT = 2048
_LONGEST_NAMES = 1024
_TEXT = re.compile(r"(?P<prefix>gth_)?(?P<jwt>(?P<header>[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86})", re.ASCII)
_CLAIMS = frozenset({"iss", "aud", "sub", "jti", "iat", "nbf", "exp", "scope"})
# Only in an API token that another one was rotated to: the `jti` of the first of them.
_FIRST = "first"
# Two machines' clocks may differ this much: a credential may be shown to one right after the other has issued it.
_SKEW = timedelta(seconds=2)
KEPT = 10_000
_EVER = datetime.min.replace(tzinfo=UTC)


class Kind(StrEnum):
    SESSION = "session"
    API_TOKEN = "api-token"  # noqa: S105 - a name


class Scope(StrEnum):
    """What an API token may do; a session may do all that its user may."""

    INFER = "INFER"
    READ = "READ"


@dataclass(frozen=True, slots=True)
class Credential:
    """The claims of a JWT. `id` is its `jti`; `expires_at` is a whole second. They do not show whether it is live.

    `subject` is `user_id` as text. `signed_by` names the key that has signed it, once it was verified: two JWTs may
    have the same claims and be signed by two keys, one of which has leaked. `first_id` is the first API token of those
    that were rotated to this one, None for the first itself. The limits count all of them as one, and the JWT holds it,
    so that the limits know it without a query. `begins_at` is earlier than the claims say, by what two clocks may
    differ; it is known once the credential was verified.
    """

    kind: Kind
    id: UUID
    user_id: UUID
    scopes: frozenset[str]
    expires_at: datetime
    signed_by: str | None = field(default=None, compare=False)
    first_id: UUID | None = None
    begins_at: datetime = field(default=_EVER, compare=False)
    # The ids as text; `first` is empty without one. Each request needs them, and a credential is read once in a while.
    subject: str = field(init=False, compare=False)
    name: str = field(init=False, compare=False)
    first: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", str(self.user_id))
        object.__setattr__(self, "name", str(self.id))
        object.__setattr__(self, "first", "" if self.first_id is None else str(self.first_id))


def end(issued: datetime, lifetime: timedelta) -> datetime:
    """The end of a credential: the first whole second after `lifetime`, at most LONGEST_LIFETIME after `issued`.

    A JWT has whole seconds. Rounded down, a credential would end too early, and one of a second perhaps at once.
    """
    whole = issued.replace(microsecond=0)
    exact = issued + lifetime
    rounded = exact.replace(microsecond=0) + timedelta(seconds=1 if exact.microsecond else 0)
    return min(rounded, whole + LONGEST_LIFETIME)


_now = partial(datetime.now, UTC)


class Signer:
    """Signs with one key and verifies with all that are not retired. One per process."""

    def __init__(
        self,
        keys: Sequence[OKPKey] | Callable[[], Keys],
        *,
        issuer: str,
        audience: str,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """`keys`: the keys, or a callable that returns the current ones."""
        if len(issuer) + len(audience) > _LONGEST_NAMES:
            raise SettingsError("GATEHOUSE_ISSUER and GATEHOUSE_AUDIENCE are too long for a credential.")
        self._read_keys = keys if callable(keys) else always(Keys(tuple(keys), ()))
        # Those by which all that is kept in `_verified` was verified.
        self.keys: Keys | None = None
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._headers: dict[str, tuple[OKPKey, Kind]] = {}
        self._verified: OrderedDict[bytes, Credential] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: Settings, keyring: Keyring | None = None) -> Self:
        """Raises SettingsError where the keys cannot be used."""
        keyring = keyring or Keyring(settings.signing_keys_file)
        return cls(keyring.keys, issuer=settings.issuer, audience=settings.audience)

    def jwks(self) -> dict[str, Any]:
        """The public keys, for programs that verify our credentials. A key that does not sign yet is among them."""
        public = [key.as_dict(private=False) | {"use": "sig", "alg": _ALGORITHM} for key in self._current().verifying]
        return {"keys": public}

    def sign(self, credential: Credential, issued_at: datetime) -> str:
        """Raises ServiceUnavailable where every key is retired."""
        key = self._current().signing_at(self._clock())
        if key is None:
            logger.error("Every key that signs credentials is retired. Add one with `gatehouse keys new FILE`.")
            raise errors.ServiceUnavailable()
        issued = int(issued_at.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(credential.user_id),
            "jti": str(credential.id),
            "iat": issued,
            "nbf": issued,
            "exp": int(credential.expires_at.timestamp()),
            "scope": " ".join(sorted(credential.scopes)),
        }
        if credential.first_id is not None:
            claims[_FIRST] = str(credential.first_id)
        jwt = jws.serialize_compact(_protected(key, credential.kind), orjson.dumps(claims), key, [_ALGORITHM])
        return PREFIX + jwt if credential.kind is Kind.API_TOKEN else jwt

    def verify(self, text: str) -> Credential:
        """Raises Unauthenticated, and nothing else, for any text that is not a credential of ours that is valid now."""
        # Before any work on the text, also before the digest.
        if len(text) > _LONGEST_TEXT:
            raise errors.Unauthenticated()
        if self._read_keys() is not self.keys:
            self._current()
        # The cache keeps verified signatures only. Whether a credential is valid now is checked each time.
        digest = sha256(text.encode(errors="replace")).digest()
        known = self._verified.get(digest)
        credential = known or self._verify(text)
        if not credential.begins_at <= self._clock() < credential.expires_at:
            raise errors.Unauthenticated()
        if known is None:
            self._keep(digest, credential)
        else:
            self._verified.move_to_end(digest)
        return credential

    def verifies_again(self, credential: Credential, keys: Keys | None) -> bool:
        """Whether a credential that `verify` returned while `keys` were the signer's keys is still valid now."""
        return self._read_keys() is keys and credential.begins_at <= self._clock() < credential.expires_at

    def _current(self) -> Keys:
        keys = self._read_keys()
        if keys is not self.keys:
            # A header must be one of those made here, compared as text. So a header with another algorithm or type, an
            # unknown key or a key of its own is refused before anything in it is parsed.
            self._headers = {_header(key, kind): (key, kind) for key in keys.verifying for kind in Kind}
            # Some may have been signed by a key that was removed.
            self._verified.clear()
            self.keys = keys
        return keys

    def _keep(self, digest: bytes, credential: Credential) -> None:
        self._verified[digest] = credential
        if len(self._verified) > KEPT:
            self._verified.popitem(last=False)

    def _verify(self, text: str) -> Credential:
        match = _TEXT.fullmatch(text)
        key, kind = self._headers.get(match["header"], (None, None)) if match else (None, None)
        if match is None or key is None or kind is None or (kind is Kind.API_TOKEN) != bool(match["prefix"]):
            raise errors.Unauthenticated()
        try:
            payload = jws.deserialize_compact(match["jwt"], key, [_ALGORITHM]).payload
            return self._read(kind, orjson.loads(payload), signed_by=str(key.kid))
        except (JoseError, ValueError, TypeError, OverflowError, OSError):  # OSError: a time out of range
            # Not chained: causes are logged, and these may hold parts of a credential.
            raise errors.Unauthenticated() from None

    def _read(self, kind: Kind, claims: Any, *, signed_by: str) -> Credential:
        """Raises ValueError. The signature was right; still only claims as `sign` writes them are accepted."""
        if not isinstance(claims, dict) or claims.keys() - {_FIRST} != _CLAIMS:
            raise ValueError("not the claims that we write")
        if claims["iss"] != self._issuer or claims["aud"] != self._audience:
            raise ValueError("for another issuer or audience")
        issued_at, begins_at, expires_at = (_instant(claims[name]) for name in ("iat", "nbf", "exp"))
        if not timedelta(0) < expires_at - issued_at <= LONGEST_LIFETIME:
            raise ValueError("a lifetime that we never give")
        scopes = _scopes(kind, claims["scope"])
        own_id, first_id = _uuid(claims["jti"]), _uuid(claims[_FIRST]) if _FIRST in claims else None
        if first_id is not None and (kind is Kind.SESSION or first_id == own_id):
            raise ValueError("a first API token where there is none")
        begins_at = max(issued_at, begins_at) - _SKEW
        return Credential(kind, own_id, _uuid(claims["sub"]), scopes, expires_at, signed_by, first_id, begins_at)


def _protected(key: OKPKey, kind: Kind) -> dict[str, Any]:
    return {"alg": _ALGORITHM, "kid": key.kid, "typ": f"gatehouse-{kind}+jwt"}


def _header(key: OKPKey, kind: Kind) -> str:
    return base64_text.encode_for_url(orjson.dumps(_protected(key, kind)))


def _instant(claim: object) -> datetime:
    # `type`, because True is an int too.
    if type(claim) is not int:
        raise ValueError("not a whole number of seconds")
    return datetime.fromtimestamp(claim, UTC)


def _uuid(claim: object) -> UUID:
    if not isinstance(claim, str) or str(UUID(claim)) != claim:
        raise ValueError("not an id in the form that we write")
    return UUID(claim)


def _scopes(kind: Kind, claim: object) -> frozenset[str]:
    scopes = claim.split(" ") if isinstance(claim, str) and claim else []
    if (
        claim != " ".join(sorted(set(scopes)))
        or not set(scopes) <= set(Scope)
        or bool(scopes) == (kind is Kind.SESSION)
    ):
        raise ValueError("scopes that we never give")
    return frozenset(scopes)
