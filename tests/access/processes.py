"""Gates in processes of their own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from access.credentials import Credential
from tests.access.driver import plain

_ROOT = Path(__file__).parent.parent.parent


class Process:
    """One driver. `ask` sends it a line and returns its answer."""

    def __init__(self, running: asyncio.subprocess.Process) -> None:
        self._running = running

    async def ask(self, do: str, credential: Credential, **arguments: Any) -> Any:
        await self.tell(do, credential, **arguments)
        return await self.answer()

    async def tell(self, do: str, credential: Credential, **arguments: Any) -> None:
        assert self._running.stdin is not None
        self._running.stdin.write(orjson.dumps({"do": do, "credential": plain(credential), **arguments}) + b"\n")
        await self._running.stdin.drain()

    async def answer(self) -> Any:
        assert self._running.stdout is not None
        line = await self._running.stdout.readline()
        assert line, "the process has ended"
        return orjson.loads(line)

    async def kill(self) -> bytes:
        """SIGKILL; what it had said and nobody had read."""
        self._running.send_signal(signal.SIGKILL)
        rest, _ = await self._running.communicate()
        return rest

    def stop(self) -> None:
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._running.send_signal(signal.SIGCONT)

    async def end(self) -> None:
        if self._running.returncode is None:
            self._running.kill()
            await self._running.wait()


@asynccontextmanager
async def processes(environ: Mapping[str, str], number: int = 2) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        started = [Process(await _start(environ)) for _ in range(number)]
        for process in started:
            stack.push_async_callback(process.end)
        for process in started:
            assert await process.answer() == {"ready": True}
        yield started


async def _start(environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.access.driver",
        cwd=_ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
