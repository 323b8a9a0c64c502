"""A folder, and a bucket of a real S3-compatible server."""

import asyncio
import hashlib
import random
import subprocess
import sys
from datetime import timedelta
from functools import cache

import pytest

from objects import object_store
from objects.object_store import Missing, ObjectStore, Unreachable
from settings import Settings, SettingsError
from tests import ports
from tests.environ import environ
from tests.seaweedfs import KEY, needed


@cache
def large():
    return random.Random(7).randbytes(20_000_000)  # noqa: S311 - no secret


def new_store(**settings):
    return ObjectStore(Settings.from_environ(environ(**settings)))


@pytest.fixture(params=["folder", pytest.param("bucket", marks=needed)])
def either(request):
    if request.param == "folder":
        return new_store(OBJECTS=str(request.getfixturevalue("folder")))
    return new_store(**request.getfixturevalue("bucket").settings())


async def read(store, name):
    return [piece async for piece in store.pieces(name)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"",
        lambda: b"a",
        large,
        lambda: bytearray(large()[:2_000_000]),
        lambda: memoryview(large())[5:9_000_000],
    ],
)
async def test_what_was_written_is_read_in_pieces(either, make):
    written = make()
    await either.put("one", written)

    pieces = await read(either, "one")

    assert hashlib.sha256(b"".join(pieces)).digest() == hashlib.sha256(written).digest()
    assert all(len(piece) < 4 * 2**20 for piece in pieces)


async def test_a_second_object_of_the_same_name_replaces_the_first(either):
    await either.put("same", b"first")
    await either.put("same", b"second")

    assert await read(either, "same") == [b"second"]


async def test_a_deleted_object_is_missing_and_deleting_it_again_does_nothing(either):
    await either.put("gone", b"1")
    await either.delete("gone")

    with pytest.raises(Missing):
        await read(either, "gone")
    await either.delete("gone")


async def test_many_at_once_do_not_mix(either):
    names = {f"many-{number}": bytes([number]) * 100_000 for number in range(30)}

    await asyncio.gather(*(either.put(name, data) for name, data in names.items()))

    found = await asyncio.gather(*(read(either, name) for name in names))
    assert [b"".join(pieces) for pieces in found] == [*names.values()]


async def test_what_a_killed_process_left_of_an_object_goes_with_it(folder):
    store = new_store(OBJECTS=str(folder))
    (folder / "half#1").write_bytes(b"half of i")
    await store.put("half2", b"another")

    await store.delete("half")

    assert [path.name for path in folder.iterdir()] == ["half2"]


async def test_a_folder_that_is_not_there_is_named(tmp_path):
    store = new_store(OBJECTS=str(tmp_path / "none"))

    for use in (lambda: store.put("a", b"1"), lambda: read(store, "a"), lambda: store.delete("a")):
        with pytest.raises(Unreachable) as refusal:
            await use()
        assert str(refusal.value) == f"has no folder {tmp_path / 'none'}"
    assert not (tmp_path / "none").exists()


def test_a_disk_that_takes_no_more_is_named_and_leaves_no_object(folder):
    # obstore's threads may still be busy with the failure: an interpreter that ends in order aborts now and then.
    script = f"""
import asyncio, os, resource
from objects.object_store import ObjectStore, Unreachable
from settings import Settings
from tests.environ import environ
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
store = ObjectStore(Settings.from_environ(environ(OBJECTS={str(folder)!r})))
try:
    asyncio.run(store.put("large", bytes(2_000_000)))
except Unreachable as error:
    print(error, flush=True)
    os._exit(0)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "File too large" in ended.stdout
    assert not (folder / "large").exists()


async def test_a_folder_that_went_away_is_not_made_anew(folder):
    store = new_store(OBJECTS=str(folder))
    await store.put("a", b"1")
    folder.rename(folder.with_name("away"))

    with pytest.raises(Unreachable, match="has no folder"):
        await store.put("b", b"2")

    assert not folder.exists()


@needed
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"_SECRET": "wrong"}, "refuses: SignatureDoesNotMatch"),
        ({"_KEY": "wrong"}, "refuses: InvalidAccessKeyId"),
        ({"": "s3://another"}, "refuses: AccessDenied"),
    ],
)
async def test_a_key_that_the_bucket_does_not_take_is_named(bucket, changes, said):
    store = new_store(**bucket.settings(**changes))

    for use in (lambda: store.put("a", b"1"), lambda: read(store, "a")):
        with pytest.raises(Unreachable) as refusal:
            await use()
        assert str(refusal.value) == said
        assert not any(secret in str(refusal.value) for secret in KEY)


@needed
async def test_a_store_that_does_not_listen_is_named(bucket):
    store = new_store(**bucket.settings(_ENDPOINT=f"http://127.0.0.1:{ports.free()}"))

    for use in (lambda: store.put("a", b"1"), lambda: read(store, "a"), lambda: store.delete("a")):
        with pytest.raises(Unreachable, match=r"^fails: Generic S3 error"):
            await use()


@needed
async def test_a_store_that_does_not_answer_is_given_up_and_comes_back(bucket, monkeypatch):
    monkeypatch.setattr(object_store, "DONE_WITHIN", timedelta(seconds=1))
    store = new_store(**bucket.settings())
    await store.put("kept", b"1")
    bucket.pause()
    try:
        with pytest.raises(Unreachable, match="does not answer within 1 s"):
            await store.put("a", b"1")
    finally:
        bucket.resume()
    monkeypatch.undo()

    assert await read(store, "kept") == [b"1"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"OBJECTS": "objects"}, "GATEHOUSE_OBJECTS must be the absolute path of a folder, or s3://bucket/prefix."),
        ({"OBJECTS": "s3://"}, "GATEHOUSE_OBJECTS must be the absolute path of a folder, or s3://bucket/prefix."),
        (
            {"OBJECTS": "s3://a", "OBJECTS_ENDPOINT": "s3.example.org"},
            "GATEHOUSE_OBJECTS_ENDPOINT must be an address like https://s3.example.org.",
        ),
        (
            {"OBJECTS": "s3://a", "OBJECTS_KEY": "a"},
            "GATEHOUSE_OBJECTS_KEY and GATEHOUSE_OBJECTS_SECRET must be set together, or neither.",
        ),
    ],
)
def test_settings_that_name_no_place_are_refused(settings, sentence):
    with pytest.raises(SettingsError) as refusal:
        new_store(**settings)

    assert str(refusal.value) == sentence
