"""The gate over real servers: the fixtures of `tests/limits/fixtures.py`."""

from tests.limits.fixtures import cluster as cluster
from tests.limits.fixtures import ended_processes as ended_processes
from tests.limits.fixtures import gate_environ as gate_environ
from tests.limits.fixtures import gate_redis as gate_redis
from tests.limits.fixtures import limiter as limiter
