"""A folder, and a bucket of a real S3-compatible server."""

import pytest

from doctor import objects
from tests import ports
from tests.doctor.conftest import said
from tests.seaweedfs import SeaweedFS, needed

WELL = "ok   objects: an object can be written, read and deleted."


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with SeaweedFS(tmp_path_factory.mktemp("objects")) as server:
        yield server


async def test_without_an_object_store_the_bound_is_named(new_settings):
    assert await said(objects.examine, new_settings()) == [
        "ok   objects: there is no object store, so inputs and results of jobs may be up to 1 MB."
    ]


async def test_a_folder_that_is_well_stays_empty(new_settings, tmp_path):
    tmp_path.chmod(0o700)

    assert await said(objects.examine, new_settings(OBJECTS=str(tmp_path))) == [WELL]
    assert [*tmp_path.iterdir()] == []


async def test_a_folder_that_others_may_read_is_reported(new_settings, tmp_path):
    tmp_path.chmod(0o755)

    assert await said(objects.examine, new_settings(OBJECTS=str(tmp_path))) == [
        WELL,
        f"warn objects folder: other users of this machine may read it: chmod 700 {tmp_path}.",
    ]


async def test_a_folder_that_is_not_there_is_reported(new_settings, tmp_path):
    assert await said(objects.examine, new_settings(OBJECTS=str(tmp_path / "none"))) == [
        f"FAIL objects: the object store has no folder {tmp_path / 'none'}."
    ]


async def test_a_setting_that_names_no_place_is_reported(new_settings):
    assert await said(objects.examine, new_settings(OBJECTS="here")) == [
        "FAIL objects: GATEHOUSE_OBJECTS must be the absolute path of a folder, or s3://bucket/prefix."
    ]


@needed
async def test_a_bucket_that_is_well(new_settings, bucket):
    assert await said(objects.examine, new_settings(**bucket.settings())) == [WELL]


@needed
async def test_a_wrong_secret_is_reported_without_it(new_settings, bucket):
    assert await said(objects.examine, new_settings(**bucket.settings(_SECRET="wrong"))) == [  # noqa: S106
        "FAIL objects: the object store refuses: SignatureDoesNotMatch."
    ]


@needed
async def test_a_server_that_does_not_listen_is_reported(new_settings, bucket):
    (line,) = await said(objects.examine, new_settings(**bucket.settings(_ENDPOINT=f"http://127.0.0.1:{ports.free()}")))

    assert line.startswith("FAIL objects: the object store fails: Generic S3 error")
