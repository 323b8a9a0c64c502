"""The Triton of all tests of this process. A test that ends it is named, and the next test has a new one."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import grpc
import pytest
from tritonclient.grpc import service_pb2, service_pb2_grpc

from local import servers

# Of Triton's log, in lines.
_END = 40
# A busy machine has time to answer.
ANSWERS_WITHIN = timedelta(seconds=20)

_watched: list[servers.Triton] = []
_failures = pytest.StashKey[int]()


@contextmanager
def watched(server: servers.Triton) -> Iterator[None]:
    _watched.append(server)
    try:
        yield
    finally:
        _watched.remove(server)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    failures = item.session.testsfailed
    has_failed = failures > item.session.stash.get(_failures, 0)
    item.session.stash[_failures] = failures
    try:
        return (yield)
    finally:
        for server in _watched:
            # To ask takes longer than most tests do. A Triton that stands still fails one.
            if trouble := _trouble(server, has_failed):
                end = "\n".join(server.log.read_text(errors="replace").splitlines()[-_END:])
                server.kill()
                server.start()
                pytest.fail(
                    f"{trouble} during {item.nodeid}. A new one runs. The end of its log:\n{end}", pytrace=False
                )


def _trouble(server: servers.Triton, has_failed: bool) -> str | None:
    if not server.is_running():
        return "The shared Triton ended"
    return None if not has_failed or _answers(server) else "The shared Triton stopped answering"


def _answers(server: servers.Triton) -> bool:
    with grpc.insecure_channel(server.url) as channel:
        ask: Callable[..., service_pb2.ServerReadyResponse] = service_pb2_grpc.GRPCInferenceServiceStub(
            channel
        ).ServerReady
        try:
            return bool(ask(service_pb2.ServerReadyRequest(), timeout=ANSWERS_WITHIN.total_seconds()).ready)
        except grpc.RpcError:
            return False
