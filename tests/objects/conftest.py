from pathlib import Path

import pytest

from tests.seaweedfs import SeaweedFS


@pytest.fixture(scope="package")
def bucket(tmp_path_factory):
    with SeaweedFS(tmp_path_factory.mktemp("objects")) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path):
    path = tmp_path / "objects"
    path.mkdir(mode=0o700)
    return path
