"""Models that an embedded Triton has loaded."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from local import servers


def ready(url: str) -> list[str]:
    with grpc.insecure_channel(url) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        index = stub.RepositoryIndex(service_pb2.RepositoryIndexRequest(ready=True), timeout=60)
        return sorted(model.name for model in index.models)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def loaded(triton: servers.Triton) -> list[str]:
    with triton:
        return ready(triton.url)


@contextmanager
def ended(triton: servers.Triton) -> Iterator[None]:
    """One that may still be loading, for which a stop in good order would wait."""
    try:
        yield
    finally:
        triton.kill()
        triton.clean()
