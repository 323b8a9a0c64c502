"""Gatehouse of this checkout or of an older one. Its limits are high enough for the load; all else is as shipped."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from access import signing_keys
from benchmarks.peers import programs
from benchmarks.peers.backends import Backends
from benchmarks.peers.programs import Program
from local import paths, servers
from tests import ports
from tests.environ import environ

_MANY = str(10**9)
_CREDENTIALS = Path(__file__).with_name("credentials.py")


@dataclass(frozen=True, slots=True)
class Gatehouse:
    """`token` is an API token; each of the `sessions` has a user of its own."""

    program: Program
    settings: Mapping[str, str]
    token: str
    sessions: Sequence[str]

    @property
    def graphql(self) -> str:
        return f"{self.program.url}/graphql"


@contextmanager
def running(
    backends: Backends, name: str, *, checkout: Path = paths.ROOT, processes: int = 1, **settings: str
) -> Iterator[Gatehouse]:
    """With a database and a Redis of its own, called `name`. `settings` are others, without `GATEHOUSE_`."""
    with several(backends, name, 1, checkout=checkout, processes=processes, **settings) as [started]:
        yield started


@contextmanager
def several(
    backends: Backends, name: str, number: int, *, checkout: Path = paths.ROOT, processes: int = 1, **settings: str
) -> Iterator[list[Gatehouse]]:
    """So many services that share a database and a Redis, each with a port of its own."""
    folder = backends.folder / name
    folder.mkdir()
    programs_of = checkout / ".venv" / "bin"
    with servers.Redis(folder) as redis, ExitStack() as stack:
        variables = _settings(backends, redis, name, folder) | {f"GATEHOUSE_{key}": settings[key] for key in settings}
        if checkout == paths.ROOT:
            # As `make run` does it; an older build does not know the setting.
            variables |= {"GATEHOUSE_TRITON_HTTP_URL": backends.triton_http}
        _run([programs_of / "gatehouse", "migrate"], variables)
        each = [{**variables, "GATEHOUSE_METRICS_ADDRESS": f"127.0.0.1:{ports.free()}"} for _ in range(number)]
        started = [
            stack.enter_context(_serving(checkout, own, processes, folder / f"log-{count}"))
            for count, own in enumerate(each)
        ]
        # -P, because modules beside the script are not the build's.
        issued = json.loads(_run([programs_of / "python", "-P", _CREDENTIALS], variables))
        token, sessions = issued["token"], issued["sessions"]
        yield [Gatehouse(one, own, token, sessions) for one, own in zip(started, each, strict=True)]


def _serving(
    checkout: Path, variables: Mapping[str, str], processes: int, log: Path
) -> AbstractContextManager[Program]:
    port = ports.free()
    command = [str(checkout / ".venv" / "bin" / "gatehouse"), "serve", "--port", str(port)]
    if processes > 1:
        command += ["--processes", str(processes)]
    return programs.running(
        command,
        url=f"http://127.0.0.1:{port}",
        ready="/readyz",
        environ=variables,
        folder=checkout,
        log=log,
    )


def takes_processes(checkout: Path = paths.ROOT) -> bool:
    """Whether `gatehouse serve` can start several processes."""
    return "--processes" in _run([checkout / ".venv" / "bin" / "gatehouse", "serve", "--help"], {})


def _settings(backends: Backends, redis: servers.Redis, name: str, folder: Path) -> dict[str, str]:
    keys = folder / "signing-keys.json"
    signing_keys.create(keys)
    return environ(
        DATABASE_URL=_database(backends.postgres, name),
        REDIS_URL=redis.url,
        TRITON_URL=backends.triton_grpc,
        SMTP_URL="smtp://127.0.0.1:1",
        SIGNING_KEYS_FILE=str(keys),
        FRONTEND_URL="https://front.example.org",
        MAIL_FROM="Gatehouse <noreply@example.org>",
        FREE_UNITS_PER_MINUTE=_MANY,
        FREE_UNITS_PER_DAY=_MANY,
        FREE_CONCURRENT_REQUESTS="1000",
        # As in docker/compose.yaml.
        LOG_FORMAT="json",
    )


def _database(postgres: servers.Postgres, name: str) -> str:
    """The address of a new database."""

    async def create() -> None:
        server = await asyncpg.connect(postgres.url)
        await server.execute(f'CREATE DATABASE "{name}"')
        await server.close()

    asyncio.run(create())
    return urlunsplit(urlsplit(postgres.url)._replace(path=f"/{name}"))


def _run(command: Sequence[str | Path], variables: Mapping[str, str]) -> str:
    ran = subprocess.run(
        [str(part) for part in command],
        env={"PATH": os.environ["PATH"], **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    return ran.stdout
