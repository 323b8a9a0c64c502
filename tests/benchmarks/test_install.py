"""What the benchmark of peers fetches."""

import subprocess
from pathlib import Path

import pytest

from benchmarks.peers import install
from benchmarks.peers.install import Folder, NotInstalled


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr(install, "FOLDER", tmp_path / "cache")
    pins = tmp_path / "pins"
    pins.write_text("one==1")
    return Folder("thing", "A thing", pins)


def _make(draft: Path) -> None:
    (draft / "made").touch(exist_ok=False)


def test_it_is_fetched_once_for_each_text_of_its_pins(folder: Folder):
    assert not folder.is_complete()

    made = folder.fetch(_make)
    again = folder.fetch(lambda _: pytest.fail("fetched twice"))

    assert made == again
    assert folder.is_complete()
    assert folder.made_from is not None
    folder.made_from.write_text("one==2")
    assert not folder.is_complete()
    # The folder is empty again; _make could not write the file otherwise.
    assert folder.fetch(_make) == made
    assert folder.is_complete()


def test_what_could_not_be_fetched_is_named_and_tried_again(folder: Folder):
    def fail(draft: Path) -> None:
        _make(draft)
        raise subprocess.CalledProcessError(100, ["apt-get"])

    with pytest.raises(NotInstalled, match=r"^A thing could not be fetched, and is left out: .*apt-get.* 100"):
        folder.fetch(fail)

    assert not folder.is_complete()
    folder.fetch(_make)
    assert folder.is_complete()


def test_without_wrk_and_apt_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(NotInstalled, match="wrk, the load generator, is not here: install it"):
        install.wrk()
