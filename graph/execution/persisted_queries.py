"""Persisted queries: documents that this process keeps, so that clients can send only a hash.

Only documents of admitted operations are kept. Each caller has a limited share, and the caller with the largest share
loses documents first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graphql import ExecutionResult

import errors
from graph import failures
from telemetry import metrics

if TYPE_CHECKING:
    from graph.http.requests import GraphQLRequest

# Bytes of UTF-8, and 1 KB more for each document: room for 8,000 ordinary documents, and for 500 of one caller.
_MOST = 16 * 1024**2
_MOST_OF_ONE = 1024**2
_BESIDE = 1024
_LONGEST = 64 * 1024


@dataclass(slots=True)
class _Share:
    """The documents of one caller: texts by their digest, the one used longest ago first."""

    owner: str
    octets: int = 0
    texts: OrderedDict[str, bytes] = field(default_factory=OrderedDict)


class PersistedQueries:
    """One per process, used only on its event loop."""

    def __init__(self, most: int = _MOST, most_of_one: int = _MOST_OF_ONE) -> None:
        """In bytes: `most` is the limit of all documents, `most_of_one` the limit of one caller's."""
        self._most, self._most_of_one = most, most_of_one
        self._octets = 0
        self._shares: dict[str, _Share] = {}
        self._share_of: dict[str, _Share] = {}

    @property
    def octets_of(self) -> dict[str, int]:
        """What is kept, by caller."""
        return {owner: share.octets for owner, share in self._shares.items()}

    def complete(self, request: GraphQLRequest) -> GraphQLRequest:
        """The request with its document. Raises PersistedQueryNotFound."""
        if request.query or request.digest is None:
            return request
        text = self._find(request.digest)
        if text is None:
            metrics.PERSISTED_QUERIES.labels("miss").inc()
            raise errors.PersistedQueryNotFound()
        metrics.PERSISTED_QUERIES.labels("hit").inc()
        return replace(request, query=text.decode())

    def keep(self, request: GraphQLRequest, result: ExecutionResult, *, owner: str) -> None:
        """Called after the operation was admitted and has run. Keeps nothing if the request named no hash."""
        if request.digest is None or self._find(request.digest) is not None:
            return
        text = request.query.encode()
        if len(text) > _LONGEST or _is_refused(result) or _may_hold_secrets(request.query):
            return
        share = self._shares.setdefault(owner, _Share(owner))
        share.texts[request.digest] = text
        self._share_of[request.digest] = share
        self._count(share, len(text) + _BESIDE)
        metrics.PERSISTED_QUERIES.labels("kept").inc()
        while share.octets > self._most_of_one:
            self._drop_from(share)
        while self._octets > self._most:
            self._drop_from(max(self._shares.values(), key=_octets))

    def _find(self, digest: str) -> bytes | None:
        share = self._share_of.get(digest)
        if share is None:
            return None
        share.texts.move_to_end(digest)
        return share.texts[digest]

    def _drop_from(self, share: _Share) -> None:
        digest, text = share.texts.popitem(last=False)
        del self._share_of[digest]
        self._count(share, -len(text) - _BESIDE)
        if not share.texts:
            del self._shares[share.owner]
        metrics.PERSISTED_QUERIES.labels("dropped").inc()

    def _count(self, share: _Share, octets: int) -> None:
        share.octets += octets
        self._octets += octets
        metrics.PERSISTED_QUERY_BYTES.set(self._octets)


def _octets(share: _Share) -> int:
    return share.octets


def _is_refused(result: ExecutionResult) -> bool:
    """Whether a field was refused for a missing, invalid or insufficient credential."""
    refused = errors.Unauthenticated | errors.Forbidden
    return any(isinstance(failures.cause(error), refused) for error in result.errors or ())


def _may_hold_secrets(text: str) -> bool:
    """Whether it may be a mutation with a string written into it, such as a password.

    An attacker could find that password by asking for hashes, and no attempt would be counted.
    """
    return '"' in text and "mutation" in text
