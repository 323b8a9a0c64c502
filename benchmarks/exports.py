"""What a million rows of usage cost as a file: `python -m benchmarks.exports`.

`exportUsage` of everybody: 100,000 users with ten rows each in the month, and as many in the month before.
`exportAccount` of one user with a million rows by the hour. The memory is the most that the process of the API has had,
above what it had before; the last row or the end of the JSON shows that the file is complete.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import psutil
import uvloop

from access.credentials import Credential, Kind, Signer
from access.passwords import Hasher
from benchmarks import stage
from db import connection, migrate
from settings import Settings
from tests.journey.client import AccountClient
from tests.service import TLS, Service

_USERS, _ROWS_OF_USER = 100_000, 10
_PASSWORD = "correct horse battery"  # noqa: S105 - of this measurement
_MEBIBYTE = 1024**2
_PEOPLE = """
INSERT INTO plans
    (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime, models)
VALUES ('00000000-0000-0000-0000-000000000001', 'all', 1000000, 1000000000, 1000, 10, 31536000000000, '[]');
INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
SELECT md5(n::text)::uuid, n || '@example.org', '-', now(), 'en', 'USER', '00000000-0000-0000-0000-000000000001', now()
FROM generate_series(1, %d) n;
UPDATE users SET role = 'ADMIN' WHERE id = md5('1')::uuid;
INSERT INTO second_factors (user_id, sealed_secret, created_at, confirmed_at)
VALUES (md5('1')::uuid, '-', now(), now());
INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at)
VALUES (md5('s')::uuid, md5('1')::uuid, now(), now(), now() + interval '1 day');
"""
_DAYS = """
INSERT INTO usage_days (user_id, token_id, model, day, calls, failed, units, inference_ms)
SELECT md5(n::text)::uuid, md5(n || '/' || m)::uuid, 'model-' || m, day, 1, 0, 2, 1.5
FROM generate_series(1, $1::int) n, generate_series(1, $2::int) m, unnest(ARRAY['2024-02-03', '2024-01-03']::date[]) day
"""
_HOURS = """
INSERT INTO usage (user_id, token_id, model, hour, calls, failed, units, inference_ms)
SELECT md5('1')::uuid, md5('t' || m)::uuid, 'model-' || m, '2020-01-01'::timestamptz + n * interval '1 hour',
    1, 0, 2, 1.5
FROM generate_series(1, 10000) n, generate_series(1, 100) m
"""
_EXPORT_USAGE = '{ exportUsage(month: "2024-02", ofEverybody: true) { url } }'
_EXPORT_ACCOUNT = """mutation ($password: String!) { exportAccount(password: $password) {
  ... on AccountExported { url json } ... on UserError { code } } }"""


def main() -> None:
    with stage.databases(durable=False) as (needed, data):
        uvloop.run(_measure(needed, data))


async def _measure(needed: dict[str, str], data: Path) -> None:
    settings = Settings.from_environ(needed)
    await migrate.migrate(settings)
    await _build(settings)
    at = datetime.now(UTC).replace(microsecond=0)
    credential = Credential(Kind.SESSION, _id("s"), _id("1"), frozenset(), at + timedelta(hours=1))
    session = Signer.from_settings(settings).sign(credential, at)
    service = Service(needed, data / "service.log")
    service.start(until="/healthz")
    try:
        async with AccountClient(service.url, session) as client:
            usage = (await client.run(_EXPORT_USAGE))["exportUsage"]["url"]
            await _fetch(service, "exportUsage of everybody", usage, last_line=b"total,")
            async with _watched(service) as most:
                account = (await client.run(_EXPORT_ACCOUNT, password=_PASSWORD))["exportAccount"]
            print(f"exportAccount, the answer: {len(account['json']):,} bytes, memory + {most():.0f} MiB")
            await _fetch(service, "exportAccount, the file", account["url"], last_line=b"")
    finally:
        service.stop()


async def _build(settings: Settings) -> None:
    database = await asyncpg.connect(connection.address(settings))
    await database.execute(_PEOPLE % _USERS)
    hasher = Hasher(1)
    digest = await hasher.hash(_PASSWORD)
    hasher.close()
    await database.execute("UPDATE users SET password_digest = $1 WHERE role = 'ADMIN'", digest)
    await database.execute("ALTER TABLE usage DISABLE TRIGGER USER")
    await database.execute(_DAYS, _USERS, _ROWS_OF_USER)
    await database.execute(_HOURS)
    await database.execute("ALTER TABLE usage ENABLE TRIGGER USER")
    await database.execute("VACUUM ANALYZE usage, usage_days")
    await database.close()


async def _fetch(service: Service, what: str, url: str, *, last_line: bytes) -> None:
    size = rows = 0
    first, tail, started = 0.0, b"", time.perf_counter()
    async with _watched(service) as most, httpx2.AsyncClient(timeout=600, verify=TLS) as http:
        async with http.stream("GET", url) as response:
            async for piece in response.aiter_bytes():
                first = first or time.perf_counter() - started
                size, tail = size + len(piece), (tail + piece)[-1000:]
                rows += piece.count(b"\n") + piece.count(b"},{")
    took = time.perf_counter() - started
    is_whole = tail.rstrip().endswith(b"}") if not last_line else tail.rstrip().splitlines()[-1].startswith(last_line)
    print(
        f"{what}: {size:,} bytes, about {rows:,} rows in {took:.1f} s, the first byte after {first:.2f} s, memory + "
        f"{most():.0f} MiB, {'complete' if is_whole else 'INCOMPLETE'}",
        flush=True,
    )


@asynccontextmanager
async def _watched(service: Service) -> AsyncIterator[Any]:
    """By how many MiB the process has grown at most."""
    process = psutil.Process(service.pid)
    before = most = process.memory_info().rss

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    try:
        yield lambda: (most - before) / _MEBIBYTE
    finally:
        watching.cancel()


def _id(name: str) -> UUID:
    return UUID(md5(name.encode(), usedforsecurity=False).hexdigest())


if __name__ == "__main__":
    main()
