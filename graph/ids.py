"""Opaque ids, unique over all types."""

from base64 import urlsafe_b64encode

import strawberry


def write(kind: str, key: str) -> strawberry.ID:
    return strawberry.ID(urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("="))
