"""The hash of a persisted query, which clients send in `extensions` after Apollo's protocol."""

import re
from hashlib import sha256
from typing import Any

import errors

_SHA256 = re.compile(r"[0-9a-f]{64}")


def read(extensions: dict[str, Any], query: str | None, *, supported: bool) -> str | None:
    """The SHA-256 of the document, in hexadecimal digits; None if the request names no hash.

    If persisted queries are not `supported`, a hash beside a query is ignored. Raises BadRequest for a hash that
    cannot be read or does not match `query`, and PersistedQueryNotSupported for a hash without a query.
    """
    found = extensions.get("persistedQuery")
    if found is None:
        return None
    if not supported:
        if query is None:
            raise errors.PersistedQueryNotSupported()
        return None
    digest = _digest(found)
    if query is not None and sha256(query.encode()).hexdigest() != digest:
        raise errors.BadRequest(
            "`sha256Hash` in `extensions.persistedQuery` is not the SHA-256 of `query`. "
            "Hash the same text that is sent, in UTF-8."
        )
    return digest


def _digest(found: Any) -> str:
    if not isinstance(found, dict):
        raise errors.BadRequest("`extensions.persistedQuery` must be an object with `version` and `sha256Hash`.")
    # A Boolean is a number in Python.
    if type(version := found.get("version")) is not int or version != 1:
        raise errors.BadRequest("`version` in `extensions.persistedQuery` must be 1. No other version is supported.")
    digest = found.get("sha256Hash")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise errors.BadRequest(
            "`sha256Hash` in `extensions.persistedQuery` must be a SHA-256 in 64 hexadecimal digits, in lower case."
        )
    return digest
