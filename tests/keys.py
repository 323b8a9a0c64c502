"""`gatehouse keys`, and a file for it."""

import subprocess
from collections.abc import Mapping

import pytest

from access import signing_keys
from tests import forked

WARNINGS = {"PYTHONWARNINGS": "error"}


@pytest.fixture
def file(tmp_path):
    """With one key of each kind."""
    file = tmp_path / "keys.json"
    signing_keys.create(file)
    return file


def keys(*arguments: str, settings: Mapping[str, str] = WARNINGS) -> subprocess.CompletedProcess[str]:
    return forked.run("keys", *map(str, arguments), environ={**WARNINGS, **settings})


def kids(file):
    found = signing_keys.read(file)
    return [key.kid for key in found.signing], [key.kid for key in found.secret]
