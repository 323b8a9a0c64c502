"""The kinds of Redis that `tests/limits` and `tests/store` run on: Valkey, Debian's Redis, and a cluster of each.

A few files run on every kind, the others on the one of `make test ARGS="--redis=cluster tests/limits"`.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode as StartNode
from redis.asyncio.cluster import RedisCluster as ClusterClient

from local import servers
from store import address
from tests.redis_cluster import ClusterNode, RedisCluster

VALKEY, REDIS, CLUSTER, REDIS_CLUSTER = "valkey", "redis", "cluster", "redis-cluster"
KINDS = (VALKEY, REDIS, CLUSTER)
# What the service asks of Redis: the scripts, the logs, what a restart keeps, and a connection that breaks.
ON_EVERY_KIND: Mapping[str, tuple[str, ...]] = {
    "tests/limits/test_admission.py": KINDS,
    "tests/limits/test_settlement.py": KINDS,
    "tests/limits/test_rollup.py": KINDS,
    "tests/limits/test_revocation.py": (VALKEY, CLUSTER),
    "tests/store/test_pipeline.py": (VALKEY, REDIS),
}

_FOLDER = Path(__file__).parent.parent / ".debian-tools/redis/usr"
_BINARY = _FOLDER / "bin/redis-server"

AnyRedis = servers.Redis | RedisCluster
Servers = Callable[[str], AnyRedis]


class DebianRedis(servers.Redis):
    """From `.ci/debian-tools`."""

    def _program(self) -> Path:
        if not _BINARY.exists():
            pytest.skip("there is no Redis of Debian: `sh .ci/debian-tools` gets one")
        return _BINARY

    def environment(self) -> dict[str, str]:
        libraries = {str(file.parent) for file in _FOLDER.glob("lib/**/*.so*")}
        return {**super().environment(), "LD_LIBRARY_PATH": ":".join(sorted(libraries))}


class DebianNode(DebianRedis, ClusterNode):
    """One of a cluster of Debian's Redis."""


_CLASSES: Mapping[str, Callable[[Path], AnyRedis]] = {
    VALKEY: servers.Redis,
    REDIS: DebianRedis,
    CLUSTER: RedisCluster,
    REDIS_CLUSTER: partial(RedisCluster, kind=DebianNode),
}


def add_option(parser: pytest.Parser) -> None:
    parser.addoption("--redis", choices=[*_CLASSES], default=VALKEY, help="the Redis of tests/limits and tests/store")


def parametrize(metafunc: pytest.Metafunc) -> None:
    """A file that runs on several kinds has each of its tests once for each kind."""
    kinds = ON_EVERY_KIND.get(metafunc.definition.nodeid.partition("::")[0])
    if kinds is not None and "gate_redis" in metafunc.fixturenames:
        metafunc.parametrize("gate_redis", kinds, indirect=True, scope="session")


@contextmanager
def each_started_once(folder: Path) -> Iterator[Servers]:
    """Returns the server of a kind. It starts with the first test that uses it."""
    started: dict[str, AnyRedis] = {}
    with ExitStack() as stack:

        def server(kind: str) -> AnyRedis:
            if kind not in started:
                made = _CLASSES[kind](folder / kind)
                stack.enter_context(made)
                started[kind] = made
            return started[kind]

        yield server


def is_about_one_server(server: AnyRedis) -> None:
    """For a test that asks Redis for what only a single server does or says."""
    if isinstance(server, RedisCluster):
        pytest.skip("it is about a single server")


def lose_data(server: AnyRedis) -> None:
    """Of a server that does not run."""
    of_all: Sequence[servers.Redis] = server.nodes if isinstance(server, RedisCluster) else [server]
    for one in of_all:
        shutil.rmtree(one.files)


def client(url: str) -> Any:
    """redis-py's client. Its two classes have the same commands, and types that have nothing in common."""
    cluster = address.cluster(url)
    if cluster is None:
        return Redis.from_url(url)
    nodes = [StartNode(*place) for place in cluster.seeds]
    password = address.Address(cluster.url(cluster.seeds[0])).greeting()[0][-1]
    return ClusterClient(startup_nodes=nodes, password=str(password))
