"""A separate process with a gate: `python -m tests.limits.driver`. It reads and writes lines of JSON.

The first line has the settings, and an empty line closes the gate. Then another gate may follow, because the start of a
process takes a second.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

import errors
from access.credentials import Credential, Kind
from db import connection
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from limits.gate import Gate
from settings import Settings
from tests.limits.people import running


async def main() -> None:
    lines = await _standard_input()
    while line := await lines.readline():
        await _serve(lines, Settings.from_environ(orjson.loads(line)))
        _write({"closed": True})


async def burst(gate: Gate, ada: Credential, *, clients: int, times: int = 1, settle: bool = True) -> Any:
    """`clients` at once, each with `times` calls one after another. Returns how they ended."""
    results: Counter[str] = Counter()
    used: list[int] = []
    waits: list[float] = []

    async def client() -> None:
        for _ in range(times):
            try:
                admission = await gate.admit(ada, Charge("plan", (ModelCall("text", 1),), timedelta(seconds=30)))
            except errors.GatehouseError as error:
                results[error.code + ":" + getattr(error, "window", "")] += 1
                if isinstance(error, errors.RateLimited):
                    waits.append(error.retry_after.total_seconds())
                continue
            results["ADMITTED"] += 1
            used.extend(window.used for window in admission.windows if window.name == "minute")
            if settle:
                await gate.settle(admission, [Outcome("text", 1, 0, 1, 1.0)])

    await asyncio.gather(*(client() for _ in range(clients)))
    return {"results": results, "used": sorted(used), "waits": sorted(waits)}


async def load(gate: Gate, ada: Credential, *, clients: int) -> Any:
    """Calls until the process is killed. Writes an `s` before each call, and an `a` when it is acknowledged."""

    async def client() -> None:
        while True:
            os.write(1, b"s")
            try:
                admission = await gate.admit(ada, Charge("plan", (ModelCall("text", 1),), timedelta(seconds=0)))
                await gate.settle(admission, [Outcome("text", 1, 0, 1, 1.0)])
            except errors.ServiceUnavailable:
                await asyncio.sleep(0.02)
                continue
            os.write(1, b"a")

    await asyncio.gather(*(client() for _ in range(clients)))


_DO = {"burst": burst, "load": load}


async def _serve(lines: asyncio.StreamReader, settings: Settings) -> None:
    await connection.connect(settings)
    async with running(settings) as gate:
        _write({"ready": True})
        while (line := await lines.readline()).strip():
            asked = orjson.loads(line)
            _write(await _DO[asked.pop("do")](gate, credential(asked.pop("credential")), **asked))
    await connection.close()


def credential(values: Mapping[str, Any]) -> Credential:
    return Credential(
        Kind(values["kind"]),
        UUID(values["id"]),
        UUID(values["user_id"]),
        frozenset(values["scopes"]),
        datetime.fromisoformat(values["expires_at"]),
    )


def plain(ada: Credential) -> dict[str, Any]:
    return {
        "kind": ada.kind,
        "id": str(ada.id),
        "user_id": str(ada.user_id),
        "scopes": sorted(ada.scopes),
        "expires_at": ada.expires_at.isoformat(),
    }


def _write(answer: Any) -> None:
    os.write(1, orjson.dumps(answer) + b"\n")


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    asyncio.run(main())
