"""Servers of the user's own that do not answer: named after five seconds, long before the API is given up."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta

from local.progress import tell

_PATIENCE = timedelta(seconds=5)
# By their names in /readyz. The addresses of Postgres and Redis may hold a password.
_SENTENCES = {
    "GATEHOUSE_TRITON_URL": (
        "triton",
        "Triton does not answer at {url} (GATEHOUSE_TRITON_URL). It must be the address of its gRPC service, by "
        "default port 8001, not 8000.",
    ),
    "GATEHOUSE_REDIS_URL": ("redis", "Redis does not answer at GATEHOUSE_REDIS_URL. Start it, or correct the address."),
    "GATEHOUSE_DATABASE_URL": (
        "postgres",
        "Postgres does not answer at GATEHOUSE_DATABASE_URL. Start it, or correct the address.",
    ),
}


class Others:
    def __init__(self, given: Mapping[str, str]) -> None:
        """`given` are the settings that the user has set."""
        self._sentences = {
            part: sentence.format(url=given[name]) for name, (part, sentence) in _SENTENCES.items() if name in given
        }
        self._first: float | None = None

    def note(self, readiness: str) -> None:
        """What /readyz answers while it is not ready, asked again and again; says each sentence once."""
        down = _down(readiness)
        if self._first is None and down:
            self._first = time.monotonic()
        if self._first is not None and time.monotonic() - self._first > _PATIENCE.total_seconds():
            for part in down & self._sentences.keys():
                tell(self._sentences.pop(part))


def _down(readiness: str) -> set[str]:
    try:
        dependencies = json.loads(readiness)["dependencies"]
    except (ValueError, KeyError):
        return set()
    return {name for name, status in dependencies.items() if status == "DOWN"}
