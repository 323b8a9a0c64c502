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
    for name, _, length, limit, _, remaining, _, reset_milliseconds in windows:
        beginning, policy, is_of_model = _described(name, limit, length)
        state = f"{beginning}{remaining};t={-(-reset_milliseconds // 1000)}"
        if is_of_model:
            room -= len(policy) + len(state)
            if room < 0:
                continue
        policies.append(policy)
        states.append(state)
    return [(b"ratelimit-policy", ", ".join(policies).encode()), (b"ratelimit", ", ".join(states).encode())]


# Plans and models have few different limits.
@lru_cache(1024)
def _described(name: str, limit: int, length: timedelta) -> tuple[str, str, bool]:
    """The beginning of the window's state, its policy, and whether it is of a single model."""
    # The name of a model may have characters that a header may not have.
    is_of_model = ":" in name
    shown = quote(name, safe=":") if is_of_model else name
    return f'"{shown}";r=', f'"{shown}";q={limit};w={-(-length // _SECOND)}', is_of_model
