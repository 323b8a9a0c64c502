"""Packages that are fetched once."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kept import Folder, NotInstalled


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    pins = tmp_path / "pins"
    pins.write_text("one==1")
    return Folder(tmp_path / "cache" / "thing", "A thing", pins)


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


def test_two_at_once_fetch_it_once(folder: Folder):
    with ThreadPoolExecutor(2) as threads:
        # _make could not write the file a second time.
        assert [*threads.map(lambda _: folder.fetch(_make), range(2))] == [folder.path] * 2

    assert folder.is_complete()
