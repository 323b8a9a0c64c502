"""Opaque ids, unique over all types."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

import strawberry

import errors


def write(kind: str, key: str | UUID) -> strawberry.ID:
    return strawberry.ID(urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("="))


def find(kind: str, given: strawberry.ID) -> UUID | None:
    """None for what was never an id of this kind."""
    try:
        found, _, key = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode().partition(":")
        identity = UUID(key)
    except (Error, ValueError):
        return None
    # As it is written here, and in no other way.
    return identity if found == kind and write(kind, identity) == given else None


def read(kind: str, given: strawberry.ID, *, noun: str) -> UUID:
    """Raises NotFound."""
    if (found := find(kind, given)) is None:
        raise errors.NotFound(noun)
    return found
