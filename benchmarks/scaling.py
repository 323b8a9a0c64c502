"""What docs/scaling.md reckons with: what one call, one user and one process cost each part of an installation.

`python -m benchmarks scaling`. Processor time, bytes on the wire, memory in Redis, rows of the rollup, connections.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from access import signing_keys
from access.credentials import Signer
from benchmarks import relay
from benchmarks.peers import meters
from benchmarks.relay import Relay
from benchmarks.stage import ROOT
from local import servers
from settings import Settings
from tests.environ import environ
from tests.journey.client import TEXT, AccountClient, code
from tests.journey.installation import Installation, Person, free_metrics
from tests.mails import until
from tests.service import Service, Worker

_PEOPLE = 200
_CALLS_OF_EACH = 10
_AT_ONCE = 16
_IDLE_SECONDS = 5
_CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


@dataclass(frozen=True, slots=True)
class _Parts:
    api: Service
    worker: Worker
    installation: Installation
    to_triton: Relay
    api_to_postgres: Relay
    worker_to_postgres: Relay

    async def read(self) -> dict[str, float]:
        """All counters so far."""
        pids = {
            "API": self.api.pid,
            **({"worker": self.worker.pid} if self.worker.is_running() else {}),
            "Redis": self.installation.redis.pid,
            "Postgres": self.installation.postgres.pid,
            "Triton": cast(servers.Triton, self.installation.triton).pid,
        }
        found = {f"{name}: CPU": meters.cpu_seconds(pid) for name, pid in pids.items()}
        async with self.installation.in_redis() as redis:
            info: dict[str, Any] = await redis.info("stats")
        found["Redis: bytes in"] = info["total_net_input_bytes"]
        found["Redis: bytes out"] = info["total_net_output_bytes"]
        found["Redis: commands"] = info["total_commands_processed"]
        for name, one in (
            ("Triton", self.to_triton),
            ("Postgres, from the API", self.api_to_postgres),
            ("Postgres, from the worker", self.worker_to_postgres),
        ):
            found[f"{name}: bytes in"], found[f"{name}: bytes out"] = one.there, one.back
        return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        postgres, redis = servers.Postgres(data, durable=False), servers.Redis(data)
        triton = servers.Triton(data, [ROOT / "tests" / "models"])
        with (
            servers.running(postgres, redis, triton),
            relay.before(triton.url) as to_triton,
            relay.before(postgres.url) as of_api,
            relay.before(postgres.url) as of_worker,
        ):
            keys = data / "keys.json"
            signing_keys.create(keys)
            variables = environ(
                REDIS_URL=redis.url,
                TRITON_URL=f"127.0.0.1:{to_triton.own_port}",
                SMTP_URL="smtp://127.0.0.1:1",
                SIGNING_KEYS_FILE=str(keys),
                FRONTEND_URL="https://front.example.org",
                MAIL_FROM="Gatehouse <noreply@example.org>",
                DATABASE_URL=_through(postgres.url, of_api),
            )
            api = Service(variables | free_metrics(), data / "api.log")
            own = {"GATEHOUSE_DATABASE_URL": _through(postgres.url, of_worker)}
            worker = Worker(variables | own | free_metrics(), data / "worker.log")
            api.migrate()
            with api, worker:
                signer = Signer.from_settings(Settings.from_environ(variables))
                mail = cast(Any, None)
                installation = Installation(variables, postgres, redis, mail, worker, [api], signer, triton)
                asyncio.run(_measure(_Parts(api, worker, installation, to_triton, of_api, of_worker)))


def _through(url: str, one: Relay) -> str:
    place = urlsplit(url)
    return place._replace(netloc=f"{place.netloc.rpartition(':')[0]}:{one.own_port}").geturl()


async def _measure(parts: _Parts) -> None:
    people = [await parts.installation.person(per_minute=10**6, per_day=10**8) for _ in range(_PEOPLE)]
    clients = [AccountClient(parts.api.url, person.session) for person in people]
    # The first call of each loads the credential from Postgres.
    await _call_all(clients, 1)
    await _until_counted(parts, _PEOPLE)
    await _idle(parts, "An API process and a worker without calls, each second")
    await asyncio.to_thread(parts.worker.stop)
    idle = await _idle(parts, "The API process alone, each second")
    calls, before, began = _PEOPLE * _CALLS_OF_EACH, await parts.read(), time.monotonic()
    await _call_all(clients, _CALLS_OF_EACH)
    seconds = time.monotonic() - began
    spent = await _spent(parts, before, idle, seconds, calls)
    _print(f"A call, of {calls} at {calls / seconds:.0f} a second, without the rollup", spent)
    await _rollup(parts, calls)
    await _kept(parts, people)
    for client in clients:
        await client.__aexit__(None, None, None)


async def _idle(parts: _Parts, title: str) -> dict[str, float]:
    before = await parts.read()
    await asyncio.sleep(_IDLE_SECONDS)
    spent = await _spent(parts, before, {}, 0, _IDLE_SECONDS)
    _print(title, spent)
    return spent


async def _spent(
    parts: _Parts, before: dict[str, float], idle: dict[str, float], seconds: float, parted: int
) -> dict[str, float]:
    """Since `before`, less what is spent without calls, for each of `parted`."""
    now = await parts.read()
    return {
        name: (now[name] - value - idle.get(name, 0) * seconds) / parted
        for name, value in before.items()
        if name in now
    }


async def _call_all(clients: Sequence[AccountClient], times: int) -> None:
    waiting = iter([client for _ in range(times) for client in clients])

    async def call_on() -> None:
        for client in waiting:
            answer = await client.post(TEXT)
            assert code(answer) == "OK", answer.text

    await asyncio.gather(*(call_on() for _ in range(_AT_ONCE)))


async def _until_counted(parts: _Parts, calls: int) -> None:
    async with parts.installation.database() as database:

        async def is_there() -> bool:
            return bool(await database.fetchval("SELECT coalesce(sum(calls), 0) = $1 FROM usage", calls))

        await until(is_there, within=120, every=0.05)


async def _rollup(parts: _Parts, calls: int) -> None:
    """The calls wait in Redis' logs until the worker comes back."""
    await asyncio.to_thread(parts.worker.start)
    before, began = await parts.read(), time.monotonic()
    await _until_counted(parts, _PEOPLE + calls)
    seconds = time.monotonic() - began
    # Its other work is in it: this is an upper bound where few calls wait.
    _print(f"The rollup of {calls} calls, in {seconds:.2f} s, for each", await _spent(parts, before, {}, 0, calls))


async def _kept(parts: _Parts, people: Sequence[Person]) -> None:
    async with parts.installation.in_redis() as redis:
        of_user = [str(person.id).encode() for person in people]
        keys = [key async for key in redis.scan_iter(count=1000)]
        sizes = [(key, await redis.memory_usage(key)) for key in keys]
        clients = len(await redis.client_list()) - 1
    async with parts.installation.database() as database:
        rows = await database.fetchval("SELECT count(*) FROM usage")
        connections = await database.fetchval(_CLIENTS)
    theirs = sum(size or 0 for key, size in sizes if any(one in key for one in of_user))
    others = sum(size or 0 for _, size in sizes) - theirs
    print(
        f"\nRedis keeps {theirs / _PEOPLE:.0f} bytes for a user who has called, and {others} besides; "
        f"{clients} connections"
    )
    print(f"Postgres has {rows} rows of usage and {connections} connections")
    for name, pid in (("API", parts.api.pid), ("worker", parts.worker.pid)):
        print(f"{name}: {meters.rss_bytes(pid) / 1e6:.0f} MB")


def _print(title: str, figures: dict[str, float]) -> None:
    print(f"\n{title}")
    for name, figure in figures.items():
        shown = f"{figure * 1e6:10.0f} µs" if name.endswith("CPU") else f"{figure:10.1f}"
        print(f"  {name:40}{shown}")


if __name__ == "__main__":
    main()
