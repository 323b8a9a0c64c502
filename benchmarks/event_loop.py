"""How long an anonymous caller can hold the event loop: `python -m benchmarks.event_loop [ATTACK ...]`.

The service runs here with a ticker beside it, which wants to wake every millisecond. A stall is the longest time it
overslept; `busy` is the longest that the loop's own thread computed without a pause, which other work on the machine
cannot blur. Each figure is the median over several tries.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import httpx2
import uvicorn
import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks import attacks, stage
from benchmarks.attacks.request import Attack

_LIMIT_MS = 50
_TIMES = 5


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(int(sys.argv[2])))
    chosen = [attack for attack in attacks.ALL if not sys.argv[1:] or attack.__name__ in sys.argv[1:]]
    print(f"{'attack':34} {'answers':>12} {'stall':>9} {'busy':>9}")
    with stage.service() as plain, _watched(plain.settings, plain.port + 1) as url, httpx2.Client(timeout=60) as client:
        client.post(f"{url}/graphql", json={"query": "{ service { version } models { totalCount } }"})
        for attack in chosen:
            _measure(client, url, attack)


def _measure(client: httpx2.Client, url: str, attack: Attack) -> None:
    stalls, statuses = [], set()
    for number in range(_TIMES):
        request = attack(number)
        client.get(f"{url}/stall")
        statuses.add(str(client.post(f"{url}/graphql", **request).status_code))
        stalls.append(client.get(f"{url}/stall").json())
    stall, busy = (median(found[name] for found in stalls) for name in ("stall_ms", "busy_ms"))
    mark = "  <-- too long" if busy > _LIMIT_MS else ""
    print(f"{attack.__name__:34} {','.join(sorted(statuses)):>12} {stall:6.1f} ms {busy:6.1f} ms{mark}", flush=True)


@contextmanager
def _watched(settings: dict[str, str], port: int) -> Iterator[str]:
    environ = {"PATH": os.environ["PATH"], **settings}
    command = [sys.executable, "-m", "benchmarks.event_loop", "--serve", str(port)]
    with subprocess.Popen(command, cwd=stage.ROOT, env=environ) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            while process.poll() is None and not _answers(f"{url}/readyz"):
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2).status_code == 200
    except httpx2.TransportError:
        return False


class _Watch:
    """The application with a ticker beside it; `/stall` answers its worst since it was last asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._stall = self._busy = 0.0
        self._ticker: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
        if scope["type"] == "http" and scope["path"] == "/stall":
            await asyncio.sleep(0.005)  # so that what was just answered is counted to its end
            body = json.dumps({"stall_ms": self._stall * 1000, "busy_ms": self._busy * 1000}).encode()
            self._stall = self._busy = 0.0
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return
        await self._app(scope, receive, send)

    async def _tick(self) -> None:
        while True:
            wall, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            self._stall = max(self._stall, time.perf_counter() - wall - 0.001)
            self._busy = max(self._busy, time.thread_time() - cpu)


async def _serve(port: int) -> None:
    from graph import app
    from settings import Settings

    async with app.running(Settings.from_environ()) as application:
        config = uvicorn.Config(_Watch(application), port=port, access_log=False, log_level="error", lifespan="off")
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    main()
