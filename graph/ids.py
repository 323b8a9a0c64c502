"""Opaque IDs, unique across all types."""

from uuid import UUID

import strawberry

import base64_text


def write(kind: str, key: str | UUID) -> strawberry.ID:
    return strawberry.ID(base64_text.encode_for_url(f"{kind}:{key}".encode()))


def find(kind: str, given: strawberry.ID) -> UUID | None:
    """None if it is not an ID of this kind."""
    try:
        found, _, key = base64_text.decode_from_url(given).decode().partition(":")
        identity = UUID(key)
    except ValueError:
        return None
    # UUID reads several spellings; only the one that `write` uses is an id.
    return identity if found == kind and write(kind, identity) == given else None
