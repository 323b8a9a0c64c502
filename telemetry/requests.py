"""What is told of each request of /graphql: one line in the log, and three metrics.

Nothing here is a text of the client's, save the operation's name, which is bounded and has the letters of a name.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from uuid import uuid4

from telemetry import metrics, redaction

logger = logging.getLogger("gatehouse.requests")

# What went wrong here and not at the caller's, the gravest first.
_OURS = ("INTERNAL", "SERVICE_UNAVAILABLE", "MODEL_UNAVAILABLE", "DEADLINE_EXCEEDED", "MODEL_BUSY")
_NAME = re.compile(r"\w{1,64}", re.ASCII)


@dataclass(slots=True, kw_only=True)
class Request:
    """`fields` are those at the operation's root, by their names in the schema; without a caller there is no `cost`."""

    id: str = field(default_factory=lambda: uuid4().hex)
    begun: float = field(default_factory=perf_counter)
    network: str | None = None
    credential: str | None = None
    user_id: str | None = None
    operation: str | None = None
    fields: Sequence[str] = ()
    cost: int | None = None
    # Until there is an answer; one that is broken off at the end of the process has none.
    status: int = 500
    codes: Sequence[str] = ()


_current: ContextVar[Request | None] = ContextVar("request", default=None)


@contextmanager
def answering() -> Iterator[Request]:
    """Around all that is done for a request; what is logged meanwhile, or later by its tasks, has its id."""
    request = Request()
    before = _current.set(request)
    metrics.REQUESTS_RUNNING.inc()
    try:
        yield request
    finally:
        metrics.REQUESTS_RUNNING.dec()
        _tell(request, perf_counter() - request.begun)
        _current.reset(before)


def current_id() -> str | None:
    request = _current.get()
    return None if request is None else request.id


def came_from(address: str) -> None:
    """Of the request that is being answered, if any."""
    if (request := _current.get()) is not None:
        request.network = redaction.network(address)


def asked_for(operation: str | None, fields: Sequence[str]) -> None:
    """`operation` is what the client calls it."""
    if (request := _current.get()) is not None:
        request.operation = operation if operation is not None and _NAME.fullmatch(operation) else None
        request.fields = fields


def _tell(request: Request, seconds: float) -> None:
    label = _field(request.fields)
    metrics.REQUESTS.labels(label, str(request.status), _code(request.codes)).inc()
    metrics.REQUEST_SECONDS.labels(label).observe(seconds)
    if logger.isEnabledFor(logging.INFO):
        logger.info(
            "Answered",
            extra={
                "user_id": request.user_id,
                "network": request.network,
                "credential": request.credential,
                "operation": request.operation,
                "fields": request.fields,
                "cost": request.cost,
                "status": request.status,
                "codes": request.codes,
                "milliseconds": round(seconds * 1000, 1),
            },
        )


def _field(fields: Sequence[str]) -> str:
    named = [name for name in fields if name != "__typename"] or fields
    if not named:
        return "none"
    return named[0] if len(named) == 1 else "several"


def _code(codes: Sequence[str]) -> str:
    """The one that an operator looks for, where there are several."""
    return next((code for code in _OURS if code in codes), codes[0]) if codes else "OK"
