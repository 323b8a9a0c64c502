"""How much processor time the tests take, each with all processes below it: `make test ARGS="-p tests.processor_time"`.

A test bears all that has been used since the end of the test before: its fixtures, a server that it is the first to
need, and those that run on. To import and collect the tests is the first test's of each worker.
"""

import time
from collections import Counter
from collections.abc import Generator
from typing import Any

import psutil
import pytest

_NAME = "processor time"
_used = 0.0
_by_test: Counter[str] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    global _used
    report = yield
    if call.when == "teardown":
        begun = time.process_time()
        now = _of_all()
        # Less than before, if a process has ended whose parent is no longer one of ours.
        report.user_properties.append((_NAME, max(0, now - _used)))
        # What the question itself takes is nobody's.
        _used = now + time.process_time() - begun
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    found: dict[str, Any] = dict(report.user_properties)
    _by_test[report.nodeid] += found.get(_NAME, 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    by_file: Counter[str] = Counter()
    by_folder: Counter[str] = Counter()
    for test, seconds in _by_test.items():
        file = test.partition("::")[0]
        by_file[file] += seconds
        by_folder[file.rpartition("/")[0]] += seconds
    for title, by, most in (("test", _by_test, 80), ("file", by_file, 60), ("folder", by_folder, None)):
        terminalreporter.section(f"seconds of processor time by {title}, {sum(by.values()):.0f} together")
        for name, seconds in by.most_common(most):
            terminalreporter.line(f"{seconds:8.2f}  {name}")


def _of_all() -> float:
    """Of this process and all that it has started, and of those that have ended."""
    me = psutil.Process()
    total = 0.0
    for one in (me, *me.children(recursive=True)):
        try:
            total += sum(one.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return total
