"""What every resolver of one request can reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from strawberry.types import Info as StrawberryInfo

from resolvers.bytes_in_flight import Hold
from resolvers.health import Health
from resolvers.limits import Admission
from resolvers.operation_bytes import OperationBytes
from resolvers.tools import Tools
from resolvers.usage import Reader

if TYPE_CHECKING:
    from access.callers import Caller
    from inference.server import ModelServer


@dataclass(slots=True, kw_only=True)
class Context:
    """`cost`, `dry_run` and `mutates` are known once the operation was priced, before any field runs.

    `at` is when the operation was admitted, by Redis' clock where there was one; whatever it does is done then.
    `arrived_at` is when its request came, by this machine's clock.
    `body` is what the request's body holds of this process's bytes, `moved` what its operation does.
    `took` has the milliseconds of each field that ran a model, by the path to it in the answer. `cookies` are the
    Set-Cookie headers of the answer, by the cookie's name.
    """

    request_id: str
    caller: Caller
    tools: Tools
    models: ModelServer
    health: Health
    body: Hold
    moved: OperationBytes
    cost: int = 0
    dry_run: bool = False
    mutates: bool = False
    admission: Admission | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    arrived_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    took: dict[tuple[str, ...], float] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    usage: Reader = field(init=False)

    def __post_init__(self) -> None:
        self.usage = Reader(self.tools.gate.store)

    def admit(self, admission: Admission | None) -> None:
        if admission is not None:
            self.admission, self.at = admission, admission.at


@contextmanager
def timed(info: Info) -> Iterator[None]:
    """For a field that runs a model, whether it succeeds or fails."""
    begun = perf_counter()
    try:
        yield
    finally:
        path = tuple(map(str, info.path.as_list()))
        info.context.took[path] = (perf_counter() - begun) * 1000


Info = StrawberryInfo[Context, Any]
