"""Nginx in front of two processes of the API, with a worker beside them, as compose has them."""

import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count

import httpx2
import pytest

from tests.docker import compose
from tests.docker.names import Names
from tests.docker.nginx import Nginx
from tests.service import Service, Worker, free_port

_numbers = count()
# All of 127.0.0.0/8 is this machine. Attempts and floods are counted by address: each client has its own.
_clients = count(int(IPv4Address("127.9.0.1")))


@dataclass
class Edge:
    apis: tuple[Service, Service]
    names: Names
    nginx: Nginx
    new_nginx: Callable[..., Nginx]


@pytest.fixture(scope="package")
def edge(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    # Nginx asks from here.
    settings = settings | {"GATEHOUSE_TRUSTED_PROXIES": "127.0.0.1"}
    port, hosts = free_port(), (f"127.0.{os.getpid() % 250}.2", f"127.0.{os.getpid() % 250}.3")
    apis = tuple(Service(settings, folder / f"api-{host}.log", host=host, port=port) for host in hosts)
    worker, names = Worker(settings, folder / "worker.log"), Names(*hosts)

    def new_nginx(*, names: Names = names, api: int = port, **values: str) -> Nginx:
        made = compose.edge_values() | {f"EDGE_{name}": value for name, value in values.items()}
        return Nginx(made, folder / f"nginx-{next(_numbers)}", names=names, api=f"api:{api}")

    with ExitStack() as running, ThreadPoolExecutor(3) as side_by_side:
        list(side_by_side.map(lambda one: running.enter_context(one), (*apis, worker)))
        running.enter_context(names)
        # As much as all tests ask for together.
        nginx = running.enter_context(new_nginx(BURST="100000"))
        yield Edge((apis[0], apis[1]), names, nginx, new_nginx)


def trusting(nginx: Nginx) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=nginx.certificate)


class EdgeClient(httpx2.AsyncClient):
    """Sends to nginx from its own address."""

    def __init__(self, nginx: Nginx) -> None:
        self.address = str(IPv4Address(next(_clients)))
        transport = httpx2.AsyncHTTPTransport(verify=trusting(nginx), local_address=self.address)
        super().__init__(base_url=nginx.url, transport=transport, timeout=30)


@pytest.fixture
async def client(edge: Edge) -> AsyncIterator[Callable[..., EdgeClient]]:
    """`client()` sends to nginx from an address that no other client has."""
    opened: list[EdgeClient] = []

    def make(nginx: Nginx = edge.nginx) -> EdgeClient:
        opened.append(EdgeClient(nginx))
        return opened[-1]

    yield make
    for one in opened:
        await one.aclose()
