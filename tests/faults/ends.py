"""SIGTERM in the middle of a fault: an API process and a worker that end by themselves, and a start in it."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import httpx2

from tests.faults.fault import Fault
from tests.faults.observation import REGISTER
from tests.faults.troubles import named
from tests.journey.client import TEXT, AccountClient
from tests.journey.installation import Installation, free_metrics
from tests.service import Process, Service, Worker

# The longest operation is 30 s and five for its settlement; here none runs as long. A worker has ten seconds.
API_WITHIN = 45.0
WORKER_WITHIN = 14.0
_IN = (
    "postgres: hangs for 20 s",
    "postgres: CONNECT revoked, connections cut",
    "postgres: tables locked for 8 s",
    "postgres: out of connections",
    "redis: hangs for 20 s",
    "redis: memory full",
    "triton: hangs for 20 s",
    "smtp: hangs for 20 s",
)


async def try_all(installation: Installation, folder: Path) -> list[str]:
    """Rows of the table."""
    return [await _try(installation, folder / f"ends-{number}", named(id)) for number, id in enumerate(_IN)]


async def _try(installation: Installation, folder: Path, fault: Fault) -> str:
    await asyncio.to_thread(folder.mkdir)
    service = Service(installation.environ | free_metrics(), folder / "service.log")
    worker = Worker(installation.environ | free_metrics(), folder / "worker.log")
    await asyncio.gather(asyncio.to_thread(service.start), asyncio.to_thread(worker.start))
    person = await installation.person()
    async with AccountClient(service.url, person.session) as client:
        await client.post(TEXT)
        async with fault.trouble(installation):
            # Where it can be, the email is being sent when the worker has to end.
            registering = asyncio.create_task(_ask(client, REGISTER, email=f"{person.id}@example.com"))
            await asyncio.sleep(2)
            calling = asyncio.create_task(_ask(client, TEXT))
            await asyncio.sleep(0.2)
            api, by_worker = await asyncio.gather(asyncio.to_thread(_end, service), asyncio.to_thread(_end, worker))
            await asyncio.gather(calling, registering)
    well = api[0] == by_worker[0] == 0 and api[1] < API_WITHIN and by_worker[1] < WORKER_WITHIN
    how = "ok" if well else f"NOT well: status {api[0]} and {by_worker[0]}"
    return f"| {fault.dependency} | {fault.name} | {api[1]:.1f} s | {by_worker[1]:.1f} s | {how} |"


async def _ask(client: AccountClient, query: str, **variables: str) -> None:
    with suppress(httpx2.HTTPError):
        await client.post(query, **variables)


def _end(process: Process) -> tuple[int | None, float]:
    started = time.monotonic()
    process.ask_to_end()
    status: int | None = None
    # `wait` gives a process twenty seconds.
    for _ in range(3):
        with suppress(TimeoutError):
            status = process.wait()
            break
    if status is None:
        process.kill()
    return status, time.monotonic() - started
