"""How long admission and settlement take, by themselves: `python -m benchmarks.admission`.

The gate of one process over the embedded Redis and Postgres, one credential. Every admission is one round trip to
Redis, every settlement another. Beside them a PING over redis-py, as a measure of the machine. The processor time is
that of this process alone, the median of five rounds, with the rounds of PING in between.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

import uvloop
from redis.asyncio import Redis

from access.credentials import Credential, Kind
from db import connection
from db.migrate import migrate
from db.models.plans import Plan
from db.models.sessions import Session
from db.models.users import User
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from limits.gate import Gate
from local import servers
from settings import Settings
from tests.environ import environ

_ROUNDS, _TIMES = 5, 1600
_CHARGE = Charge("plan", (ModelCall("text", 1),), timedelta(seconds=30))
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
    ada = await credential("ada@example.org")
    async with Redis.from_url(str(settings.redis_url)) as plain:
        for clients in (1, 16):
            await _print(clients, gate, ada, plain)
    await gate.aclose()
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await connection.close()


async def credential(email: str) -> Credential:
    """A session of a new user whose plan bounds nothing."""
    plan = await Plan.create(
        name=email,
        units_per_minute=1_000_000,
        units_per_day=1_000_000_000,
        concurrent_requests=1000,
        max_api_tokens=1,
        max_token_lifetime=timedelta(days=1),
    )
    user = await User.create(email=email, password_digest="-", plan=plan)  # noqa: S106 - no login
    session = await Session.create(user=user, expires_at=datetime.now(UTC) + timedelta(hours=1))
    return Credential(Kind.SESSION, session.id, user.id, frozenset(), session.expires_at)


async def _print(clients: int, gate: Gate, credential: Credential, plain: Redis) -> None:
    took: _Row = {"PING": [], "admit": [], "settle": []}

    async def ping() -> None:
        await _timed(took["PING"], plain.ping)

    async def call() -> None:
        admission = await _timed(took["admit"], partial(gate.admit, credential, _CHARGE))
        await _timed(took["settle"], partial(gate.settle, admission, _OUTCOMES))

    pings, calls = [], []
    for _ in range(_ROUNDS):
        pings.append(await _processor_time(clients, ping))
        calls.append(await _processor_time(clients, call))
    print(f"{clients} at once, {_ROUNDS} rounds of {_TIMES}")
    for name, values in took.items():
        percentiles = quantiles(values, n=100)
        print(f"  {name:14} p50 {percentiles[49]:.3f} ms   p99 {percentiles[98]:.3f} ms")
    for name, costs in (("PING", pings), ("admit + settle", calls)):
        print(f"  {name:14} processor time {median(costs):.0f} µs (rounds: {min(costs):.0f} to {max(costs):.0f})")


async def _processor_time(clients: int, work: Callable[[], Awaitable[None]]) -> float:
    """µs of this process for each `work`, done by so many clients at once."""

    async def client() -> None:
        for _ in range(_TIMES // clients):
            await work()

    started = time.process_time()
    await asyncio.gather(*(client() for _ in range(clients)))
    return (time.process_time() - started) * 1_000_000 / _TIMES


async def _timed(into: list[float], work: Callable[[], Awaitable[T]]) -> T:
    started = time.perf_counter()
    answer = await work()
    into.append((time.perf_counter() - started) * 1000)
    return answer


if __name__ == "__main__":
    main()
