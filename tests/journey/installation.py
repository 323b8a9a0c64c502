"""Gatehouse as an operator has it: two API processes, a worker, and the servers that they stand on."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
from redis.asyncio import Redis

from access import signing_keys
from access.credentials import Credential, Kind, Signer
from limits import partitions
from local import servers
from settings import Settings
from tests import clusters, together
from tests.journey.client import AccountClient
from tests.mails import until
from tests.pgbouncer import PgBouncer
from tests.service import TLS, Service, Worker, free_port

_ROOT = Path(__file__).parents[2]
_MODELS = _ROOT / "tests" / "models"
_PLAN = """
INSERT INTO plans
    (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens, max_token_lifetime, models)
VALUES ($1, $2, $3, $4, $5, 10, $6, '[]')
"""
_USER = """
INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
VALUES ($1, $2, '-', now(), 'en', 'USER', $3, now())
"""
_SESSION = """
INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $3, $4)
"""
_USAGE = "SELECT model, sum(calls)::int, sum(failed)::int, sum(units)::int FROM usage WHERE user_id = $1 GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account and a session, who was not made to sign up: that has tests of its own."""

    id: UUID
    email: str
    session: str


@dataclass
class Installation:
    environ: dict[str, str]
    postgres: servers.Postgres
    redis: servers.Redis
    mail: servers.Mail
    worker: Worker
    services: Sequence[Service]
    signer: Signer
    triton: servers.Triton | None = None
    # Before Postgres, where the installation was started with one.
    pooler: PgBouncer | None = None

    @property
    def urls(self) -> list[str]:
        return [service.url for service in self.services]

    async def person(self, *, per_minute: int = 1000, per_day: int = 100_000, at_once: int = 1000) -> Person:
        """With a plan of their own."""
        plan_id, user_id = uuid4(), uuid4()
        email = f"{user_id}@example.org"
        year = timedelta(days=365) // timedelta(microseconds=1)
        async with self.database() as database:
            await database.execute(_PLAN, plan_id, str(plan_id), per_minute, per_day, at_once, year)
            await database.execute(_USER, user_id, email, plan_id)
        return Person(user_id, email, await self.session_of(user_id))

    async def session_of(self, user_id: UUID) -> str:
        at = datetime.now(UTC).replace(microsecond=0)
        credential = Credential(Kind.SESSION, uuid4(), user_id, frozenset(), at + timedelta(hours=1))
        async with self.database() as database:
            await database.execute(_SESSION, credential.id, user_id, at, credential.expires_at)
        return self.signer.sign(credential, at)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Any]:
        # Not through a pooler.
        direct = self.environ.get("GATEHOUSE_DATABASE_DIRECT_URL") or self.environ["GATEHOUSE_DATABASE_URL"]
        connection = await asyncpg.connect(direct)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def in_redis(self) -> AsyncIterator[Redis]:
        redis = Redis.from_url(self.redis.url)
        try:
            yield redis
        finally:
            await redis.aclose()

    async def counted(self, person: Person) -> dict[str, tuple[int, int, int]]:
        """Calls, failed and units by model, as the worker has written them so far."""
        async with self.database() as database:
            return {model: tuple(sums) for model, *sums in await database.fetch(_USAGE, person.id)}

    async def running(self, person: Person) -> int:
        """The person's calls that were admitted and not settled."""
        async with self.in_redis() as redis:
            lines: list[bytes] = await redis.hvals(partitions.running(partitions.of(person.id)))  # type: ignore[assignment]
        # Other tests share Redis, and may have left a call of another user in the same partition.
        return sum(line.split(b"|", 8)[6] == str(person.id).encode() for line in lines)

    async def is_rolled_up(self, person: Person) -> bool:
        """Whether the worker has written all calls of the person's partition that have ended."""
        partition = partitions.of(person.id)
        async with self.in_redis() as redis:
            generations = await redis.smembers(partitions.logs(partition))
            # It empties a log after the commit.
            return not any([await redis.xlen(partitions.log(partition, int(number))) for number in generations])

    async def end_leases(self, person: Person) -> None:
        """As if the leases of all that runs in the person's partition had ended a minute ago."""
        key = partitions.running(partitions.of(person.id))
        async with self.in_redis() as redis:
            lines: dict[bytes, bytes] = await redis.hgetall(key)  # type: ignore[assignment]
            seconds, _ = await redis.time()
            for call, line in lines.items():
                _, _, rest = line.partition(b"|")
                await redis.hset(key, call, b"%d|" % ((seconds - 60) * 1000) + rest)

    async def end_slots(self, person: Person) -> None:
        """As if no slot of the person had been renewed for a minute."""
        async with self.in_redis() as redis:
            key = partitions.of_user(person.id).slots
            calls: list[bytes] = await redis.zrange(key, 0, -1)  # type: ignore[assignment]
            await redis.zadd(key, dict.fromkeys(calls, 1), xx=True)

    async def has_slot(self, person: Person) -> bool:
        """Whether a call of the person has a slot that is not over."""
        async with self.in_redis() as redis:
            seconds, _ = await redis.time()
            return bool(await redis.zcount(partitions.of_user(person.id).slots, seconds * 1000, "+inf"))

    async def start_redis(self) -> None:
        """What it acknowledged is in its file, so that a kill tests us and not the disk."""
        await asyncio.to_thread(self.redis.start)
        async with self.in_redis() as redis:
            await redis.config_set("appendfsync", "no")

    async def recovered(self, *, within: float = 60) -> None:
        """Until both processes see all that they stand on, and take credentials from Redis again."""
        asking = await self.person()
        async with httpx2.AsyncClient(verify=TLS) as http:
            for url in self.urls:
                await until(partial(_is_ready, http, url, asking), within=within)


async def _is_ready(http: httpx2.AsyncClient, url: str, person: Person) -> bool:
    if (await http.get(f"{url}/readyz")).status_code != 200:
        return False
    async with AccountClient(url, person.session) as client:
        return (await client.post("{ models(first: 1) { totalCount } }")).status_code == 200


@contextmanager
def running(
    folder: Path,
    *,
    models: Sequence[Path] = (_MODELS,),
    settings: Mapping[str, str] = MappingProxyType({}),
    is_pooled: bool = False,
) -> Iterator[Installation]:
    """`models` are Triton's repositories; `settings` are set besides those of all. With `is_pooled` a PgBouncer in
    transaction mode stands before Postgres."""
    clusters.fill(folder)
    postgres, redis, mail = servers.Postgres(folder, durable=False), servers.Redis(folder), servers.Mail(folder)
    triton = servers.Triton(folder, models)
    with servers.running(postgres, redis, mail, triton), ExitStack() as stack:
        keys = folder / "keys.json"
        signing_keys.create(keys)
        environ = _environ(postgres, redis, mail, triton) | {"GATEHOUSE_SIGNING_KEYS_FILE": str(keys), **settings}
        pooler = PgBouncer(folder, before=postgres.url, mode="transaction", round_robin=True) if is_pooled else None
        if pooler is not None:
            stack.enter_context(pooler)
            environ |= {"GATEHOUSE_DATABASE_URL": pooler.url, "GATEHOUSE_DATABASE_DIRECT_URL": postgres.url}
        services = [Service(environ | free_metrics(), folder / f"service-{number}.log") for number in (1, 2)]
        services[0].migrate()
        worker = Worker(environ | free_metrics(), folder / "worker.log")
        with together.running(worker, *services):
            signer = Signer.from_settings(Settings.from_environ(environ))
            yield Installation(environ, postgres, redis, mail, worker, services, signer, triton, pooler)
        triton.kill()  # a stop in good order takes seconds


def free_metrics() -> dict[str, str]:
    return {"GATEHOUSE_METRICS_ADDRESS": f"127.0.0.1:{free_port()}"}


def _environ(
    postgres: servers.Postgres, redis: servers.Redis, mail: servers.Mail, triton: servers.Triton
) -> dict[str, str]:
    return {
        "GATEHOUSE_DATABASE_URL": postgres.url,
        "GATEHOUSE_REDIS_URL": redis.url,
        "GATEHOUSE_TRITON_URL": triton.url,
        "GATEHOUSE_SMTP_URL": mail.url,
        "GATEHOUSE_FRONTEND_URL": "https://front.example.org",
        "GATEHOUSE_MAIL_FROM": "Gatehouse <noreply@example.org>",
        "GATEHOUSE_FREE_UNITS_PER_MINUTE": "20",
        "GATEHOUSE_FREE_UNITS_PER_DAY": "1000",
        "GATEHOUSE_FREE_CONCURRENT_REQUESTS": "2",
        "GATEHOUSE_FREE_MAX_TOKEN_LIFETIME_DAYS": "7",
        # All tests ask from one network.
        "GATEHOUSE_MAILS_PER_NETWORK": "100000",
        # Receivers of webhooks are on this machine.
        "GATEHOUSE_WEBHOOK_HTTP": "true",
        "GATEHOUSE_WEBHOOK_ALLOWED": "127.0.0.0/8",
    }
