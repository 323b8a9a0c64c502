"""100,000 API tokens of 10,000 users in the Postgres and the Redis of one Gatehouse."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from itertools import chain
from uuid import UUID

import asyncpg
import httpx2
from redis.asyncio import Redis

from access.credentials import Credential, Kind, Signer
from benchmarks.peers import calls
from benchmarks.peers.gatehouse import Gatehouse
from limits import partitions
from settings import Settings

TOKENS, OF_A_USER = 100_000, 10
_BATCH, _CHECKED = 5_000, 20
# The hash of their numbers makes the ids.
_USERS = """
INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
SELECT md5('u' || n)::uuid, 'u' || n || '@example.org', '-', now(), 'en', 'USER', plans.id, now()
FROM generate_series(0, $1::int) n, plans WHERE plans.name = 'free'
"""
_API_TOKENS = """
INSERT INTO api_tokens (id, user_id, name, hint, scopes, created_at, expires_at)
SELECT md5('t' || n)::uuid, md5('u' || n / $2::int)::uuid, n::text, '-', '["INFER", "READ"]', now(), $3
FROM generate_series(0, $1::int) n
"""
_LOADS = re.compile(r'gatehouse_redis_seconds_count\{script="cache_load"[^}]*\} (\S+)')


async def fill(gatehouse: Gatehouse, *, some: int) -> Sequence[str]:
    """Returns the credentials of `some` of the tokens."""
    settings = Settings.from_environ(gatehouse.settings)
    now = datetime.now(UTC).replace(microsecond=0)
    await _fill_postgres(settings, now + timedelta(hours=12))
    credentials = [_credential(number, now + timedelta(hours=12)) for number in range(TOKENS)]
    signer = Signer.from_settings(settings)
    chosen = [signer.sign(one, now) for one in credentials[:: TOKENS // some]]
    await _call(gatehouse, chosen[0])
    async with Redis.from_url(str(settings.redis_url)) as redis:
        await _copy_entries(redis, credentials)
    loads = _cache_loads(gatehouse)
    for token in chosen[-_CHECKED:]:
        await _call(gatehouse, token)
    assert _cache_loads(gatehouse) == loads, "an entry in Redis is not as Gatehouse writes it"
    return chosen


async def _fill_postgres(settings: Settings, ends: datetime) -> None:
    database = await asyncpg.connect(str(settings.database_url))
    await database.execute(_USERS, TOKENS // OF_A_USER - 1)
    await database.execute(_API_TOKENS, TOKENS - 1, OF_A_USER, ends)
    await database.execute("ANALYZE")
    await database.close()


async def _call(gatehouse: Gatehouse, token: str) -> None:
    """If Redis has no entries of this token and its user, Gatehouse writes them."""
    call = calls.infer(gatehouse, [token])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": call.content_type}
    async with httpx2.AsyncClient() as http:
        answer = await http.post(call.url, content=call.body, headers=headers)
    assert call.expected in answer.text, answer.text


def _cache_loads(gatehouse: Gatehouse) -> int:
    """How often it has read a credential from Postgres, because Redis had none."""
    text = httpx2.get(f"http://{gatehouse.settings['GATEHOUSE_METRICS_ADDRESS']}/metrics").text
    return sum(int(float(count)) for count in _LOADS.findall(text))


async def _copy_entries(redis: Redis, credentials: Sequence[Credential]) -> None:
    """The entries of the first token and its user, under the names of all others: all have the same plan and end."""
    first = partitions.of_user(credentials[0].user_id, credentials[0].id)
    entries = [
        (await redis.hgetall(key), await redis.pttl(key)) for key in (first.credential_entry, first.subject_entry)
    ]
    assert all(fields and lasts > 0 for fields, lasts in entries), entries
    for begin in range(0, len(credentials), _BATCH):
        pipeline = redis.pipeline(transaction=False)
        for one in credentials[begin : begin + _BATCH]:
            names = partitions.of_user(one.user_id, one.id)
            for key, (fields, lasts) in zip((names.credential_entry, names.subject_entry), entries, strict=True):
                pipeline.hset(key, items=list(chain.from_iterable(fields.items())))
                pipeline.pexpire(key, lasts)
        await pipeline.execute()
    assert await redis.dbsize() >= TOKENS + TOKENS // OF_A_USER


def _credential(number: int, ends: datetime) -> Credential:
    scopes = frozenset({"INFER", "READ"})
    return Credential(Kind.API_TOKEN, _id(f"t{number}"), _id(f"u{number // OF_A_USER}"), scopes, ends)


def _id(name: str) -> UUID:
    return UUID(md5(name.encode(), usedforsecurity=False).hexdigest())
