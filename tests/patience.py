"""Longer deadlines, in the tests' own processes and in the services that they start; see tests/forked.py.

On a busy machine Redis or the service may not run for a tenth of a second, and a test that is not about Redis would be
refused. It stays so short that a command ends within the two seconds of `store.epoch.KNOWN_EVERYWHERE_AFTER`. For the
same reason a call waits longer for the slots and the memory of others, which are written and sent meanwhile. The
services of `make faults`, `make fuzz` and `make run` have the real ones.
"""

import sys
from datetime import timedelta
from typing import Any

from resolvers import bytes_in_flight, operation_bytes
from store import cluster, epoch, node, pipeline
from store.redis import Store

DEADLINE = timedelta(milliseconds=250)
# For every service and worker of the tests; a test may set others.
SETTINGS = {"GATEHOUSE_QUEUE_LONGEST_SECONDS": "120"}

assert epoch.OLDEST_READING + DEADLINE.total_seconds() < epoch.KNOWN_EVERYWHERE_AFTER.total_seconds()
assert pipeline.DEADLINE == timedelta(milliseconds=100)
for _module in (pipeline, node, cluster, sys.modules[Store.__module__]):
    vars(_module)["DEADLINE"] = DEADLINE
vars(pipeline)["DEADLINE_SECONDS"] = DEADLINE.total_seconds()
_batch: dict[str, Any] = vars(Store)["batch"].__kwdefaults__
assert "within" in _batch
_batch["within"] = DEADLINE
# A hundred callers at once, in a process that gets a tenth of a core.
for _module in (pipeline, node):
    assert vars(_module)["WAIT_SECONDS"] == 1
    vars(_module)["WAIT_SECONDS"] = 10

for _waiting, _longest in ((bytes_in_flight, 5), (operation_bytes, 20)):
    assert vars(_waiting)["LONGEST_WAIT"] == timedelta(seconds=_longest)
    vars(_waiting)["LONGEST_WAIT"] = timedelta(seconds=60)
