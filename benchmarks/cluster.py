"""What callers notice of a Redis Cluster that changes: `python -m benchmarks.cluster`.

The gate of one process over three masters with a replica each, on one machine. One user on the master that is killed,
one on another, a call every 10 ms. `cluster-node-timeout` is a second. Then a slot with 1,000 keys moves, key by key.
"""

import asyncio
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import uvloop
from redis.crc import key_slot

import errors
from access.credentials import Credential
from benchmarks import admission
from db import connection
from db.migrate import migrate
from limits import partitions
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from limits.gate import Gate
from local import servers
from settings import Settings
from tests import ports, redis_servers
from tests.environ import environ
from tests.redis_cluster import ClusterNode, RedisCluster

_CHARGE = Charge("plan", (ModelCall("text", 1),), timedelta(seconds=30))
_OUTCOMES = [Outcome("text", 1, 0, 1, 1.0)]
_ROUNDS, _KEYS = 3, 1000


@dataclass
class Calls:
    """Of one user: how many were answered, and how long each refusal took. Times are of `perf_counter`."""

    served: int = 0
    refusals: list[float] = field(default_factory=list)
    last_served: float = 0.0

    async def go_on(self, gate: Gate, credential: Credential) -> None:
        while True:
            began = time.perf_counter()
            try:
                await gate.settle(await gate.admit(credential, _CHARGE), _OUTCOMES)
                self.served, self.last_served = self.served + 1, time.perf_counter()
            except errors.ServiceUnavailable:
                self.refusals.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)


def main() -> None:
    ports.give_servers_their_share()
    with tempfile.TemporaryDirectory() as folder, RedisCluster(Path(folder) / "cluster") as cluster:
        with servers.running(servers.Postgres(Path(folder))) as (postgres,):
            settings = Settings.from_environ(environ(DATABASE_URL=postgres.url, REDIS_URL=cluster.url))
            uvloop.run(_measure(settings, cluster))


async def _measure(settings: Settings, cluster: RedisCluster) -> None:
    await migrate(settings)
    await connection.connect(settings)
    gate = Gate(settings)
    await gate.start()
    watching = asyncio.create_task(gate.watch())
    ada = await admission.credential("ada@example.org")
    bob = ada
    while cluster.owner(partitions.of(bob.user_id)) is cluster.owner(partitions.of(ada.user_id)):
        bob = await admission.credential(f"{time.perf_counter_ns()}@example.org")
    for _ in range(_ROUNDS):
        await _lose_a_master(gate, cluster, ada, bob)
    await _move_a_slot(gate, cluster, ada, bob)
    await gate.aclose()
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await connection.close()


async def _lose_a_master(gate: Gate, cluster: RedisCluster, ada: Credential, bob: Credential) -> None:
    of_ada, of_bob = Calls(), Calls()
    calling = [asyncio.create_task(calls.go_on(gate, who)) for calls, who in ((of_ada, ada), (of_bob, bob))]
    await asyncio.sleep(1)
    master = cluster.owner(partitions.of(ada.user_id))
    killed, before = time.perf_counter(), of_ada.served
    master.kill()
    promoted = await asyncio.to_thread(_promotion, cluster, master, partitions.of(ada.user_id))
    while of_ada.served == before or of_ada.last_served < promoted:  # noqa: ASYNC110 - no event shows it
        await asyncio.sleep(0.01)
    served = of_ada.last_served
    for one in calling:
        one.cancel()
    print(
        f"killed: the replica is master after {promoted - killed:.2f} s, and serves {max(0, served - promoted):.2f} s "
        f"later; {len(of_ada.refusals)} refusals, the slowest {max(of_ada.refusals) * 1000:.0f} ms; another master's "
        f"user: {of_bob.served} calls, {len(of_bob.refusals)} refusals"
    )
    await asyncio.to_thread(cluster.start)


def _promotion(cluster: RedisCluster, lost: ClusterNode, partition: str) -> float:
    while cluster.owner(partition) is lost:
        time.sleep(0.01)
    return time.perf_counter()


async def _move_a_slot(gate: Gate, cluster: RedisCluster, ada: Credential, bob: Credential) -> None:
    partition = partitions.of(ada.user_id)
    first = cluster.owner(partition)
    there = cluster.another(first)
    async with redis_servers.client(cluster.url) as client:
        for number in range(_KEYS):
            await client.hset(f"{{{partition}}}:benchmark:{number}", mapping={"a": 1, "b": 2})
    of_ada, of_bob = Calls(), Calls()
    calling = [asyncio.create_task(calls.go_on(gate, who)) for calls, who in ((of_ada, ada), (of_bob, bob))]
    await asyncio.sleep(1)
    began = time.perf_counter()
    await asyncio.to_thread(cluster.move, key_slot(partition.encode()), first, there)
    took = time.perf_counter() - began
    await asyncio.sleep(1)
    for one in calling:
        one.cancel()
    print(
        f"moved: a slot of {_KEYS} keys in {took:.2f} s; {of_ada.served} calls, {len(of_ada.refusals)} refusals; "
        f"another master's user: {of_bob.served} calls, {len(of_bob.refusals)} refusals"
    )


if __name__ == "__main__":
    main()
