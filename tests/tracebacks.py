"""Failures are shown also where Python cannot parse the source of a test.

In Python 3.11 `ast.parse` fails with SystemError if an earlier call of it was interrupted, by a test's time limit for
instance (https://github.com/python/cpython/issues/106905). pytest does not expect that: the worker ends, and the run.
"""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    try:
        return (yield)
    except SystemError:
        style = item.config.option.tbstyle
        # Python's own traceback reads lines and parses nothing.
        item.config.option.tbstyle = "native"
        try:
            return pytest.TestReport.from_item_and_call(item, call)
        finally:
            item.config.option.tbstyle = style
