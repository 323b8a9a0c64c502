"""How long the comparison of counts takes with 100,000 users of today: `python -m benchmarks.counts`.

Each user has a day in Redis and five rows by the hour in Postgres. A turn compares all of them, as at a worker's start.
Meanwhile the longest time that a ping of Redis took is measured, since each script keeps Redis from its callers.
"""

import asyncio
import resource
import time
from datetime import UTC, datetime, timedelta

import asyncpg
import uvloop
from redis.asyncio import Redis

from benchmarks import stage
from db import connection, migrate
from limits import partitions
from limits.comparison import results
from limits.comparison.turns import Comparison
from limits.gate import Gate
from settings import Settings

_USERS = 100_000
_ROWS = 5

_ROWS_OF_TODAY = """
INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
SELECT md5(n::text)::uuid, NULL, 'model-' || m, $1, 1, 0, 2, 1.5
FROM generate_series(1, $2::int) n, generate_series(1, $3::int) m
"""
_DAYS_OF_TODAY = """
INSERT INTO usage_days (user_id, token_id, model, day, calls, failed, units, inference_ms)
SELECT user_id, token_id, model, (hour AT TIME ZONE 'UTC')::date, calls, failed, units, inference_ms FROM usage
"""
_IDS = "SELECT md5(n::text)::uuid AS id FROM generate_series(1, $1::int) n"


def main() -> None:
    with stage.databases() as (needed, _):
        uvloop.run(_measure(Settings.from_environ(needed)))


async def _measure(settings: Settings) -> None:
    await migrate.migrate(settings)
    await connection.connect(settings)
    gate = Gate(settings)
    await gate.start()
    watching = asyncio.create_task(gate.watch())
    try:
        async with Redis.from_url(str(settings.redis_url)) as redis:
            await _build(settings, redis)
            await _compare(gate, redis)
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await gate.aclose()
        await connection.close()


async def _build(settings: Settings, redis: Redis) -> None:
    database = await asyncpg.connect(connection.address(settings))
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    # The triggers would take many minutes.
    await database.execute("ALTER TABLE usage DISABLE TRIGGER USER")
    await database.execute(_ROWS_OF_TODAY, hour, _USERS, _ROWS, timeout=600)
    await database.execute("ALTER TABLE usage ENABLE TRIGGER USER")
    await database.execute(_DAYS_OF_TODAY, timeout=600)
    await database.execute("VACUUM ANALYZE usage, usage_days")
    users = await database.fetch(_IDS, _USERS)
    await database.close()
    day = int(hour.timestamp()) // 86_400
    async with redis.pipeline(transaction=False) as writing:
        for user in users:
            writing.hset(partitions.of_user(user["id"]).day, mapping={"n": day, "u": 2 * _ROWS})
        await writing.execute()


async def _compare(gate: Gate, redis: Redis) -> None:
    comparison = Comparison(gate._store, timedelta(0))
    print(f"{_USERS:,} users, {_USERS * _ROWS:,} rows of today")
    for name in ("the first turn", "the second turn, which sets the marks", "a turn"):
        pings: list[float] = []
        pinging = asyncio.create_task(_ping(redis, pings))
        before, started, worked = _resident(), time.perf_counter(), time.process_time()
        comparison.has_begun = False
        await comparison.compare()
        took, worked = time.perf_counter() - started, time.process_time() - worked
        pinging.cancel()
        print(
            f"{name}: {took:.1f} s, of it {worked:.1f} s of this process; memory + {_resident() - before} MiB; the "
            f"longest ping of Redis through its event loop {max(pings) * 1000:.0f} ms"
        )
    total = await results.total()
    print(f"agreeing {total.agreeing:,}, differing {total.differing}, unreadable {total.unreadable}")


async def _ping(redis: Redis, pings: list[float]) -> None:
    while True:
        started = time.perf_counter()
        await redis.ping()
        pings.append(time.perf_counter() - started)
        await asyncio.sleep(0.005)


def _resident() -> int:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
