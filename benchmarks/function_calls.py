"""`make bench ARGS=function_calls`: how many Python functions one request calls, by room.

A busy machine changes none of it. The service runs in this process, over real servers; a thread is its client. Each
number is the least of some requests, so that the loops of the process count in none.
"""

import asyncio
import os
import sys
import sysconfig
import time
from collections import Counter
from contextlib import nullcontext, redirect_stderr
from pathlib import Path
from types import FrameType
from typing import Any

import httpx2
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from benchmarks.peers import backends, calls, gatehouse
from benchmarks.peers.gatehouse import Gatehouse
from benchmarks.peers.load import Call
from graph import app
from graph.http.connections import Connection
from local.paths import ROOT
from settings import Settings
from telemetry import logs

_WARM, _TIMES = 30, 40
# For what a process does after the last byte of an answer.
_AFTER_SECONDS = 0.005
_LIBRARIES = "libraries"
_INSTALLED = (sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), "<")


def main() -> None:
    with backends.running() as servers, gatehouse.running(servers, "calls") as issued:
        asked = {
            "`infer`, 16 numbers": calls.infer(issued),
            "`{ __typename }` with a session": calls.typename(issued),
            "`{ me { id } }` with a session": calls.me(issued),
        }
        with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
            counted = uvloop.run(_count(issued, asked))
    _print(counted)


async def _count(issued: Gatehouse, asked: dict[str, Call]) -> dict[str, Counter[str]]:
    settings, draining, state = Settings.from_environ(issued.settings), asyncio.Event(), ServerState()
    logs.configure(settings)
    async with app.running(settings, draining, metrics=nullcontext()) as application:
        config = Config(
            application,
            interface="asgi3",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
        )
        config.load()

        def connect() -> Connection:
            return Connection(config=config, server_state=state, app_state={}, draining=draining)

        server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"
        counted = {name: await _least(url, call) for name, call in asked.items()}
        server.close()
    return counted


async def _least(url: str, call: Call) -> Counter[str]:
    """Of many requests, that with the fewest calls."""
    counter = _Counter()
    sys.setprofile(counter.note)
    try:
        found = await asyncio.to_thread(_send_all, url, call, counter)
    finally:
        sys.setprofile(None)
    return min(found, key=lambda counts: counts.total())


def _send_all(url: str, call: Call, counter: "_Counter") -> list[Counter[str]]:
    fields = {"authorization": f"Bearer {call.credentials[0]}", "content-type": call.content_type}
    found = []
    with httpx2.Client(headers=fields) as client:
        for number in range(_WARM + _TIMES):
            counts: Counter[str] = Counter()
            counter.counts = counts
            answer = client.post(url, content=call.body)
            time.sleep(_AFTER_SECONDS)
            counter.counts = None
            if call.expected not in answer.text:
                raise RuntimeError(f"An unexpected answer: {answer.text[:500]}")
            if number >= _WARM:
                found.append(counts)
    return found


class _Counter:
    """Counts the calls of the event loop's thread, and each time that a coroutine goes on, while there are `counts`."""

    def __init__(self) -> None:
        self.counts: Counter[str] | None = None

    def note(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and self.counts is not None:
            self.counts[_room(frame.f_code.co_filename)] += 1


def _room(file: str) -> str:
    if file.startswith(_INSTALLED):
        return _LIBRARIES
    parts = Path(file).relative_to(ROOT).parent.parts
    return "/".join(parts[:2] if parts[:1] == ("graph",) else parts[:1]) or "."


def _print(counted: dict[str, Counter[str]]) -> None:
    print(f"| | {' | '.join(counted)} |")
    print(f"|---{'|---' * len(counted)}|")
    for room in sorted(set().union(*counted.values())):
        print(f"| {room} | {' | '.join(str(counts[room]) for counts in counted.values())} |")
    print(f"| all | {' | '.join(str(counts.total()) for counts in counted.values())} |")


if __name__ == "__main__":
    main()
