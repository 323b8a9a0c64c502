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
# Of the windows of single models, in both fields together: a plan may have two hundred of them, and proxies and clients
# refuse an answer whose head is too large (Nginx beyond 4 KiB).
_MODELS_BYTES = 1500


def of(windows: Sequence[Window]) -> list[tuple[bytes, bytes]]:
    """The header fields; none without windows. Lengths and waits are in whole seconds, rounded up.

    Of the windows of single models the first ones that fit, which have the fewest units left.
    """
    if not windows:
        return []
    policies, states, room = [], [], _MODELS_BYTES
    for window in windows:
        name = _name(window)
        policy = _policy(name, window.limit, window.length)
        state = f'"{name}";r={window.remaining};t={_seconds(window.reset_in)}'
        if window.model is not None:
            room -= len(policy) + len(state)
            if room < 0:
                continue
        policies.append(policy)
        states.append(state)
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
