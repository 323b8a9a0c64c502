"""What a process of the service imports; see tests/forked.py."""

import gc

import uvloop  # noqa: F401 - as all of these: only to be there

import cli  # noqa: F401
import db.migrate  # noqa: F401
import graph.app
import graph.serving
import graph.typed  # noqa: F401
import worker  # noqa: F401

gc.collect()
gc.freeze()
