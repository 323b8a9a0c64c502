"""Users with plans and credentials in Postgres, and the gate that admits them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from access.credentials import Credential, Kind
from db.models.api_tokens import ApiToken
from db.models.plans import Plan
from db.models.sessions import Session
from db.models.usage import Usage
from db.models.users import User
from limits import partitions, revocation, rollup
from limits.charges import Admission, Charge, ModelCall
from limits.entries import Outcome
from limits.gate import Gate
from limits.last_uses import LastUses
from settings import Settings
from store.redis import Store, StoreDown
from tests import redis_servers
from tests.redis_cluster import RedisCluster

SCOPES = frozenset({"INFER", "READ"})


@dataclass
class Limiter:
    environ: dict[str, str]
    server: redis_servers.AnyRedis
    settings: Settings
    gate: Gate
    # A client of redis-py: one of its two classes.
    redis: Any

    @property
    def store(self) -> Store:
        return store_of(self.gate)

    @property
    def masters(self) -> int:
        """How many servers are in use."""
        return len(self.store.nodes)

    async def session(self, *, per_minute: int = 120, per_day: int = 10_000, at_once: int = 8) -> Credential:
        """A session of a new user with a separate plan."""
        return await self.session_of(await self.user(per_minute=per_minute, per_day=per_day, at_once=at_once))

    async def user(
        self, *, per_minute: int = 120, per_day: int = 10_000, at_once: int = 8, of_model: int | None = None
    ) -> User:
        """`of_model` is the units per minute for the model "text"."""
        bound = {"model": "text", "units_per_minute": of_model, "units_per_day": None}
        plan = await Plan.create(
            name=str(uuid4()),
            units_per_minute=per_minute,
            units_per_day=per_day,
            concurrent_requests=at_once,
            max_api_tokens=10,
            max_token_lifetime=timedelta(days=365),
            models=["hidden"],
            model_limits=[] if of_model is None else [bound],
        )
        return await User.create(email=f"{uuid4()}@example.org", password_digest="-", plan=plan)  # noqa: S106 - no user logs in

    async def session_of(self, user: User, *, lifetime: timedelta = timedelta(hours=1)) -> Credential:
        row = await Session.create(user=user, expires_at=datetime.now(UTC) + lifetime)
        return Credential(Kind.SESSION, row.id, user.id, SCOPES, row.expires_at)

    async def token_of(self, user: User, *, per_minute: int | None = None) -> Credential:
        row = await ApiToken.create(
            user=user,
            name="a",
            hint="-",
            scopes=["INFER"],
            models=["text"],
            units_per_minute=per_minute,
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
        return Credential(Kind.API_TOKEN, row.id, user.id, frozenset({"INFER"}), row.expires_at)

    async def call(self, credential: Credential, *, units: int = 1, model: str | None = "text") -> Admission:
        """One call, admitted and settled as a success."""
        admission = await self.gate.admit(credential, inference(units, model=model))
        await self.gate.settle(admission, [Outcome(model, 1, 0, units, 2.0)])
        return admission

    async def revoke(self, credential: Credential) -> revocation.Event:
        """Does what a resolver does, up to the commit."""
        table = Session if credential.kind is Kind.SESSION else ApiToken
        async with in_transaction("default") as transaction:
            await User.filter(id=credential.user_id).using_db(transaction).select_for_update()
            await table.filter(id=credential.id).using_db(transaction).update(revoked_at=datetime.now(UTC))
            return await revocation.note(transaction, credential.user_id, credential.id)

    async def note(self, user_id: UUID) -> revocation.Event:
        """An event for all credentials of a user, committed."""
        async with in_transaction("default") as transaction:
            return await revocation.note(transaction, user_id)

    async def usage(self, user_id: UUID) -> list[tuple[str, int, int, int]]:
        """Model, calls, failed calls and units, after a rollup of all logs."""
        assert await soon(self._is_rolled_up)
        rows = await Usage.filter(user_id=user_id).order_by("model").values_list("model", "calls", "failed", "units")
        return [tuple(row) for row in rows]

    async def _is_rolled_up(self) -> bool:
        """A rollup may be repeated, and is where a busy Redis has missed a deadline."""
        try:
            await rollup.roll_up_all(self.store)
        except StoreDown:
            return False
        return True

    async def kill_redis(self, *, until_served: bool = True) -> None:
        """Kills Redis with SIGKILL, and starts it with the data in its file."""
        before = self.store.generation("0")
        self.server.kill()
        self.server.start()
        await self.reconnect()
        await self.configure("appendfsync", "no")

        async def is_served_again() -> bool:
            return await self.is_served() and self.store.generation("0") > before

        assert not until_served or await soon(is_served_again)

    async def is_served(self) -> bool:
        """Whether this process knows all servers, and each of them answers."""
        return self.masters > 0 and all(node.up for node in self.store.nodes)

    async def configure(self, name: str, value: str) -> None:
        """Of all servers."""
        if isinstance(self.server, RedisCluster):
            await asyncio.to_thread(self.server.configure, name, value)
        else:
            await self.redis.config_set(name, value)

    async def keys(self, pattern: str) -> list[bytes]:
        """On all servers."""
        return [key async for key in self.redis.scan_iter(pattern)]

    async def reconnect(self) -> None:
        """After Redis was killed: the connections of the tests' own client are broken."""
        await self.redis.aclose()

    async def state(self, user_id: UUID) -> dict[str, Any]:
        """The user's limits in Redis."""
        keys = partitions.of_user(user_id)
        minute, day = await self.redis.hget(keys.minute[0], "t"), await self.redis.hget(keys.day, "u")
        return {
            "minute": int(minute or 0),
            "day": int(day or 0),
            "slots": await self.redis.zcard(keys.slots),
            "open": await self.redis.hlen(partitions.running(keys.partition)),
        }


def store_of(gate: Gate) -> Store:
    """The gate's store. Only tests use it directly; the service asks the gate."""
    return gate.store


def last_uses_of(gate: Gate) -> LastUses:
    """What the gate has noted of the last uses. Tests choose when it is written; the service writes each second."""
    return gate.last_uses


def inference(units: int = 1, *, model: str | None = "text", longest: timedelta = timedelta(seconds=30)) -> Charge:
    return Charge("plan", (ModelCall(model, units),), longest)


@asynccontextmanager
async def opened(environ: dict[str, str], server: redis_servers.AnyRedis) -> AsyncIterator[Limiter]:
    settings = Settings.from_environ(environ)
    if isinstance(server, RedisCluster):
        # A test before may have left it while a replica took a master's place.
        await asyncio.to_thread(server.start)
    redis = redis_servers.client(server.url)
    await redis.flushall()
    async with running(settings) as gate:
        limiter = Limiter(environ, server, settings, gate, redis)
        # With it Redis writes the file before it answers, so that a kill tests our code and not the disk.
        await limiter.configure("appendfsync", "no")
        assert await soon(limiter.is_served)
        yield limiter
    await redis.aclose()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Gate]:
    gate = Gate(settings)
    await gate.start()
    watching = asyncio.create_task(gate.watch())
    try:
        yield gate
    finally:
        await gate.drain()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await gate.aclose()


async def soon(claim: Any, *, within: float = 30.0) -> bool:
    """Whether the claim comes true. The bound is generous: a busy machine is no fault of the service."""
    end = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < end:
        if await claim():
            return True
        await asyncio.sleep(0.02)
    return False


__all__ = ["Limiter", "Sequence", "field", "inference", "opened", "running", "soon", "store_of"]
