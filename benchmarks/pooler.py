"""How soon all works again behind PgBouncer in transaction mode: `python -m benchmarks pooler`.

Needs `.ci/debian-tools`. Two API processes, of which each has eight callers who ask Postgres all the time. A try ends
when both are ready and both answer somebody whom they do not know.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2

from tests.journey.client import AccountClient, code
from tests.journey.installation import Installation, running

_ME = "{ me { email } }"
_TIMES = 3
_CALLERS = 8
_AWAY_SECONDS = 5


def main() -> None:
    print(f"{f'what, for {_AWAY_SECONDS} s':40} {'works again after, s':>24} {'slowest answer, s':>20}")
    with tempfile.TemporaryDirectory() as folder:
        # PgBouncer reads its files as another user.
        Path(folder).chmod(0o755)
        with running(Path(folder), is_pooled=True) as installation:
            asyncio.run(_measure(installation))


async def _measure(installation: Installation) -> None:
    pooler, postgres = installation.pooler, installation.postgres
    assert pooler is not None
    for what, end, begin in (
        ("PgBouncer killed", pooler.kill, pooler.start),
        ("PgBouncer hangs", pooler.pause, pooler.resume),
        ("Postgres stopped behind PgBouncer", postgres.stop, postgres.start),
    ):
        tries = [await _try(installation, end, begin) for _ in range(_TIMES)]
        back = "  ".join(f"{seconds:.2f}" for seconds, _ in sorted(tries))
        print(f"{what:40} {back:>24} {max(slowest for _, slowest in tries):>20.2f}", flush=True)


async def _try(installation: Installation, end: Callable[[], None], begin: Callable[[], None]) -> tuple[float, float]:
    async with _asking(installation) as waits:
        await asyncio.to_thread(end)
        await asyncio.sleep(_AWAY_SECONDS)
        await asyncio.to_thread(begin)
        started = time.monotonic()
        await installation.recovered()
        return time.monotonic() - started, max(waits)


@asynccontextmanager
async def _asking(installation: Installation) -> AsyncIterator[list[float]]:
    """How long each answer took, also a refusal."""
    waits: list[float] = []

    async def ask(client: AccountClient) -> None:
        while True:
            started = time.monotonic()
            with suppress(httpx2.HTTPError):
                answer = code(await client.post(_ME))
                assert answer in ("OK", "SERVICE_UNAVAILABLE"), answer
            waits.append(time.monotonic() - started)
            await asyncio.sleep(0.2)

    # Somebody else each, so that no limit refuses them.
    clients = [
        AccountClient(url, (await installation.person()).session) for url in installation.urls for _ in range(_CALLERS)
    ]
    asking = [asyncio.create_task(ask(client)) for client in clients]
    await asyncio.sleep(1)
    try:
        yield waits
    finally:
        for task in asking:
            task.cancel()
        ended = await asyncio.gather(*asking, return_exceptions=True)
        for client in clients:
            await client.__aexit__(None, None, None)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


if __name__ == "__main__":
    main()
