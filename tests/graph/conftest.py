from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.service import Client, Service

EVERYDAY = '{ service { health } model(name: "identity") { name } }'
ANSWER = {"data": {"service": {"health": "UP"}, "model": {"name": "identity"}}}


@pytest.fixture(scope="session")
def guarded(new_service: Callable[..., Service]) -> Iterator[Service]:
    """It lets no visitor infer, and trusts whoever has this address, and no other one of this machine's, as a proxy."""
    with new_service(VISITOR_INFERENCE="false", TRUSTED_PROXIES="127.0.0.1") as started:
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
