"""What the benchmark of peers fetches."""

import pytest

from benchmarks.peers import install
from tests.kept import NotInstalled


def test_without_wrk_and_apt_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(NotInstalled, match="wrk, the load generator, is not here: install it"):
        install.wrk()
