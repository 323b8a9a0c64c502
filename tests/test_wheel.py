"""What is installed holds what it reads."""

import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.rooms import MAY_IMPORT

ROOT = Path(__file__).parent.parent
ROOMS = sorted(room for room in MAY_IMPORT if (ROOT / room).is_dir())
_BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
# The launcher's first step, and what git is told: they mean nothing elsewhere.
_OF_A_CHECKOUT = {"local/start.sh", "graph/static/vendor/.gitattributes"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (*ROOT.glob("*.py"), *(ROOT / name for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"))):
        shutil.copy(file, source)
    # Setuptools builds beside the code, and so it is given a copy.
    subprocess.run([sys.executable, "-c", _BUILD, folder], cwd=source, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as files:
        yield files


def test_a_wheel_has_every_file_of_every_room(wheel):
    held = {name for name in wheel.namelist() if name.split("/")[0] in ROOMS}

    there = {str(file.relative_to(ROOT)) for room in ROOMS for file in (ROOT / room).rglob("*") if file.is_file()}
    assert held == {name for name in there if "__pycache__" not in name} - _OF_A_CHECKOUT


def test_a_wheel_has_the_licence_and_the_notices(wheel):
    folder = f"gatehouse-{version('gatehouse')}.dist-info"

    for name in ("LICENSE", "NOTICE"):
        assert wheel.read(f"{folder}/licenses/{name}") == (ROOT / name).read_bytes()
    metadata = message_from_bytes(wheel.read(f"{folder}/METADATA"))
    assert metadata["License-Expression"] == "Apache-2.0"


def test_the_notices_name_every_folder_with_a_licence_of_its_own():
    notice = (ROOT / "NOTICE").read_text()

    licences = [file for room in ROOMS for file in (ROOT / room).rglob("*LICENSE*") if file.is_file()]

    assert len(licences) >= 4
    assert [file for file in licences if f"  {file.parent.relative_to(ROOT)}/ " not in notice] == []
    assert [file for file in licences if file.name not in notice] == []
