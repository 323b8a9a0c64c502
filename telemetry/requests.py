"""What is recorded of each request to /graphql: one line in the log, and three metrics.

Nothing of it is text from the client, except the operation's name, which is short, has only the letters of a name, and
is searched for secrets. So the line itself need not be searched.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import cache, lru_cache
from time import perf_counter

import errors
from telemetry import metrics, redaction
from telemetry.answered import NAME, Answered

logger = logging.getLogger(NAME)

_NAME = re.compile(r"\w{1,64}", re.ASCII)

# To find a label takes longer than to count.
_requests, _seconds = cache(metrics.REQUESTS.labels), cache(metrics.REQUEST_SECONDS.labels)
# Requests that are being answered.
running = 0
metrics.REQUESTS_RUNNING.set_function(lambda: running)


class Request:
    """`fields` are the operation's root fields, by their names in the schema. `cost` is None without a caller.

    Call `end` when it is answered, in the same task: it writes the line and counts the request.
    """

    network: str | None = None
    credential: str | None = None
    user_id: str | None = None
    operation: str | None = None
    fields: Sequence[str] = ()
    cost: int | None = None
    # Until there is an answer. A request that is cancelled when the process stops has none.
    status: int = 500
    # How long it takes says nothing about the service.
    is_stream: bool = False
    codes: Sequence[str] = ()

    def __init__(self) -> None:
        self.id = os.urandom(16).hex()
        self.started_at = perf_counter()
        self._before: Token[Request | None] = _current.set(self)

    def end(self) -> None:
        global running
        running -= 1
        _record(self, perf_counter() - self.started_at)
        _current.reset(self._before)


_current: ContextVar[Request | None] = ContextVar("request", default=None)


def begin() -> Request:
    """Begins the work on a request. Log lines written during it, or later by its tasks, carry the request's id."""
    global running
    running += 1
    return Request()


@contextmanager
def answering() -> Iterator[Request]:
    """Wraps all work on a request."""
    request = begin()
    try:
        yield request
    finally:
        request.end()


def current_id() -> str | None:
    request = _current.get()
    return None if request is None else request.id


def current_operation() -> str | None:
    """The name of the operation that is being answered, as the log shows it."""
    request = _current.get()
    return None if request is None else request.operation


def came_from(address: str) -> None:
    """Sets the network of the request that is being answered, if there is one."""
    if (request := _current.get()) is not None:
        request.network = redaction.network(address)


def asked_for(operation: str | None, fields: Sequence[str]) -> None:
    """Sets the operation's name as the client wrote it, and the names of its root fields."""
    if (request := _current.get()) is not None:
        request.operation = None if operation is None else _shown(operation)
        request.fields = fields


def _record(request: Request, seconds: float) -> None:
    label = request.fields[0] if len(request.fields) == 1 else _field(request.fields)
    _requests(label, str(request.status), _code(request.codes) if request.codes else "OK").inc()
    if not request.is_stream:
        _seconds(label).observe(seconds)
    if logger.isEnabledFor(logging.INFO):
        facts = {
            "user_id": request.user_id,
            "network": request.network,
            "credential": request.credential,
            "operation": request.operation,
            "fields": request.fields,
            "cost": request.cost,
            "status": request.status,
            "codes": request.codes,
            "milliseconds": round(seconds * 1000, 1),
            "request_id": request.id,
        }
        # `handle` would ask whether the logger is disabled or has filters. It has none.
        logger.callHandlers(Answered(facts))


@lru_cache(1024)
def _shown(operation: str) -> str | None:
    """The name as the log shows it; None if it is too long, or no name."""
    return redaction.cleaned(operation) if _NAME.fullmatch(operation) else None


def _field(fields: Sequence[str]) -> str:
    named = [name for name in fields if name != "__typename"] or fields
    if not named:
        return "none"
    return named[0] if len(named) == 1 else "several"


def _code(codes: Sequence[str]) -> str:
    """Of several codes the one that an operator looks for: the gravest fault of the service, else the first."""
    return max(codes, key=errors.fault_of)
