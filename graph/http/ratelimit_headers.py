"""`RateLimit` and `RateLimit-Policy`, after the IETF's draft on rate limit fields for HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from limits.charges import Window


def of(windows: Sequence[Window]) -> Mapping[str, str]:
    """The headers by name; empty without windows. Lengths and waits are in whole seconds, rounded up."""
    if not windows:
        return {}
    policies = (f'"{_name(window)}";q={window.limit};w={_seconds(window.length)}' for window in windows)
    states = (f'"{_name(window)}";r={window.remaining};t={_seconds(window.reset_in)}' for window in windows)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}


def _name(window: Window) -> str:
    """The name of a model may have characters that a header may not have."""
    return window.name if window.model is None else quote(window.name, safe=":")


def _seconds(duration: timedelta) -> int:
    return ceil(duration.total_seconds())
