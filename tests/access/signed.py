"""Credentials signed by us, and forged ones."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

import errors
from access.credentials import Credential, Kind, Signer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
USER = UUID("0f5b2e4c-6f1d-4c58-9a3b-0d9a2b1c7e11")
SESSION = Credential(
    Kind.SESSION, UUID("7b1e6c7a-5a39-4c2e-8f4d-3e2f1a0b9c8d"), USER, frozenset(), NOW + timedelta(days=14)
)
TOKEN = Credential(
    Kind.API_TOKEN,
    UUID("2d4f6a8c-1b3e-4d5f-8a7b-9c0d1e2f3a4b"),
    USER,
    frozenset({"INFER", "READ"}),
    NOW + timedelta(days=365),
)
KEY = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), {"kid": "one"})
OTHER_KEY = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))), {"kid": "two"})
PUBLIC = str(KEY["x"])
HEADER = {"alg": "Ed25519", "kid": "one", "typ": "gatehouse-api-token+jwt"}
CLAIMS: dict[str, Any] = {
    "iss": "https://gate.example.org",
    "aud": "https://gate.example.org",
    "sub": str(USER),
    "jti": str(TOKEN.id),
    "iat": int(NOW.timestamp()),
    "nbf": int(NOW.timestamp()),
    "exp": int(TOKEN.expires_at.timestamp()),
    "scope": "INFER READ",
}


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


def new_signer(clock, *keys):
    return Signer(keys, issuer="https://gate.example.org", audience="https://gate.example.org", clock=clock)


def encoded(part):
    return urlsafe_b64encode(part if isinstance(part, bytes) else orjson.dumps(part)).decode().rstrip("=")


def forged(header, claims, key=KEY):
    """A right signature by `key` over whatever is given."""
    signed = f"{encoded(header)}.{encoded(claims)}"
    return f"gth_{signed}.{encoded(key.private_key.sign(signed.encode()))}"


def with_header(**changes):
    header = HEADER | changes
    return {name: value for name, value in header.items() if value is not ...}


def with_claims(**changes):
    claims = CLAIMS | changes
    return {name: value for name, value in claims.items() if value is not ...}


def refuses(signer, text):
    with pytest.raises(errors.Unauthenticated) as refusal:
        signer.verify(text)
    # One and the same to the caller, and to the log, which shows causes.
    assert str(refusal.value) == str(errors.Unauthenticated())
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    return True
