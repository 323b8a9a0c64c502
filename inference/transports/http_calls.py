"""Calls of models by HTTP/1.1, with tensors as bytes, over connections that are kept for the next call.

Triton 2.51 goes on with a call whose connection is closed: by HTTP it learns neither of deadlines nor of cancellation.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from typing import NamedTuple
from weakref import WeakSet

import orjson

from inference.tensors import Tensor
from inference.transports import kserve
from inference.transports.http_address import HttpAddress
from inference.transports.http_answers import Answer
from inference.transports.http_connection import HttpConnection
from inference.transports.transport import CallFailed, Status

# The head of an answer, beside the outputs' bytes.
_HEAD_BYTES = 64 * 1024
_CONNECT_WITHIN = 2.0
# Proxies close a connection that is idle for a minute or more; a call on a closed one would fail.
_IDLE_SECONDS = 15.0
# Triton 2.51 does not decode the path, so other names cannot be called by HTTP.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._~-]+")
# Newer Tritons refuse more unless --http-max-input-size allows it.
_LARGEST_REQUEST = 63 * 1024**2
# The parts of smaller requests are joined: to copy them costs less than to pass them on.
_JOINED_BYTES = 64 * 1024
_NO_MORE_LINES = b"\r\n"
_STATUSES = {
    400: Status.INVALID_ARGUMENT,
    404: Status.NOT_FOUND,
    500: Status.INTERNAL,
    501: Status.UNIMPLEMENTED,
    503: Status.UNAVAILABLE,
}


class HttpCalls:
    """A Transport. Raises SettingsError for a malformed URL."""

    def __init__(self, url: str, *, output_bytes: int) -> None:
        self.url = url
        self._address = HttpAddress.parse(url)
        # Most clients of a model send tensors of the same few shapes.
        self._opening = lru_cache(256)(partial(_opening, self._address.authority))
        self._new_connection = partial(HttpConnection, most=output_bytes + _HEAD_BYTES)
        self._connections: WeakSet[HttpConnection] = WeakSet()
        # The last one used is the next one taken.
        self._idle: deque[HttpConnection] = deque()

    def carries(self, model: str, inputs: Sequence[Tensor]) -> bool:
        """Whether a call can be sent by HTTP: not with some names, nor with very large inputs."""
        size = 0
        for tensor in inputs:
            size += len(tensor.raw)
        return size <= _LARGEST_REQUEST and _is_plain(model)

    async def infer(
        self,
        model: str,
        version: str,
        *,
        inputs: Sequence[Tensor],
        outputs: Sequence[str],
        within: timedelta,
        headers: Mapping[str, str],
        when_sent: Callable[[], None] | None = None,
    ) -> tuple[str, list[Tensor]]:
        described, parts = [], []
        for name, datatype, shape, raw in inputs:
            described.append((name, datatype, shape, len(raw)))
            parts.append(raw)
        first, head, whole, octets = self._opening(model, version, tuple(described), tuple(outputs))
        parts = [first, _last_lines(headers), head, *parts] if headers else [whole, *parts]
        request = b"".join(parts) if octets <= _JOINED_BYTES else parts
        connection = self._taken()
        if connection is None:
            until = asyncio.get_running_loop().time() + within.total_seconds()
            connection = await self._connect(until)
        else:
            until = connection.loop.time() + within.total_seconds()
        try:
            answer = await connection.ask(request, until=until, when_sent=when_sent)
        except BaseException:
            connection.close()
            raise
        if answer.reusable:
            connection.idle_since = connection.loop.time()
            self._idle.append(connection)
        if answer.status != 200:
            raise _failure(answer)
        return kserve.read_answer(answer.body, answer.head_size)

    async def index(self, *, within: timedelta) -> list[tuple[str, str]]:
        """Every model and version that the repository holds. Raises CallFailed."""
        until = asyncio.get_running_loop().time() + within.total_seconds()
        answer = await self._ask_once("POST", "/v2/repository/index", until=until)
        if answer.status != 200:
            raise _failure(answer)
        return kserve.read_index(answer.body)

    async def is_live(self, *, within: timedelta) -> bool:
        # On a connection of its own: a Triton that stops answers old connections for as long as they are open, and it
        # waits for them.
        self._close_old()
        until = asyncio.get_running_loop().time() + within.total_seconds()
        try:
            answer = await self._ask_once("GET", "/v2/health/live", until=until)
        except CallFailed:
            return False
        return answer.status == 200

    def drop_calls(self) -> None:
        for connection in tuple(self._connections):
            connection.fail(CallFailed(Status.DROPPED, "Triton missed its probes"))

    async def aclose(self) -> None:
        self.drop_calls()

    async def _ask_once(self, method: str, path: str, *, until: float) -> Answer:
        """On a connection of its own, without a body."""
        lines = f"{method} {path} HTTP/1.1\r\nHost: {self._address.authority}\r\nContent-Length: 0\r\n\r\n"
        connection = await self._connect(until)
        try:
            return await connection.ask(lines.encode("ascii"), until=until)
        finally:
            connection.close()

    def _taken(self) -> HttpConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    async def _connect(self, until: float) -> HttpConnection:
        left = until - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(left, _CONNECT_WITHIN)):
                connection = await self._address.connect(self._new_connection)
        except TimeoutError:
            status = Status.DEADLINE_EXCEEDED if left <= _CONNECT_WITHIN else Status.UNAVAILABLE
            raise CallFailed(status, "no connection in time", was_sent=False) from None
        except (OSError, UnicodeError) as error:  # the second for a name that is none of a host
            raise CallFailed(Status.UNAVAILABLE, f"no connection: {error}", was_sent=False) from error
        self._connections.add(connection)
        if not connection.is_open:
            closed = "the connection was closed before the call was sent"
            raise CallFailed(Status.UNAVAILABLE, closed, was_sent=False)
        return connection

    def _close_old(self) -> None:
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while self._idle and self._idle[0].idle_since < oldest:
            self._idle.popleft().close()


class _Opening(NamedTuple):
    """What a request has before the bytes of its inputs: its first lines, and the head of its body. `whole` is both
    together, for a call without headers of its own. `octets` counts those of the body.
    """

    first_lines: bytes
    head: bytes
    whole: bytes
    octets: int


def _opening(
    authority: str, model: str, version: str, inputs: tuple[kserve.Described, ...], outputs: tuple[str, ...]
) -> _Opening:
    head = kserve.request_head(inputs, outputs)
    path = f"/v2/models/{model}/versions/{version}/infer" if version else f"/v2/models/{model}/infer"
    octets = len(head) + sum(octets for *_, octets in inputs)
    lengths = f"Inference-Header-Content-Length: {len(head)}\r\nContent-Length: {octets}\r\n"
    first_lines = f"POST {path} HTTP/1.1\r\nHost: {authority}\r\n{lengths}".encode("ascii")
    return _Opening(first_lines, head, first_lines + _NO_MORE_LINES + head, octets)


def _last_lines(headers: Mapping[str, str]) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    return "".join(lines).encode("ascii") + _NO_MORE_LINES


@lru_cache(1024)
def _is_plain(model: str) -> bool:
    return _PLAIN_NAME.fullmatch(model) is not None


def _failure(answer: Answer) -> CallFailed:
    """Only Triton's own errors have a JSON object with a text; another body is of a proxy."""
    said = bytes(answer.body[: kserve.LARGEST_HEAD]).decode(errors="replace")
    try:
        error = orjson.loads(said)["error"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        error = None
    if isinstance(error, str) and answer.status in _STATUSES:
        return CallFailed(_STATUSES[answer.status], error)
    return CallFailed(Status.OTHER, f"HTTP {answer.status}: {said[:500]}")
