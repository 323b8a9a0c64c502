"""A call of a model by gRPC and by HTTP: the processor time of this process, by the code that the service runs."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import uvloop

from benchmarks import stage
from inference.declarations import Datatype
from inference.tensors import Tensor
from inference.triton import Triton
from local import servers

_ROUNDS = 5
_WITHIN = timedelta(seconds=30)
_LARGE = 4_900_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds of processor time for one call, and calls a second."""

    microseconds: float
    rate: float


def main() -> None:
    models = [stage.ROOT / "tests" / "models"]
    with tempfile.TemporaryDirectory() as folder, servers.Triton(Path(folder), models) as triton:
        uvloop.run(_measure(triton))


async def _measure(triton: servers.Triton) -> None:
    clients = {
        name: Triton(triton.url, http_url=url, output_bytes=8 * 1024**2)
        for name, url in (("gRPC", ""), ("HTTP", triton.http_url))
    }
    small = Tensor("IN_FP32", Datatype.FP32, (16,), bytes(64))
    large = Tensor("IN_FP32", Datatype.FP32, (_LARGE // 4,), bytes(_LARGE))
    print(f"`identity`, FP32, medians of {_ROUNDS} rounds, turn by turn:\n")
    print("| | µs of processor time a call | calls a second |\n|---|---|---|")
    for title, tensor, at_once, calls in (
        ("64 bytes, 16 at once", small, 16, 4000),
        ("64 bytes, one at a time", small, 1, 1500),
        ("4.9 MB, 4 at once", large, 4, 80),
    ):
        rounds: dict[str, list[Figures]] = {name: [] for name in clients}
        for number in range(_ROUNDS + 1):
            for name, client in clients.items():
                figures = await _round(_call(client, tensor), at_once=at_once, calls=calls if number else calls // 10)
                rounds[name] += [figures] if number else []  # the first was to warm up
        for name, found in rounds.items():
            cost, rate = (median(getattr(one, field) for one in found) for field in ("microseconds", "rate"))
            print(f"| {name}, {title} | {cost:,.0f} | {rate:,.0f} |", flush=True)
    for client in clients.values():
        await client.aclose()


def _call(client: Triton, tensor: Tensor) -> Callable[[], Awaitable[object]]:
    return lambda: client.infer("identity", "", inputs=[tensor], outputs=["OUT_FP32"], within=_WITHIN)


async def _round(call: Callable[[], Awaitable[object]], *, at_once: int, calls: int) -> Figures:
    async def some() -> None:
        for _ in range(calls // at_once):
            await call()

    started, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(some() for _ in range(at_once)))
    busy, took = time.process_time() - busy, time.perf_counter() - started
    made = calls // at_once * at_once
    return Figures(busy / made * 1_000_000, made / took)
