"""`RateLimit` and `RateLimit-Policy`, after the IETF's draft on rate limit fields for HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from limits.charges import Window

_SECOND = timedelta(seconds=1)


def of(windows: Sequence[Window]) -> list[tuple[bytes, bytes]]:
    """The header fields; none without windows. Lengths and waits are in whole seconds, rounded up."""
    if not windows:
        return []
    policies = [_policy(_name(window), window.limit, window.length) for window in windows]
    states = [f'"{_name(window)}";r={window.remaining};t={_seconds(window.reset_in)}' for window in windows]
    return [(b"ratelimit-policy", ", ".join(policies).encode()), (b"ratelimit", ", ".join(states).encode())]


# Plans and models have few different limits.
@lru_cache(1024)
def _policy(name: str, limit: int, length: timedelta) -> str:
    return f'"{name}";q={limit};w={_seconds(length)}'


def _name(window: Window) -> str:
    """The name of a model may have characters that a header may not have."""
    return window.name if window.model is None else quote(window.name, safe=":")


def _seconds(duration: timedelta) -> int:
    return -(-duration // _SECOND)
