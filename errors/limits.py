"""Limits that are used up."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil

from errors.base import CallerError


class TooManyAttempts(CallerError):
    code = "TOO_MANY_ATTEMPTS"
    status = 429

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many attempts. Try again in {self.retry_after_seconds} s.")

    @property
    def retry_after_seconds(self) -> int:
        return _whole_seconds(self.retry_after)

    @property
    def facts(self) -> Mapping[str, object]:
        return {"retryAfterSeconds": self.retry_after_seconds}


# For each limit: what was too much, and what helps besides waiting, where something does.
_TOO_MUCH = {
    "minute": "the units of any 60 seconds are spent",
    "day": "the units of this day (UTC) are spent",
    "token-minute": "the units that this API token may spend in any 60 seconds are spent",
    "model-minute": "the units that you may spend on this model in any 60 seconds are spent",
    "model-day": "the units that you may spend on this model on this day (UTC) are spent",
    "account-minute": "the account has been asked for too much in 60 seconds",
    "token-account-minute": "this API token has asked for too much about the account in 60 seconds",
    "concurrency": "too many of your operations run at once",
    "introspection-minute": "too many different introspection queries in a minute",
    "websockets": "your network has too many WebSockets open",
    "websocket-operations": "too many operations run at once on this WebSocket",
    "processor-time": "reading your new documents and large bodies took too much processor time",
}
_REMEDIES = {
    "websockets": "send all operations of a client over one",
    "websocket-operations": "wait for the answers of those first",
    "concurrency": "wait for the answers of those first",
    "introspection-minute": "generate from the file schema.graphql instead",
    "processor-time": "send values as variables, so that documents repeat",
}


class RateLimited(CallerError):
    """`windows` is the state of all limits of the caller; `window` names the one that frees its units last."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, window: str, retry_after: timedelta, windows: Sequence[object] = ()) -> None:
        self.window = window
        self.retry_after = retry_after
        self.windows = tuple(windows)
        # Of a model's own limits, the part before the colon.
        too_much = _TOO_MUCH.get(window.partition(":")[0], "it is used up")
        remedy = f", and {_REMEDIES[window]}" if window in _REMEDIES else ""
        super().__init__(
            f"The limit {window!r} is reached: {too_much}. Try again in {self.retry_after_seconds} s{remedy}."
        )

    @property
    def retry_after_seconds(self) -> int:
        return _whole_seconds(self.retry_after)

    @property
    def facts(self) -> Mapping[str, object]:
        return {"window": self.window, "retryAfterSeconds": self.retry_after_seconds}


def _whole_seconds(duration: timedelta) -> int:
    return max(1, ceil(duration.total_seconds()))
