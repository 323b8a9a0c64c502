"""Sends a tensor of 4.9 MB through tritonclient alone, several at once: `python plain.py URL SECONDS CALLERS`.

Prints one line of JSON, as load.lua does, with its own processor time and memory.
"""

import asyncio
import json
import resource
import sys
from statistics import median, quantiles
from time import perf_counter, process_time

import numpy as np
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient

_SHAPE = [3, 640, 640]


async def _measure(url: str, seconds: float, callers: int) -> dict[str, float]:
    client = InferenceServerClient(url)
    tensor = np.zeros(_SHAPE, dtype=np.float32)
    times: list[float] = []
    wrong = 0
    before = _peak_mb()
    started, used = perf_counter(), process_time()

    async def repeat() -> None:
        nonlocal wrong
        while (begin := perf_counter()) - started < seconds:
            sent = InferInput("IN", _SHAPE, "FP32")
            sent.set_data_from_numpy(tensor)
            result = await client.infer("image", [sent], client_timeout=30)
            wrong += result.as_numpy("OUT").shape != tensor.shape
            times.append(perf_counter() - begin)

    await asyncio.gather(*(repeat() for _ in range(callers)))
    took = perf_counter() - started
    await client.close()
    return {
        "calls": len(times),
        "wrong": wrong,
        "broken": 0,
        "duration_us": took * 1e6,
        "p50_us": median(times) * 1e6,
        "p99_us": quantiles(times, n=100)[98] * 1e6,
        "cpu_us": (process_time() - used) * 1e6,
        "before_mb": before,
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> float:
    # Linux counts it in units of 1,024 bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))))
