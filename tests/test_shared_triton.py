import os
import re
import subprocess
import sys
from pathlib import Path

from tests.local.conftest import tiny_models as tiny_models

ROOT = Path(__file__).parent.parent
CONFTEST = """
import pytest
from datetime import timedelta
from pathlib import Path
from local import servers
from tests import shared_triton
from tests.shared_triton import pytest_runtest_teardown

shared_triton.ANSWERS_WITHIN = timedelta(seconds=5)

@pytest.fixture(scope="session")
def triton(tmp_path_factory):
    with servers.Triton(tmp_path_factory.mktemp("triton"), [Path(__file__).parent / "models"]) as server:
        with shared_triton.watched(server):
            yield server
            server.kill()
"""
TESTS = """
def test_that_ends_it(triton):
    triton.kill()

def test_after_it(triton):
    assert triton.is_ready()

def test_that_stops_it(triton):
    triton.pause()
    assert triton.is_ready() == "it stands still"

def test_after_that(triton):
    assert triton.is_ready()
    assert "1" == "2"

def test_at_the_end(triton):
    assert triton.is_ready()
"""


def test_what_ends_or_stops_the_shared_triton_is_named_and_the_next_test_has_a_new_one(tmp_path, tiny_models):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "models").symlink_to(tiny_models)

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )

    assert "2 failed, 3 passed, 2 errors" in ran.stdout, ran.stdout
    named = re.findall(r"^The shared Triton (.*) during (\S+)\. A new one runs\. The end", ran.stdout, re.MULTILINE)
    assert named == [
        ("ended", "test_it.py::test_that_ends_it"),
        ("stopped answering", "test_it.py::test_that_stops_it"),
    ]
    # What a Triton writes when it is ready. Where CI is set, pytest's summary repeats whole messages.
    assert ran.stdout.partition("short test summary")[0].count("Started GRPCInferenceService at") == 2
