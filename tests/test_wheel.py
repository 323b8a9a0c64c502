"""What is installed holds what it reads."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.test_rooms import MAY_IMPORT

ROOT = Path(__file__).parent.parent
ROOMS = sorted(room for room in MAY_IMPORT if (ROOT / room).is_dir())
_BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
# The launcher's first step, and what git is told: they mean nothing elsewhere.
_OF_A_CHECKOUT = {"local/start.sh", "graph/static/vendor/.gitattributes"}


def test_a_wheel_has_every_file_of_every_room(tmp_path):
    source = tmp_path / "source"
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (*ROOT.glob("*.py"), ROOT / "pyproject.toml", ROOT / "README.md"):
        shutil.copy(file, source)
    # Setuptools builds beside the code, and so it is given a copy.
    subprocess.run([sys.executable, "-c", _BUILD, tmp_path], cwd=source, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.split("/")[0] in ROOMS}

    there = {str(file.relative_to(ROOT)) for room in ROOMS for file in (ROOT / room).rglob("*") if file.is_file()}
    assert held == {name for name in there if "__pycache__" not in name} - _OF_A_CHECKOUT
