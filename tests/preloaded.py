"""What a process of the service imports; see tests/forked.py."""

import gc
import importlib
from typing import Any

import uvloop  # noqa: F401 - as all of these: only to be there
from email_validator import validate_email  # noqa: F401 - imported by the first registration

import cli  # noqa: F401
import db.migrate  # noqa: F401
import graph.app
import graph.serving
import graph.typed  # noqa: F401
import inference.elements  # noqa: F401 - imported by the first call of a model
import worker  # noqa: F401
from access import passwords

# Imported by the first migration, page and check of an address; here after `db`, which imports Tortoise in its own way.
for _later in ("aerich", "jinja2", "email.headerregistry"):
    importlib.import_module(_later)

# A digest takes a tenth of a second of a core, and each start makes one: these processes make it as quick as can be.
# tests/access/test_passwords.py is about the real ones, and every `make run` of tests/local makes them.
_work: dict[str, Any] = vars(passwords.Hasher)["__init__"].__kwdefaults__
assert _work.keys() >= {"passes", "memory_kib"}
_work |= {"passes": 1, "memory_kib": 8}

gc.collect()
gc.freeze()
