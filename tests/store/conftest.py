"""The gate over real servers: the fixtures of `tests/limits/fixtures.py`."""

import pytest

from tests import redis_servers
from tests.limits.fixtures import ended_processes as ended_processes
from tests.limits.fixtures import gate_environ as gate_environ
from tests.limits.fixtures import gate_redis as gate_redis
from tests.limits.fixtures import limiter as limiter
from tests.store.counting import relay as relay
from tests.store.counting import store as store


@pytest.fixture(autouse=True)
def _is_about_one_server(request: pytest.FixtureRequest) -> None:
    """How a process uses one Redis. `tests/limits/test_cluster.py` shows how it uses several."""
    if request.config.getoption("redis") == redis_servers.CLUSTER:
        pytest.skip("it is about the connections to one server")
