"""What the resolvers of one request share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from strawberry.types import Info as StrawberryInfo

from resolvers.health import Health
from resolvers.holds import Hold
from resolvers.operation_bytes import OperationBytes
from resolvers.tools import Tools
from resolvers.usage import Reader

if TYPE_CHECKING:
    from access.callers import Caller
    from inference.server import ModelServer
    from limits.charges import Admission


class Context:
    """`cost` and `mutates` are set when the operation is priced, before any field runs.

    `at` is when the operation was admitted, by Redis' clock if Redis answered; all that it does is dated so.
    `arrived_at` is when its request came, by this machine's clock.
    `body` counts the bytes of this process that the request's body holds, `moved` those that its operation holds.
    `took` has the milliseconds of each field that ran a model, by the field's path in the answer. `kept` has which part
    of its units such a field keeps, if not all: how many of how many. `cookies` are the Set-Cookie headers of the
    answer, by the cookie's name. If a page of another origin sent the request, the browser keeps none of them; over a
    WebSocket none are sent. `takes_stream`: its client can be answered in a stream. `download_url` makes the address of
    a download from its code.
    """

    # What few requests set.
    cost = 0
    mutates = takes_stream = False
    admission: Admission | None = None
    _usage: Reader | None = None

    def __init__(
        self,
        request_id: str,
        caller: Caller,
        tools: Tools,
        models: ModelServer,
        health: Health,
        body: Hold,
        moved: OperationBytes,
        *,
        download_url: Callable[[str], str] = str,
        is_of_another_origin: bool = False,
        is_over_websocket: bool = False,
        at: datetime | None = None,
    ) -> None:
        self.request_id = request_id
        self.caller = caller
        self.tools = tools
        self.models = models
        self.health = health
        self.body = body
        self.moved = moved
        self.download_url = download_url
        self.is_of_another_origin = is_of_another_origin
        self.is_over_websocket = is_over_websocket
        self.arrived_at = datetime.now(UTC)
        self.at = at or self.arrived_at
        self.took: dict[tuple[str, ...], float] = {}
        self.kept: dict[tuple[str, ...], tuple[int, int]] = {}
        self.cookies: dict[str, str] = {}

    @property
    def usage(self) -> Reader:
        """The same for the whole request."""
        if self._usage is None:
            self._usage = Reader(self.tools.gate)
        return self._usage

    def admit(self, admission: Admission | None) -> None:
        if admission is not None:
            self.admission, self.at = admission, admission.at


class Timed:
    """Measures a field that runs a model, whether it succeeds or fails."""

    __slots__ = ("_info", "_started_at")

    def __init__(self, info: Info) -> None:
        self._info = info

    def __enter__(self) -> None:
        self._started_at = perf_counter()

    def __exit__(self, *_: object) -> None:
        path = self._info.path
        keys = (str(path.key),) if path.prev is None else tuple(map(str, path.as_list()))
        self._info.context.took[keys] = (perf_counter() - self._started_at) * 1000


Info = StrawberryInfo[Context, Any]
