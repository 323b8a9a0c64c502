"""Gates in separate processes."""

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
import psutil

from access.credentials import Credential
from tests.limits.driver import plain
from tests.mails import until

_ROOT = Path(__file__).parent.parent.parent

# Processes that a test has left in good order. The next test opens another gate in them.
_idle: list["Process"] = []


class Process:
    """One driver. `ask` sends it a line and returns its answer."""

    def __init__(self, running: asyncio.subprocess.Process) -> None:
        self._running = running

    async def open(self, environ: Mapping[str, str]) -> None:
        """Opens a gate with these settings."""
        await self._write(orjson.dumps(dict(environ)))

    async def close(self) -> None:
        """Closes the gate, as a process does at its end."""
        await self._write(b"")
        assert await self.answer() == {"closed": True}

    def is_running(self) -> bool:
        return self._running.returncode is None

    async def ask(self, do: str, credential: Credential, **arguments: Any) -> Any:
        await self.tell(do, credential, **arguments)
        return await self.answer()

    async def tell(self, do: str, credential: Credential, **arguments: Any) -> None:
        await self._write(orjson.dumps({"do": do, "credential": plain(credential), **arguments}))

    async def answer(self) -> Any:
        assert self._running.stdout is not None
        line = await self._running.stdout.readline()
        assert line, "the process has ended"
        return orjson.loads(line)

    async def acknowledge(self, calls: int) -> bytes:
        """Waits until a `load` had so many more calls acknowledged, and returns the output up to then."""
        assert self._running.stdout is not None
        heard = b""
        while heard.count(b"a") < calls:
            piece = await self._running.stdout.read(1024)
            assert piece, "the process has ended"
            heard += piece
        return heard

    async def kill(self) -> bytes:
        """Kills the process with SIGKILL, and returns its output that was not read yet."""
        self._running.send_signal(signal.SIGKILL)
        rest, _ = await self._running.communicate()
        return rest

    async def stop(self) -> None:
        """Returns when it stands still."""
        self._running.send_signal(signal.SIGSTOP)
        await until(lambda: psutil.Process(self._running.pid).status() == psutil.STATUS_STOPPED)

    def resume(self) -> None:
        self._running.send_signal(signal.SIGCONT)

    async def end(self) -> None:
        if self.is_running():
            self._running.kill()
            await self._running.wait()

    async def _write(self, line: bytes) -> None:
        assert self._running.stdin is not None
        self._running.stdin.write(line + b"\n")
        await self._running.stdin.drain()


@asynccontextmanager
async def processes(environ: Mapping[str, str], number: int = 2) -> AsyncIterator[list[Process]]:
    chosen = [_idle.pop() if _idle else Process(await _start()) for _ in range(number)]
    async with AsyncExitStack() as after_a_failure:
        for process in chosen:
            after_a_failure.push_async_callback(process.end)
        for process in chosen:
            await process.open(environ)
        for process in chosen:
            assert await process.answer() == {"ready": True}
        yield chosen
        after_a_failure.pop_all()
    for process in filter(Process.is_running, chosen):
        await process.close()
        _idle.append(process)


async def end_all() -> None:
    while _idle:
        await _idle.pop().end()


async def _start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.limits.driver",
        cwd=_ROOT,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
