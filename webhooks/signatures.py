"""Secrets and signatures, as the Standard Webhooks specification has them."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

# Their prefix is `whsec_`, then 24 to 64 bytes in base64.
_PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> bytes:
    return secrets.token_bytes(_BYTES)


def written(secret: bytes) -> str:
    """As the user puts it into a receiver."""
    return _PREFIX + base64.b64encode(secret).decode("ascii")


def headers(message_id: str, at: datetime, body: bytes, signed_with: Sequence[bytes]) -> dict[str, str]:
    """`at` is the time of the try. During a change of secrets there are two signatures, and a receiver takes either."""
    seconds = int(at.timestamp())
    content = f"{message_id}.{seconds}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(secret, content, "sha256")).decode("ascii") for secret in signed_with)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
