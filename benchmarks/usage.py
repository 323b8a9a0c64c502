"""How long `usage` takes with a year of 10,000 users, and how far the rollup is behind: `python -m benchmarks.usage`.

8 million rows by the hour, of which one user has 482,000: ten API tokens and a session, each with five models in every
hour. The others are there on 94 days, for eight hours. Everything is in one embedded PostgreSQL with its defaults.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import md5
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from aerich.utils import import_py_file
from redis.asyncio import Redis

from access.credentials import Credential, Kind, Signer
from benchmarks import stage
from db import connection, migrate
from limits import partitions
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from limits.gate import Gate
from resolvers import usage
from resolvers.usage import Interval, Question
from settings import Settings
from tests.journey.client import AccountClient
from tests.service import Service, Worker

_USERS = 10_000
_CALLERS = 3_000
_CALLS_A_SECOND = 200
_SECONDS = 30
_FIRST, _DAYS = date(2025, 11, 1), 365
_ROUNDS = 60

_PEOPLE = """
INSERT INTO plans
    (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime, models)
VALUES ('00000000-0000-0000-0000-000000000001', 'all', 1000000, 1000000000, 1000, 10, 31536000000000, '[]');
INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
SELECT md5(n::text)::uuid, n || '@example.org', '-', now(), 'en', 'USER', '00000000-0000-0000-0000-000000000001', now()
FROM generate_series(0, %d) n;
INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at)
SELECT md5('s' || n)::uuid, md5(n::text)::uuid, now(), now(), now() + interval '1 day' FROM generate_series(0, %d) n;
"""
# In the order in which the rollup writes them. User 0 is the heaviest.
_YEAR = """
INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
SELECT user_id, token_id, model, '%s'::timestamptz + hour * interval '1 hour', 20, 1, 40, 812.5 FROM (
    SELECT md5(n::text)::uuid AS user_id,
        CASE (n + d + h / 4) %% 3 WHEN 0 THEN NULL ELSE md5(n || '/' || (n + d + h / 4) %% 3)::uuid END AS token_id,
        'model-' || (n + d) %% 5 AS model, (d * 388 / 100 + n %% 4) %% 365 * 24 + (n %% 16) + h AS hour
    FROM generate_series(1, %d) n, generate_series(0, 93) d, generate_series(0, 7) h
    UNION ALL
    SELECT md5('0')::uuid, CASE t WHEN 0 THEN NULL ELSE md5('0/' || t)::uuid END, 'model-' || m, h
    FROM generate_series(0, 10) t, generate_series(1, 5) m, generate_series(0, 365 * 24 - 1) h
) AS year ORDER BY hour, user_id
"""
_ROLLED_UP = "SELECT partition, max(split_part(last_id, '-', 1)::bigint) AS at FROM usage_folds GROUP BY 1"


def main() -> None:
    with stage.databases() as (needed, data):
        uvloop.run(_measure(needed, data))


async def _measure(needed: dict[str, str], data: Path) -> None:
    settings = Settings.from_environ(needed)
    await migrate.migrate(settings)
    await _build(settings)
    await connection.connect(settings)
    try:
        await _read_in_postgres()
        with _running(Service(needed, data / "service.log"), until="/healthz") as service:
            async with Redis.from_url(str(settings.redis_url)) as redis:
                await _read_through(service, Signer.from_settings(settings), redis)
        with _running(Worker(needed, data / "worker.log")):
            await _lag(settings)
    finally:
        await connection.close()


async def _build(settings: Settings) -> None:
    database = await asyncpg.connect(connection.address(settings))
    await database.execute(_PEOPLE % (_USERS - 1, _USERS - 1))
    await database.execute("ALTER TABLE usage DISABLE TRIGGER USER")
    took = await _seconds(database.execute(_YEAR % (_FIRST, _USERS - 1)))
    rows = await database.fetchval("SELECT count(*) FROM usage")
    print(f"{rows:,} rows by the hour, written in {took:.0f} s")
    await database.execute("ALTER TABLE usage ENABLE TRIGGER USER")
    await database.execute("VACUUM ANALYZE usage")
    (file,) = (migrate.FOLDER / "models").glob("6_*.py")
    fill = import_py_file(file)._FILL
    parts = []
    for part in range(256):
        ends = (UUID(f"{part:02x}" + end * 30) for end in "0f")
        parts.append(await _seconds(database.execute(fill, *ends)))
    rows = await database.fetchval("SELECT count(*) FROM usage_days")
    print(f"{rows:,} rows by the day, filled in {sum(parts):.0f} s, the longest part {max(parts) * 1000:.0f} ms")
    await database.execute("VACUUM ANALYZE usage_days")
    await database.close()


async def _read_in_postgres() -> None:
    print(f"\n{'in Postgres, ms':44}{'p50':>8}{'p95':>8}")
    for name, token, question in _questions():
        for who, users in _readers():
            times = []
            for user in users:
                token_id = _id(f"{user}/1") if token else None
                times.append(await _seconds(usage._sums(_id(user), token_id, question)))
            _show(f"{who}: {name}", times)


async def _read_through(service: Service, signer: Signer, redis: Redis) -> None:
    print(f"\n{'through the API, ms':44}{'p50':>8}{'p95':>8}")
    for name, token, question in _questions():
        if token:
            continue
        asked = (
            f'from: "{question.begin}", to: "{question.end}", interval: {question.interval.name}, '
            f"byModel: {str(question.by_model).lower()}"
        )
        for who, users in _readers():
            times = []
            for user in users:
                # So many questions of one user in a minute are beyond the limit.
                await redis.delete(*partitions.of_user(_id(user)).account_minute(of_token=False))
                async with AccountClient(service.url, signer.sign(_session(user), datetime.now(UTC))) as client:
                    await client.run("{ me { id } }")
                    times.append(
                        await _seconds(client.run(f"{{ me {{ usage({asked}) {{ start model calls units }} }} }}"))
                    )
            _show(f"{who}: {name}", times)


async def _lag(settings: Settings) -> None:
    """Of each call, from its settlement until its entry is committed to usage, looked at every 20 ms."""
    gate = Gate(settings)
    await gate.start()
    watching = asyncio.create_task(gate.watch())
    database = await asyncpg.connect(connection.address(settings))
    waiting: dict[str, list[float]] = {}
    lags: list[float] = []
    ended = asyncio.Event()
    looking = asyncio.create_task(_look(database, waiting, lags, ended))
    started, chosen = time.time(), random.Random(1)  # noqa: S311 - the same in each run
    calls = []
    for number in range(_CALLS_A_SECOND * _SECONDS):
        await asyncio.sleep(max(0.0, started + number / _CALLS_A_SECOND - time.time()))
        calls.append(asyncio.create_task(_call(gate, chosen.randrange(1, _CALLERS + 1), waiting)))
    await asyncio.gather(*calls)
    await asyncio.sleep(3)
    ended.set()
    await looking
    print(
        f"\n{len(lags):,} of {len(calls):,} calls, {_CALLS_A_SECOND} a second by {_CALLERS:,} users: seconds to commit"
    )
    cuts = quantiles(lags, n=100)
    print(f"  p50 {cuts[49]:.2f}   p95 {cuts[94]:.2f}   p99 {cuts[98]:.2f}   longest {max(lags):.2f}")
    await database.close()
    await gate.aclose()
    watching.cancel()
    await asyncio.wait({watching})


async def _call(gate: Gate, user: int, waiting: dict[str, list[float]]) -> None:
    admission = await gate.admit(_session(user), Charge("plan", (ModelCall("model-1", 1),), timedelta(seconds=30)))
    # Redis takes the id of its entry from the same clock, a moment later.
    at = time.time()
    await gate.settle(admission, [Outcome("model-1", 1, 0, 1, 1.0)])
    waiting.setdefault(partitions.of(_id(user)), []).append(at)


async def _look(database: Any, waiting: dict[str, list[float]], lags: list[float], ended: asyncio.Event) -> None:
    while not ended.is_set():
        rows, now = await database.fetch(_ROLLED_UP), time.time()
        for row in rows:
            times = waiting.get(row["partition"], [])
            committed = [at for at in times if at * 1000 < row["at"] + 1]
            lags += [now - at for at in committed]
            times[:] = [at for at in times if at * 1000 >= row["at"] + 1]
        await asyncio.sleep(0.02)


def _questions() -> Iterator[tuple[str, bool, Question]]:
    """What is asked; whether of one API token."""
    end = _FIRST + timedelta(days=_DAYS)
    year = partial(Question, begin=_FIRST, end=end)
    yield "a year by day", False, year(interval=Interval.DAY)
    yield "a year by day, one API token", True, year(interval=Interval.DAY)
    yield "a year by day, one model", False, year(interval=Interval.DAY, model="model-1")
    yield "a year by month", False, year(interval=Interval.MONTH)
    yield "a year by month and model", False, year(interval=Interval.MONTH, by_model=True)
    yield "41 days by hour", False, Question(begin=end - timedelta(days=41), end=end, interval=Interval.HOUR)
    yield (
        "41 days by hour, one API token",
        True,
        Question(begin=end - timedelta(days=41), end=end, interval=Interval.HOUR),
    )


def _readers() -> Sequence[tuple[str, Sequence[int]]]:
    others = random.Random(2).sample(range(1, _USERS), _ROUNDS)  # noqa: S311 - the same in each run
    return ("an ordinary user", others), ("the heaviest", [0] * _ROUNDS)


def _id(name: object) -> UUID:
    return UUID(md5(str(name).encode(), usedforsecurity=False).hexdigest())


def _session(user: int) -> Credential:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    return Credential(Kind.SESSION, _id(f"s{user}"), _id(user), frozenset(), ends)


@contextmanager
def _running(process: Any, **start: Any) -> Iterator[Any]:
    process.start(**start)
    try:
        yield process
    finally:
        process.stop()


async def _seconds(work: Awaitable[Any]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def _show(what: str, seconds: Sequence[float]) -> None:
    cuts = quantiles(seconds, n=100)
    print(f"{what:44}{cuts[49] * 1000:8.1f}{cuts[94] * 1000:8.1f}", flush=True)


if __name__ == "__main__":
    main()
