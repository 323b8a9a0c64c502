"""How long admission and settlement take, by themselves: `python -m benchmarks.admission`.

The gate of one process over the embedded Redis and Postgres, one credential. Every admission is one round trip to
Redis, every settlement another; beside them a PING over redis-py, for what a round trip costs here at least.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

import uvloop
from redis.asyncio import Redis

from access.charges import Call, Charge
from access.credentials import Credential, Kind
from access.entries import Outcome
from access.gate import Gate
from db import connection
from db.migrate import migrate
from db.models.plans import Plan
from db.models.sessions import Session
from db.models.users import User
from local import servers
from settings import Settings
from tests.environ import environ

_ROUNDS = 4000
_CHARGE = Charge("plan", (Call("text", 1),), timedelta(seconds=30))
_OUTCOMES = [Outcome("text", 1, 0, 1, 1.0)]

_Row = dict[str, list[float]]
T = TypeVar("T")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        postgres, redis = servers.Postgres(Path(folder)), servers.Redis(Path(folder))
        with servers.running(postgres, redis):
            settings = Settings.from_environ(environ(DATABASE_URL=postgres.url, REDIS_URL=redis.url))
            uvloop.run(_measure(settings))


async def _measure(settings: Settings) -> None:
    await migrate(settings)
    await connection.connect(settings)
    gate = Gate(settings)
    await gate.start()
    watching = asyncio.create_task(gate.watch())
    credential = await _credential()
    async with Redis.from_url(str(settings.redis_url)) as plain:
        for clients in (1, 16):
            await _print(clients, gate, credential, plain)
    await gate.aclose()
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await connection.close()


async def _credential() -> Credential:
    plan = await Plan.create(
        name="unbounded",
        units_per_minute=1_000_000,
        units_per_day=1_000_000_000,
        concurrent_requests=1000,
        max_api_tokens=1,
        max_token_lifetime=timedelta(days=1),
    )
    user = await User.create(email="ada@example.org", password_digest="-", plan=plan)  # noqa: S106 - nobody logs in
    session = await Session.create(user=user, expires_at=datetime.now(UTC) + timedelta(hours=1))
    return Credential(Kind.SESSION, session.id, user.id, frozenset(), session.expires_at)


async def _print(clients: int, gate: Gate, credential: Credential, plain: Redis) -> None:
    took: _Row = {"PING": [], "admit": [], "settle": []}

    async def client(times: int) -> None:
        for _ in range(times):
            await _timed(took["PING"], plain.ping)
        for _ in range(times):
            admission = await _timed(took["admit"], partial(gate.admit, credential, _CHARGE))
            await _timed(took["settle"], partial(gate.settle, admission, _OUTCOMES))

    begun = time.perf_counter()
    await asyncio.gather(*(client(_ROUNDS // clients) for _ in range(clients)))
    seconds = time.perf_counter() - begun
    print(f"{clients} at once, {_ROUNDS} of each in {seconds:.1f} s")
    for name, values in took.items():
        percentiles = quantiles(values, n=100)
        print(f"  {name:7} p50 {percentiles[49]:.3f} ms   p99 {percentiles[98]:.3f} ms")


async def _timed(into: list[float], work: Callable[[], Awaitable[T]]) -> T:
    begun = time.perf_counter()
    answer = await work()
    into.append((time.perf_counter() - begun) * 1000)
    return answer


if __name__ == "__main__":
    main()
