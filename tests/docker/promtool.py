"""Prometheus' own checks of its files."""

import os
import shutil
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
# `.ci/debian-tools` puts it there.
PROMTOOL = shutil.which("promtool", path=os.pathsep.join([str(_ROOT / ".debian-tools"), os.environ["PATH"]])) or ""

needed = pytest.mark.skipif(not PROMTOOL, reason="there is no promtool: `sh .ci/debian-tools` gets one")
