"""`infer` through the service, anonymous and with an API token, beside the same calls made straight to Triton.

All in one run, turn by turn, so that a change of the machine's mood meets all. 16 connections and one worker.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlsplit

import numpy as np
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient

from access.credentials import Credential, Kind, Signer
from benchmarks import stage
from db import connection
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.models.users import User
from settings import Settings
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

_MANY = str(10**9)
_TITLES = (
    "tritonclient.grpc.aio, straight to Triton",
    "`infer` through Gatehouse, anonymous",
    "`infer` through Gatehouse, with an API token",
)

_Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Calls a second, and milliseconds for a call."""

    rate: float
    p50: float
    p99: float


def main() -> None:
    with stage.service(
        FREE_UNITS_PER_MINUTE=_MANY, FREE_UNITS_PER_DAY=_MANY, FREE_CONCURRENT_REQUESTS="100"
    ) as serving:
        rounds = asyncio.run(_measure(serving))
    print(f"{_MODEL}, {_CONNECTIONS} connections, one worker, {_ROUNDS} rounds of {_SECONDS:.0f} s each, medians:\n")
    print("| | calls a second | p50 ms | p99 ms |\n|---|---|---|---|")
    for number, title in enumerate(_TITLES):
        print(_row(title, [figures[number] for figures in rounds]))


def _row(title: str, rounds: list[Figures]) -> str:
    rate, p50, p99 = (median(getattr(figures, name) for figures in rounds) for name in ("rate", "p50", "p99"))
    return f"| {title} | {rate:,.0f} | {p50:.2f} | {p99:.2f} |"


async def _measure(serving: Service) -> list[list[Figures]]:
    """For each round, the figures of each of the titles."""
    client = InferenceServerClient(serving.settings["GATEHOUSE_TRITON_URL"])
    token = await _token(Settings.from_environ(serving.settings))
    rounds = []
    for seconds in (1.0, *[_SECONDS] * _ROUNDS):
        straight = await _round([_straight(client)] * _CONNECTIONS, seconds=seconds)
        through = [await _through(serving, credential, seconds=seconds) for credential in (None, token)]
        rounds.append([straight, *through])
    await client.close()
    return rounds[1:]  # the first was to warm up


async def _through(serving: Service, credential: str | None, *, seconds: float) -> Figures:
    """Over new connections: the service closes those that were idle while others had their turn."""
    opened = [await _Connection.open(serving.url, credential) for _ in range(_CONNECTIONS)]
    try:
        return await _round([connected.call for connected in opened], seconds=seconds)
    finally:
        for connected in opened:
            connected.close()


async def _token(settings: Settings) -> str:
    """Of a user with the plan `free`, which the service has written by now."""
    now = datetime.now(UTC).replace(microsecond=0)
    await connection.connect(settings)
    plan = await Plan.get(name="free")
    user = await User.create(email="bench@example.com", password_digest="-", plan=plan, email_verified_at=now)  # noqa: S106 - no login
    token = await ApiToken.create(
        user=user, name="bench", hint="-", scopes=["INFER", "READ"], expires_at=now + timedelta(hours=1)
    )
    await connection.close()
    credential = Credential(Kind.API_TOKEN, token.id, user.id, frozenset(token.scopes), token.expires_at)
    return Signer.from_settings(settings).sign(credential, now)


async def _round(calls: Sequence[_Call], *, seconds: float) -> Figures:
    """Each connection makes its next call when the last one is answered."""
    times: list[float] = []
    started = perf_counter()

    async def repeat(call: _Call) -> None:
        while (start := perf_counter()) - started < seconds:
            await call()
            times.append(perf_counter() - start)

    await asyncio.gather(*(repeat(call) for call in calls))
    took = perf_counter() - started
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

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, credential: str | None
    ) -> None:
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
        if credential is not None:
            head += f"\r\nAuthorization: Bearer {credential}"
        self._request = head.encode() + b"\r\n\r\n" + body

    @classmethod
    async def open(cls, url: str, credential: str | None) -> "_Connection":
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        return cls(reader, writer, address.netloc, credential)

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
