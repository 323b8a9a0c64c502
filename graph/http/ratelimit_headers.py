"""`RateLimit` and `RateLimit-Policy`, after the IETF's draft on rate limit fields for HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limits.charges import Window


def of(windows: Sequence[Window]) -> Mapping[str, str]:
    """The headers by name; empty without windows. Lengths and waits are in whole seconds, rounded up."""
    if not windows:
        return {}
    policies = (f'"{window.name}";q={window.limit};w={_seconds(window.length)}' for window in windows)
    states = (f'"{window.name}";r={window.remaining};t={_seconds(window.reset_in)}' for window in windows)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}


def _seconds(duration: timedelta) -> int:
    return ceil(duration.total_seconds())
