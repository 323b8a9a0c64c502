import pytest

from graph.compiled import selections


@pytest.fixture(autouse=True)
def written_soon(monkeypatch):
    """A selection runs first in general, and then by the function that is written for it."""
    monkeypatch.setattr(selections, "BEFORE_WRITTEN", 1)
