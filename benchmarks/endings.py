"""How soon running calls end after their API token is revoked, in two processes: `python -m benchmarks.endings`.

From the moment at which the revocation is sent to the answer of each call. Half of the calls run in the process that
revokes, half in the other one. The second row is with a Redis that answers nothing.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

import uvloop

from tests.journey.client import AccountClient, create_token, revoke_token
from tests.journey.installation import Installation, Person, running

_TOKENS = 120
_CALLS = 4
# They would take longer than all of the measurement.
_SLEEP = '{ infer(model: "slow", inputs: [{name: "MILLISECONDS", shape: [1], data: {values: [29000]}}]) { version } }'
# Calls take slots: of a process for all models, and of one user.
_SETTINGS = {"GATEHOUSE_INFERENCE_PLACES": "512"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), settings=_SETTINGS) as installation:
        print(f"{'seconds':40}{'calls':>8}{'p50':>8}{'p99':>8}{'longest':>9}")
        uvloop.run(_measure(installation))


async def _measure(installation: Installation) -> None:
    _show("Redis answers", await _ended(installation, _TOKENS))
    took = await _ended(installation, _TOKENS // 4, pausing=True)
    _show("Redis hangs", took)


async def _ended(installation: Installation, tokens: int, *, pausing: bool = False) -> list[float]:
    people = [await installation.person() for _ in range(tokens)]
    parts = await asyncio.gather(*(_begin(installation, person) for person in people))
    await asyncio.sleep(2)  # all of them run
    if pausing:
        installation.redis.pause()
    try:
        took = []
        for revoking, calls in parts:
            took.append(asyncio.create_task(_end(revoking, calls)))
            await asyncio.sleep(0.05)
        return [seconds for part in await asyncio.gather(*took) for seconds in part]
    finally:
        if pausing:
            installation.redis.resume()


_Part = tuple[tuple[AccountClient, object], Sequence["asyncio.Task[float]"]]


async def _begin(installation: Installation, person: Person) -> _Part:
    session = AccountClient(installation.urls[0], person.session)
    token = await create_token(session)
    clients = [AccountClient(installation.urls[number % 2], token["token"]) for number in range(_CALLS)]
    return (session, token), [asyncio.create_task(_call(client)) for client in clients]


async def _call(client: AccountClient) -> float:
    """When it was answered."""
    answer = await client.post(_SLEEP)
    ended_at = time.perf_counter()
    assert answer.status_code == 401, answer.text
    await client.__aexit__(None, None, None)
    return ended_at


async def _end(revoking: tuple[AccountClient, object], calls: Sequence["asyncio.Task[float]"]) -> list[float]:
    session, token = revoking
    started_at = time.perf_counter()
    answer, ended = await asyncio.gather(revoke_token(session, token), asyncio.gather(*calls))
    assert answer.status_code == 200, answer.text
    await session.__aexit__(None, None, None)
    return [at - started_at for at in ended]


def _show(what: str, seconds: Sequence[float]) -> None:
    cuts = quantiles(seconds, n=100)
    print(f"{what:40}{len(seconds):8}{cuts[49]:8.3f}{cuts[98]:8.3f}{max(seconds):9.3f}", flush=True)


if __name__ == "__main__":
    main()
