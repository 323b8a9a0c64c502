"""Longer deadlines, in the tests' own processes and in the services that they start; see tests/forked.py.

On a busy machine Redis or the service may not run for a tenth of a second, and a test that is not about Redis would be
refused. It stays so short that a command ends within the two seconds of `store.epoch.KNOWN_EVERYWHERE_AFTER`. For the
same reason a call waits longer for the slots and the memory of others, which are written and sent meanwhile. The
services of `make faults`, `make fuzz` and `make run` have the real ones, and so has a test that sets the time.
"""

import sys
from dataclasses import fields
from datetime import timedelta
from typing import Any

from inference.slots import Slots
from resolvers import bytes_in_flight, operation_bytes
from settings import Settings
from store import cluster, epoch, node, pipeline
from store.redis import Store

DEADLINE = timedelta(milliseconds=250)
_PATIENCE = timedelta(seconds=60)

assert epoch._OLDEST_READING + DEADLINE.total_seconds() < epoch.KNOWN_EVERYWHERE_AFTER.total_seconds()
assert pipeline.DEADLINE == timedelta(milliseconds=100)
for _module in (pipeline, node, cluster, sys.modules[Store.__module__]):
    vars(_module)["DEADLINE"] = DEADLINE
vars(pipeline)["_DEADLINE_SECONDS"] = DEADLINE.total_seconds()
_batch: dict[str, Any] = vars(Store)["batch"].__kwdefaults__
assert "within" in _batch
_batch["within"] = DEADLINE

for _waiting in (bytes_in_flight, operation_bytes):
    assert vars(_waiting)["_LONGEST_WAIT"] == timedelta(seconds=5)
    vars(_waiting)["_LONGEST_WAIT"] = _PATIENCE

_LONGEST = next(one for one in fields(Settings) if one.name == "queue_longest").metadata["setting"].default
_given: Any = Slots.__init__


def _begin(slots: Slots, *arguments: Any, longest: timedelta, **options: Any) -> None:
    _given(slots, *arguments, longest=2 * _PATIENCE if longest == _LONGEST else longest, **options)


vars(sys.modules[Slots.__module__])["Slots"].__init__ = _begin
