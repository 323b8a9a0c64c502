"""How soon an outage is noticed, and how soon all works again: `python -m benchmarks.outages`."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks import stage
from local import servers
from tests.graph.outages import eventually
from tests.service import Client

_CALL = '{ infer(model: "costly", inputs: [{name: "IN", shape: [1], data: {values: [1]}}]) { version } }'
_LONG = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [20000]}}]) { version } }'
_DYING = '{ infer(model: "dying", inputs: [{name: "HOW", shape: [1], data: {values: ["%s"]}}]) { version } }'
_TIMES = 3


def main() -> None:
    print(f"{'what':58} {'seconds, of ' + str(_TIMES) + ' tries':>24}")
    asyncio.run(_measure())


async def _measure() -> None:
    async with _running() as (client, postgres, redis, triton):
        for name, end in (("stopped", triton.stop), ("killed", triton.kill)):
            await _gone(client, triton, name, end)
        await _hanging(client, triton)
        await _killed_in_a_call(client, triton)
        await _dying(client)
        await _without_redis(client, redis)
        for server, what in ((redis, "redis"), (postgres, "postgres")):
            await _dependency(client, server, what)


@asynccontextmanager
async def _running() -> AsyncIterator[tuple[Client, servers.Server, servers.Server, servers.Triton]]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        postgres, redis = servers.Postgres(data), servers.Redis(data)
        triton = servers.Triton(data, [stage.ROOT / "tests" / "models"])
        with servers.running(postgres, redis, triton):
            with stage.serving(data, postgres, redis, triton) as service:
                client = Client(service.url)
                yield client, postgres, redis, triton
                await client.aclose()


async def _gone(client: Client, triton: servers.Triton, name: str, end: Callable[[], None]) -> None:
    refused, back = [], []
    for _ in range(_TIMES):
        end()
        refused.append(await _seconds(_refused(client, _CALL)))
        await asyncio.sleep(5)  # long enough for gRPC to wait between its attempts
        triton.start()
        back.append(await _seconds(_answered(client, _CALL)))
    _show(f"Triton {name}: a call is refused after", refused)
    _show(f"Triton {name}: calls are answered after its return", back)


async def _hanging(client: Client, triton: servers.Triton) -> None:
    refused, at_once, back = [], [], []
    for _ in range(_TIMES):
        triton.pause()
        refused.append(await _seconds(_refused(client, _CALL)))
        at_once.append(await _seconds(_refused(client, _CALL)))
        await asyncio.sleep(5)
        triton.resume()
        back.append(await _seconds(_answered(client, _CALL)))
    _show("Triton hangs: a call is refused after", refused)
    _show("Triton hangs: the next call is refused after", at_once)
    _show("Triton hangs: calls are answered after it goes on", back)


async def _killed_in_a_call(client: Client, triton: servers.Triton) -> None:
    refused = []
    for _ in range(_TIMES):
        call = asyncio.create_task(_refused(client, _LONG))
        await asyncio.sleep(0.5)
        triton.kill()
        refused.append(await _seconds(call))
        triton.start()
        await _answered(client, _CALL)
    _show("Triton killed in a call: the call fails after", refused)


async def _dying(client: Client) -> None:
    noticed, back = [], []
    for _ in range(_TIMES):
        noticed.append(await _seconds(_refused(client, _DYING % "kill")))
        back.append(await _seconds(_answered(client, _DYING % "well")))
    _show("A model's process dies: its call fails after", noticed)
    _show("A model's process dies: the model answers after that in", back)


async def _without_redis(client: Client, redis: servers.Server) -> None:
    refused = []
    for _ in range(_TIMES):
        redis.pause()
        refused.append(await _seconds(_refused(client, _CALL, "SERVICE_UNAVAILABLE")))
        redis.resume()
        await _answered(client, _CALL)
    _show("Redis hangs: a call is refused after", refused)


async def _dependency(client: Client, server: servers.Server, name: str) -> None:
    seen, back = [], []
    for _ in range(_TIMES):
        server.pause()
        seen.append(await _seconds(_health(client, name, "DOWN")))
        server.resume()
        back.append(await _seconds(_health(client, name, "UP")))
    _show(f"{server.title} hangs: `service` says so after", seen)
    _show(f"{server.title} hangs: `service` says it is back after", back)


async def _refused(client: Client, query: str, code: str = "MODEL_UNAVAILABLE") -> None:
    answer = (await client.post(query)).json()
    assert answer["errors"][0]["extensions"]["code"] == code, answer


async def _answered(client: Client, query: str) -> None:
    await eventually(_fails, client, query, becomes=False)


async def _fails(client: Client, query: str) -> bool:
    return "errors" in (await client.post(query)).json()


async def _health(client: Client, name: str, health: str) -> None:
    await eventually(_is, client, {"name": name, "health": health}, becomes=True)


async def _is(client: Client, state: dict[str, str]) -> bool:
    service = (await client.run("{ service { dependencies { name health } } }"))["service"]
    return state in service["dependencies"]


async def _seconds(work: Any) -> float:
    started = time.monotonic()
    await work
    return time.monotonic() - started


def _show(what: str, seconds: list[float]) -> None:
    print(f"{what:58} {'  '.join(f'{each:.2f}' for each in sorted(seconds)):>24}", flush=True)


if __name__ == "__main__":
    main()
