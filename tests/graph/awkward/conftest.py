"""One Triton with awkward models for all these tests. A test that changes a model restores it."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from local import servers
from tests.graph.awkward import models
from tests.service import Client, Service


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("awkward")
    models.write_all(folder)
    return folder


@pytest.fixture(scope="package")
def own_triton(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[servers.Triton]:
    flags = ["--cache-config=local,size=1048576"]
    with servers.Triton(tmp_path_factory.mktemp("awkward-triton"), [folder], flags=flags) as server:
        yield server
        server.kill()


@pytest.fixture(scope="package")
def own_service(new_service: Callable[..., Service], own_triton: servers.Triton) -> Iterator[Service]:
    with new_service(TRITON_URL=own_triton.url) as service:
        yield service


@pytest.fixture(scope="package")
async def client(own_service: Service) -> AsyncIterator[Client]:
    client = Client(own_service.url)
    yield client
    await client.aclose()
