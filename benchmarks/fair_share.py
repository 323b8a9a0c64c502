"""What a fair share of a model costs and gives: `python -m benchmarks.fair_share`.

First the processor time of the queue alone: a call that finds a slot, and a step while many callers wait. Then a real
Triton over HTTP, with a model that sleeps for 50 ms in two instances: how long callers with one call wait beside one
with many, and how evenly greedy callers are served.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import httpx2
import uvloop

from benchmarks import stage
from inference.fair_share import FairShare
from inference.lanes import Call, Limits
from local import servers

_ROUNDS = 100_000
_LIMITS = Limits("model", at_once=16)
_CONFIG = """name: "fifty"
backend: "python"
max_batch_size: 0
input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ]
output [ { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 2 } ]
parameters: { key: "gatehouse.public" value: { string_value: "true" } }
"""
_MODEL = """import time
import triton_python_backend_utils as triton

class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        time.sleep(0.05)
        value = triton.get_input_tensor_by_name(request, "IN").as_numpy()
        return triton.InferenceResponse([triton.Tensor("OUT", value)])
"""
_CALL = 'infer(model: "fifty", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { totalMs }'
_SETTINGS = {
    "TRUSTED_PROXIES": "127.0.0.1",
    "QUEUE_LONGEST_SECONDS": "120",
    "INFERENCE_TIMEOUT_SECONDS": "120",
    "DOCUMENT_TOKENS": "1000000",
    "DOCUMENT_ROOT_FIELDS": "2000",
    "DOCUMENT_ALIASES": "2000",
    "VISITOR_BODY_BYTES": "10000000",
    "PREPARATION_MILLISECONDS": "1000000",
}
_GREEDY = 5
_SECONDS = 10


class _Free:
    def take(self) -> bool:
        return True

    def waits_for_own(self) -> bool:
        return False

    def keeps_results(self) -> bool:
        return False

    def waits_behind(self) -> None: ...


def main() -> None:
    room, share = _Free(), FairShare(64, most_waiting=4096, most_bytes=10**9)

    def call() -> None:
        share.end(share.enter(_LIMITS, "user", weight=1, size=100, room=room), answered=True)

    print(f"a call that finds a slot, from entering to its end    {_microseconds(call, _ROUNDS):8.2f} µs")
    for waiting in (10, 2000):
        print(f"a call that begins and ends, with {waiting:4} callers waiting {_step(waiting):8.2f} µs")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        repository = data / "models"
        (repository / "fifty" / "1").mkdir(parents=True)
        (repository / "fifty" / "1" / "model.py").write_text(_MODEL)
        (repository / "fifty" / "config.pbtxt").write_text(_CONFIG)
        postgres, redis, triton = servers.Postgres(data), servers.Redis(data), servers.Triton(data, [repository])
        with (
            servers.running(postgres, redis, triton),
            stage.serving(data, postgres, redis, triton, **_SETTINGS) as service,
        ):
            uvloop.run(_measure(service.url))


def _microseconds(work: Callable[[], object], rounds: int) -> float:
    """Of this process's processor time, the best of some."""
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        for _ in range(rounds // 5):
            work()
        best = min(best, time.process_time() - started)
    return best / (rounds // 5) * 1e6


def _step(waiting: int) -> float:
    """One slot, and so many callers with calls enough."""
    room, share = _Free(), FairShare(1, most_waiting=10**9, most_bytes=10**9)
    limits = Limits("model", slots=1)
    running = [share.enter(limits, "first", weight=1, size=1, room=room)]
    for number in range(waiting):
        _wait(share, limits, f"user {number}", room, running)

    def step() -> None:
        ended = running.pop()
        _wait(share, limits, ended.seat.person.name, room, running)
        share.end(ended, answered=True)

    return _microseconds(step, 20_000)


def _wait(share: FairShare, limits: Limits, caller: str, room: _Free, running: list[Call]) -> None:
    call = share.enter(limits, caller, weight=1, size=1, room=room)
    call.begin = lambda: running.append(call)


async def _measure(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=300, limits=httpx2.Limits(max_connections=100)) as http:
        await _ask(http, 1, 50)
        waits = await _beside_a_thousand(http)
        cuts = quantiles(waits, n=20)
        print(
            f"one call beside 1,000 of one caller, wait             {cuts[9]:8.0f} ms p50, {max(waits):.0f} ms longest"
        )
    async with httpx2.AsyncClient(base_url=url, timeout=300, limits=httpx2.Limits(max_connections=100)) as http:
        counts = await _greedy(http)
    jain = sum(counts) ** 2 / (len(counts) * sum(count * count for count in counts))
    print(f"{_GREEDY} greedy callers for {_SECONDS} s, calls answered          {counts}, Jain's index {jain:.4f}")
    busy = sum(counts) * 0.05 / 2 / _SECONDS
    print(f"of the time of both instances that was used           {busy:8.1%}")


async def _ask(http: httpx2.AsyncClient, network: int, calls: int) -> dict[str, object]:
    document = "{ " + " ".join(f"a{number}: {_CALL}" for number in range(calls)) + " }"
    headers = {"X-Forwarded-For": f"203.0.113.{network}"}
    answer = (await http.post("/graphql", json={"query": document}, headers=headers)).json()
    assert "errors" not in answer, answer["errors"][0]
    return dict(answer)


async def _beside_a_thousand(http: httpx2.AsyncClient) -> list[float]:
    """Milliseconds in which calls of nine others wait for a slot, each time one after another."""
    crowd = asyncio.create_task(_ask(http, 1, 1000))
    await asyncio.sleep(2)
    waits = []
    for round_ in range(4):
        for network in range(9):
            answer = await _ask(http, 2 + 9 * round_ + network, 1)
            [wait] = answer["extensions"]["queue"]  # type: ignore[index]
            waits.append(wait["waitedMilliseconds"])
            await asyncio.sleep(0.1)
    assert not crowd.done()
    crowd.cancel()
    return waits


async def _greedy(http: httpx2.AsyncClient) -> list[int]:
    """The calls of each that are answered. Some send one call at a time more than others."""
    end = time.monotonic() + _SECONDS
    counts = [0] * _GREEDY

    async def one(caller: int) -> None:
        while time.monotonic() < end:
            await _ask(http, 100 + caller, 1)
            counts[caller] += time.monotonic() < end

    await asyncio.gather(*(one(caller) for caller in range(_GREEDY) for _ in range(4 * (caller + 1))))
    return counts


if __name__ == "__main__":
    main()
