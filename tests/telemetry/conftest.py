"""An API process and a worker that are seen from outside, over a Redis, a database and a Triton of these tests' own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from access.credentials import Signer
from local import servers
from settings import Settings
from tests.journey.client import AccountClient
from tests.journey.installation import Installation
from tests.service import Service, Worker, free_port
from tests.telemetry.collector import Collector

_CONFIG = """
name: "{name}"
backend: "python"
max_batch_size: 0
input [ {{ name: "IN" data_type: TYPE_INT32 dims: [ 1 ] }} ]
output [ {{ name: "PARAMETERS" data_type: TYPE_STRING dims: [ 1 ] }} ]
parameters: {{ key: "gatehouse.description" value: {{ string_value: "Tells what came with a call." }} }}
parameters: {{ key: "gatehouse.public" value: {{ string_value: "{public}" }} }}
"""
_MODEL = '''"""Answers with the parameters of each request; headers that Triton passes on are among them."""

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        return [_answer(request.parameters()) for request in requests]


def _answer(parameters):
    told = np.array([parameters.encode()], dtype=np.object_)
    return triton.InferenceResponse([triton.Tensor("PARAMETERS", told)])
'''


@pytest.fixture(scope="package")
def collector() -> Iterator[Collector]:
    with Collector().running() as started:
        yield started


@pytest.fixture(scope="package")
async def installation(
    postgres: servers.Postgres,
    template: str,
    catcher: servers.Mail,
    collector: Collector,
    settings: dict[str, str],
    signing_keys_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("telemetry")
    redis, triton = servers.Redis(folder), servers.Triton(folder, [_repository(folder)])
    with servers.running(redis, triton):
        environ = settings | {
            "GATEHOUSE_DATABASE_URL": await _database(postgres, template),
            "GATEHOUSE_REDIS_URL": redis.url,
            "GATEHOUSE_TRITON_URL": triton.url,
            "GATEHOUSE_TRACES_URL": collector.url,
        }
        service = Service(environ | _metrics_address(), folder / "service.log")
        worker = Worker(environ | _metrics_address(), folder / "worker.log")
        with ExitStack() as closing:
            closing.push(worker)
            closing.push(service)
            await asyncio.gather(asyncio.to_thread(worker.start), asyncio.to_thread(service.start))
            signer = Signer.from_settings(Settings.from_environ(environ))
            yield Installation(environ, postgres, redis, catcher, worker, [service], signer)


@pytest.fixture
async def client_of(installation: Installation) -> AsyncIterator[Callable[..., AccountClient]]:
    """`client_of(session)` talks to the API with that credential, `client_of()` without any."""
    opened: list[AccountClient] = []

    def client(credential: str | None = None) -> AccountClient:
        opened.append(AccountClient(installation.urls[0], credential))
        return opened[-1]

    yield client
    for one in opened:
        async with one:
            pass


def _metrics_address() -> dict[str, str]:
    return {"GATEHOUSE_METRICS_ADDRESS": f"127.0.0.1:{free_port()}"}


def _repository(folder: Path) -> Path:
    for name, public in (("traced", "true"), ("closed", "false")):
        version = folder / "models" / name / "1"
        version.mkdir(parents=True)
        (version / "model.py").write_text(_MODEL)
        (version.parent / "config.pbtxt").write_text(_CONFIG.format(name=name, public=public))
    return folder / "models"


async def _database(postgres: servers.Postgres, template: str) -> str:
    server = await asyncpg.connect(postgres.url)
    await server.execute(f"CREATE DATABASE of_telemetry TEMPLATE {template}")
    await server.close()
    return urlunsplit(urlsplit(postgres.url)._replace(path="/of_telemetry"))
