"""The gate over real servers, as `tests/limits/fixtures.py` has it; and a signer, with its clock."""

import pytest

from tests.access.signed import KEY, Clock, new_signer
from tests.limits.fixtures import ended_processes as ended_processes
from tests.limits.fixtures import gate_environ as gate_environ
from tests.limits.fixtures import gate_redis as gate_redis
from tests.limits.fixtures import limiter as limiter


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def signer(clock):
    return new_signer(clock, KEY)
