"""`infer` through the service beside the same calls made straight to Triton.

Both in one run, turn by turn, so that a change of the machine's mood meets both. 16 connections and one worker.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlsplit

import numpy as np
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient

from benchmarks import stage
from tests.service import Service

_CONNECTIONS = 16
_ROUNDS = 5
_SECONDS = 4.0
_MODEL = "similarity"
_QUERY = [1.0, 0.5, 0.25, 0.0]
_CANDIDATES = [[1.0, 0.5, 0.25, 0.0], [0.0, 1.0, 0.0, 1.0]]

_DOCUMENT = """query ($inputs: [TensorInput!]!) {
  infer(model: "similarity", inputs: $inputs) { outputs { name values } }
}"""

_Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Calls a second, and milliseconds for a call."""

    rate: float
    p50: float
    p99: float


def main() -> None:
    with stage.service() as serving:
        straight, through = asyncio.run(_measure(serving))
    print(f"{_MODEL}, {_CONNECTIONS} connections, one worker, {_ROUNDS} rounds of {_SECONDS:.0f} s each, medians:\n")
    print("| | calls a second | p50 ms | p99 ms |\n|---|---|---|---|")
    print(_row("tritonclient.grpc.aio, straight to Triton", straight))
    print(_row("`infer` through Gatehouse", through))


def _row(title: str, rounds: list[Figures]) -> str:
    rate, p50, p99 = (median(getattr(figures, name) for figures in rounds) for name in ("rate", "p50", "p99"))
    return f"| {title} | {rate:,.0f} | {p50:.2f} | {p99:.2f} |"


async def _measure(serving: Service) -> tuple[list[Figures], list[Figures]]:
    client = InferenceServerClient(serving.settings["GATEHOUSE_TRITON_URL"])
    connections = [await _Connection.open(serving.url) for _ in range(_CONNECTIONS)]
    straight = [_straight(client)] * _CONNECTIONS
    through: list[_Call] = [connection.call for connection in connections]
    await _round(straight, seconds=1)
    await _round(through, seconds=1)
    pairs = [(await _round(straight), await _round(through)) for _ in range(_ROUNDS)]
    await client.close()
    for connection in connections:
        connection.close()
    return [first for first, _ in pairs], [second for _, second in pairs]


async def _round(calls: Sequence[_Call], *, seconds: float = _SECONDS) -> Figures:
    """Each connection makes its next call when the last one is answered."""
    times: list[float] = []
    begun = perf_counter()

    async def repeat(call: _Call) -> None:
        while (start := perf_counter()) - begun < seconds:
            await call()
            times.append(perf_counter() - start)

    await asyncio.gather(*(repeat(call) for call in calls))
    took = perf_counter() - begun
    return Figures(len(times) / took, median(times) * 1000, quantiles(times, n=100)[98] * 1000)


def _straight(client: InferenceServerClient) -> _Call:
    query, candidates = np.array(_QUERY, "f4"), np.array(_CANDIDATES, "f4")

    async def call() -> None:
        # What an application does for each call: the arrays are its own, the messages are made anew.
        inputs = [InferInput("query", query.shape, "FP32"), InferInput("candidates", candidates.shape, "FP32")]
        inputs[0].set_data_from_numpy(query)
        inputs[1].set_data_from_numpy(candidates)
        result = await client.infer(_MODEL, inputs, client_timeout=10)
        assert result.as_numpy("order").tolist() == [0, 1]

    return call


class _Connection:
    """The least of an HTTP client, so that it is the service that is measured: one request, made once, sent again."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        variables = {
            "inputs": [
                {"name": "query", "shape": [4], "data": {"values": _QUERY}},
                {"name": "candidates", "shape": [2, 4], "data": {"values": _CANDIDATES}},
            ]
        }
        body = json.dumps({"query": _DOCUMENT, "variables": variables}).encode()
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        )
        self._request = head.encode() + b"\r\n\r\n" + body

    @classmethod
    async def open(cls, url: str) -> "_Connection":
        address = urlsplit(url)
        return cls(*await asyncio.open_connection(address.hostname, address.port), address.netloc)

    async def call(self) -> None:
        self._writer.write(self._request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 200") and b'"values":[0,1]' in body, body

    def close(self) -> None:
        self._writer.close()


if __name__ == "__main__":
    main()
