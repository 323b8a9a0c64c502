"""The kinds of Redis that `tests/limits` and `tests/store` run on: Valkey, as `make run` starts it, and Debian's Redis.

A few files run on every kind, the others on the one of `make test ARGS="--redis=redis tests/limits"`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from local import servers

VALKEY, REDIS = "valkey", "redis"
KINDS = (VALKEY, REDIS)
# What the service asks of Redis: the scripts, the logs, what a restart keeps, and a connection that breaks.
ON_EVERY_KIND = (
    "tests/limits/test_admission.py",
    "tests/limits/test_settlement.py",
    "tests/limits/test_rollup.py",
    "tests/store/test_pipeline.py",
)

_FOLDER = Path(__file__).parent.parent / ".debian-tools/redis/usr"
_BINARY = _FOLDER / "bin/redis-server"

Servers = Callable[[str], servers.Redis]


class DebianRedis(servers.Redis):
    """From `.ci/debian-tools`."""

    def _program(self) -> Path:
        if not _BINARY.exists():
            pytest.skip("there is no Redis of Debian: `sh .ci/debian-tools` gets one")
        return _BINARY

    def _environ(self) -> dict[str, str]:
        libraries = {str(file.parent) for file in _FOLDER.glob("lib/**/*.so*")}
        return {**super()._environ(), "LD_LIBRARY_PATH": ":".join(sorted(libraries))}


_CLASSES = {VALKEY: servers.Redis, REDIS: DebianRedis}


def add_option(parser: pytest.Parser) -> None:
    parser.addoption("--redis", choices=KINDS, default=VALKEY, help="the Redis of tests/limits and tests/store")


def parametrize(metafunc: pytest.Metafunc) -> None:
    """A file that runs on every kind has each of its tests once for each kind."""
    if "gate_redis" in metafunc.fixturenames and metafunc.definition.nodeid.startswith(ON_EVERY_KIND):
        metafunc.parametrize("gate_redis", KINDS, indirect=True, scope="session")


@contextmanager
def each_started_once(folder: Path) -> Iterator[Servers]:
    """Returns the server of a kind. It starts with the first test that uses it."""
    started: dict[str, servers.Redis] = {}
    with ExitStack() as stack:

        def server(kind: str) -> servers.Redis:
            if kind not in started:
                started[kind] = stack.enter_context(_CLASSES[kind](folder / kind))
            return started[kind]

        yield server
