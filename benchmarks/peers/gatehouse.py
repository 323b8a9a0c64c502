"""Gatehouse of this checkout or of an older one. Its limits are high enough for the load; all else is as shipped."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    folder, port = backends.folder / name, ports.free()
    folder.mkdir()
    programs_of = checkout / ".venv" / "bin"
    command = [str(programs_of / "gatehouse"), "serve", "--port", str(port)]
    if processes > 1:
        command += ["--processes", str(processes)]
    with servers.Redis(folder) as redis:
        variables = _settings(backends, redis, name, folder) | {f"GATEHOUSE_{key}": settings[key] for key in settings}
        if checkout == paths.ROOT:
            # As `make run` does it; an older build does not know the setting.
            variables |= {"GATEHOUSE_TRITON_HTTP_URL": backends.triton_http}
        _run([programs_of / "gatehouse", "migrate"], variables)
        with programs.running(
            command,
            url=f"http://127.0.0.1:{port}",
            ready="/readyz",
            environ=variables,
            folder=checkout,
            log=folder / "log",
        ) as program:
            # -P, because modules beside the script are not the build's.
            issued = json.loads(_run([programs_of / "python", "-P", _CREDENTIALS], variables))
            yield Gatehouse(program, variables, issued["token"], issued["sessions"])


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
        METRICS_ADDRESS=f"127.0.0.1:{ports.free()}",
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
