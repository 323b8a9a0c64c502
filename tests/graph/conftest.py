from collections.abc import AsyncIterator, Callable, Iterator

import grpc
import pytest
from tritonclient.grpc import service_pb2_grpc

from local import servers
from tests.service import Client, Service

EVERYDAY = '{ service { health } model(name: "identity") { name } }'
ANSWER = {"data": {"service": {"health": "UP"}, "model": {"name": "identity"}}}
ALLOWED = ("https://www.example.org", "http://localhost:3000")


@pytest.fixture(scope="package")
def guarded(new_service: Callable[..., Service]) -> Iterator[Service]:
    """It lets no visitor infer, trusts 127.0.0.1 and no other address as a proxy, and lets pages of ALLOWED call it."""
    closed = {"VISITOR_INFERENCE": "false", "TRUSTED_PROXIES": "127.0.0.1"}
    with new_service(**closed, ALLOWED_ORIGINS=", ".join(ALLOWED)) as started:
        yield started


@pytest.fixture(scope="module")
def quiet_log(service: Service) -> Iterator[None]:
    """Whatever the tests of a module send, the service neither fails nor warns in its log."""
    start = service.log.stat().st_size
    yield
    written = service.log.read_bytes()[start:].decode()
    assert [word for word in ("Traceback", "Warning", "Exception ignored") if word in written] == [], written


@pytest.fixture
async def answers_as_before(visitor: Client, quiet_log: None) -> AsyncIterator[None]:
    yield
    assert (await visitor.post(EVERYDAY)).json() == ANSWER


@pytest.fixture(scope="module")
def own_service(new_service: Callable[..., Service], own_triton: servers.Triton) -> Iterator[Service]:
    """Before the Triton that a module has for itself: it says which by a fixture `own_triton`."""
    with new_service(TRITON_URL=own_triton.url) as service:
        yield service


@pytest.fixture(scope="module")
async def client(own_service: Service) -> AsyncIterator[Client]:
    client = Client(own_service.url)
    yield client
    await client.aclose()


@pytest.fixture(scope="module")
async def control(own_triton: servers.Triton) -> AsyncIterator[service_pb2_grpc.GRPCInferenceServiceStub]:
    """By which models of `own_triton` are loaded and unloaded."""
    async with grpc.aio.insecure_channel(own_triton.url) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)
