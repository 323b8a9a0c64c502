import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFTEST = "from tests.tracebacks import pytest_runtest_makereport\n"
# As Python 3.11 does after an interrupted call.
FAILS = """
import ast

def refuse(*given, **named):
    raise SystemError("AST constructor recursion depth mismatch (before=78, after=133)")

def test_that_fails(monkeypatch):
    ast.parse = refuse
    number = 1
    assert number == 2

def test_after_it():
    pass
"""


def test_a_failure_whose_source_cannot_be_parsed_is_shown_and_the_next_test_runs(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(FAILS)

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 1, ran.stdout
    assert "1 failed, 1 passed" in ran.stdout
    assert "AssertionError: assert 1 == 2" in ran.stdout
