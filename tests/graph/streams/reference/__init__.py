"""The reference clients of both protocols for streams, graphql-sse and graphql-ws, from npm, on a Node from PyPI."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local import paths
from tests import kept

_SOURCE = Path(__file__).parent
PROTOCOLS = ["sse", "ws", "ws-of-browsers"]


class ReferenceClient:
    """A process that runs one operation. `next` returns what it reports, event by event."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def next(self) -> Any:
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            line = await self.process.stdout.readline()
        assert line, "it has ended"
        return json.loads(line)

    async def rest(self) -> list[Any]:
        """All events to its end, which is a good one."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            found = [json.loads(line) async for line in self.process.stdout]
            assert await self.process.wait() == 0
        return found


@asynccontextmanager
async def subscribed(
    protocol: str,
    url: str,
    operation: Mapping[str, Any],
    credential: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    **options: Any,
) -> AsyncIterator[ReferenceClient]:
    """Ends the client, too."""
    authorization = {} if credential is None else {"Authorization": f"Bearer {credential}"}
    asked = {"protocol": protocol, "url": _address(protocol, url), "operation": operation, **options}
    asked |= {"headers": authorization} if protocol == "sse" else {"connectionParams": authorization}
    folder = await asyncio.to_thread(_folder)
    process = await asyncio.create_subprocess_exec(
        folder / "tools" / "bin" / "node",
        folder / "clients.js",
        json.dumps(asked),
        env=dict(environ or {}),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield ReferenceClient(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _address(protocol: str, url: str) -> str:
    return f"{url}/graphql" if protocol == "sse" else f"{url.replace('http', 'ws', 1)}/graphql"


@cache
def _folder() -> Path:
    """Skips the test where the packages cannot be had."""
    lock = _SOURCE / "package-lock.json"
    folder = kept.Folder(paths.ROOT / ".clients" / "streams", "Node, graphql-sse and graphql-ws", lock)
    try:
        made = folder.fetch(lambda draft: kept.node_packages(draft, _SOURCE))
    except kept.NotInstalled as missing:
        pytest.skip(str(missing))
    # A copy, because Node looks for packages beside the code.
    shutil.copy(_SOURCE / "clients.js", made)
    return made
