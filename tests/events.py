"""Subscriptions over server-sent events, read event by event."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2
import orjson

from tests.service import Client

EVENTS = "text/event-stream"
TICKS = """subscription ($inputs: [TensorInput!]!, $timeout: Duration) {
  infer(model: "ticking", inputs: $inputs, timeout: $timeout) {
    ... on InferenceChunk { index outputs { name datatype shape values } }
    ... on InferenceDone { chunks calls units } } }"""


class Event(NamedTuple):
    """`kind` is next, complete, or heartbeat for a comment; `data` is the JSON of a next event."""

    kind: str
    data: Any = None


class Events:
    """An answer in events."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._blocks = self._read()

    async def next(self) -> Event:
        """The next event that is no heartbeat. Raises StopAsyncIteration at the end of the answer."""
        while (event := await anext(self._blocks)).kind == "heartbeat":
            pass
        return event

    async def heartbeat(self) -> None:
        """Returns when two heartbeats have come, before anything else."""
        assert [await anext(self._blocks), await anext(self._blocks)] == [Event("heartbeat"), Event("heartbeat")]

    async def rest(self) -> list[Event]:
        """All events to the end that are no heartbeats."""
        return [event async for event in self._blocks if event.kind != "heartbeat"]

    async def _read(self) -> AsyncGenerator[Event, None]:
        left = b""
        async for piece in self.response.aiter_raw():
            *blocks, left = (left + piece).split(b"\n\n")
            for block in blocks:
                yield _event(block)
        assert left == b""


@asynccontextmanager
async def subscribed(
    http: httpx2.AsyncClient, query: str, /, *, headers: Mapping[str, str] | None = None, **variables: Any
) -> AsyncIterator[Events]:
    body = {"query": query, "variables": variables}
    sent = {"Accept": EVENTS, **(headers or {})}
    async with http.stream("POST", "/graphql", json=body, headers=sent) as response:
        yield Events(response)


def first(response: httpx2.Response) -> httpx2.Response:
    """The first result of an answer in events as an ordinary answer; another answer as it is."""
    if not response.headers["content-type"].startswith(EVENTS):
        return response
    _, data = next(block for block in response.content.split(b"\n\n") if block != b":").split(b"\ndata: ")
    return httpx2.Response(response.status_code, content=data, request=response.request)


def ticks(count: int, **others: Any) -> list[dict[str, Any]]:
    """The inputs of the model `ticking`: COUNT, and others by their names in lower case."""
    return [_input("COUNT", count), *[_input(name.upper(), value) for name, value in others.items()]]


def chunks(events: list[Event]) -> list[int]:
    """The numbers in the chunks of `ticking`."""
    return [event.data["data"]["infer"]["outputs"][0]["values"][0] for event in events]


async def cancelled(client: Client) -> int:
    """How many streams of the model Triton was told to cancel."""
    async with subscribed(client.http, TICKS, inputs=ticks(0, end="asked")) as events:
        first, *_ = await events.rest()
    return chunks([first])[0] // 1000


async def have_been_cancelled(client: Client, count: int) -> bool:
    return await cancelled(client) >= count


def _input(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "shape": [1], "data": {"values": [value]}}


def _event(block: bytes) -> Event:
    lines = block.split(b"\n")
    if lines == [b":"]:
        return Event("heartbeat")
    assert len(lines) == 2, block
    kind, data = lines[0].removeprefix(b"event: ").decode(), lines[1].removeprefix(b"data:").strip()
    return Event(kind, orjson.loads(data) if data else None)
