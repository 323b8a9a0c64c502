"""Objects and their rows, in a folder."""

import asyncio
import os
import sys
from functools import partial
from uuid import UUID

import pytest

import errors
from db.models.objects import StoredObject
from objects.objects import Objects
from settings import Settings
from tests.conftest import ROOT
from tests.environ import environ
from tests.mails import until
from tests.seaweedfs import needed

_OWNER = UUID(int=1)


@pytest.fixture
def objects(migrated, folder):
    return Objects(Settings.from_environ(environ(OBJECTS=str(folder))))


async def make_older(*names):
    """As time does."""
    for name in names:
        stored = await StoredObject.get(name=name)
        await StoredObject.filter(name=name).update(created_at=stored.created_at.replace(year=2025))


async def test_an_object_is_read_by_its_name(objects, folder):
    name = await objects.put(b"some" * 1_000_000, of=_OWNER)

    assert await objects.read(name) == b"some" * 1_000_000
    assert [path.name for path in folder.iterdir()] == [name]
    assert await StoredObject.all().values_list("name", "bytes") == [(name, 4_000_000)]


async def test_a_store_that_cannot_be_used_is_an_outage_and_what_was_begun_is_deleted_later(objects, folder, caplog):
    folder.rmdir()
    with pytest.raises(errors.ServiceUnavailable):
        await objects.put(b"1", of=_OWNER)

    assert f"The object store has no folder {folder}" in caplog.messages
    (left,) = await StoredObject.all()
    folder.mkdir()
    await make_older(left.name)
    assert await objects.clean() == 1
    assert await StoredObject.all() == []


async def test_an_object_that_is_lost_is_named_in_the_log(objects, folder, caplog):
    name = await objects.put(b"1", of=_OWNER)
    (folder / name).unlink()

    with pytest.raises(errors.DataMissing):
        await objects.read(name)

    assert caplog.messages == [f"Object {name} is missing in the object store"]


@pytest.mark.parametrize("left", [0, 1_000_000, 1_999_999, 2_000_001])
async def test_an_object_that_lost_its_end_is_refused(objects, folder, left):
    name = await objects.put(bytes(2_000_000), of=_OWNER)
    os.truncate(folder / name, left)

    with pytest.raises(errors.DataMissing):
        await objects.read(name)


async def test_an_object_that_no_row_names_is_deleted_after_an_hour_by_postgres_clock(objects, folder):
    old, young = await objects.put(b"old", of=_OWNER), await objects.put(b"young", of=_OWNER)
    (folder / "of-others").write_bytes(b"1")
    await make_older(old)

    assert await objects.clean() == 1
    assert await objects.clean() == 0

    assert {path.name for path in folder.iterdir()} == {young, "of-others"}
    assert [stored.name for stored in await StoredObject.all()] == [young]


async def test_the_rows_stay_while_the_store_cannot_be_used(objects, folder):
    name = await objects.put(b"1", of=_OWNER)
    await make_older(name)
    away = folder.rename(folder.with_name("away"))

    with pytest.raises(errors.ServiceUnavailable):
        await objects.clean()

    assert [stored.name for stored in await StoredObject.all()] == [name]
    away.rename(folder)
    assert await objects.clean() == 1
    assert [*folder.iterdir()] == []


async def test_two_that_clean_at_once_do_no_harm(objects, folder):
    names = [await objects.put(b"1", of=_OWNER) for _ in range(20)]
    kept = names.pop()
    await make_older(*names)

    await asyncio.gather(objects.clean(), objects.clean())

    assert [path.name for path in folder.iterdir()] == [kept]
    assert [stored.name for stored in await StoredObject.all()] == [kept]


_WRITER = """
import asyncio, os
from db import connection
from uuid import UUID
from objects.objects import Objects
from settings import Settings

async def write():
    settings = Settings.from_environ(os.environ)
    await connection.connect(settings)
    objects = Objects(settings)
    while True:
        await objects.put(bytes(64_000_000), of=UUID(int=1))

asyncio.run(write())
"""


def is_writing(folder, left):
    """An object that is not whole yet, beside those that were left."""
    return {*folder.glob("*#*")} - left


async def test_a_process_that_is_killed_while_it_writes_leaves_nothing_that_stays(objects, migrated, folder):
    environment = os.environ | environ(DATABASE_URL=migrated, OBJECTS=str(folder))
    for _ in range(3):
        left = {*folder.glob("*#*")}
        writer = await asyncio.create_subprocess_exec(sys.executable, "-c", _WRITER, env=environment, cwd=ROOT)
        try:
            await until(partial(is_writing, folder, left), every=0.001)
        finally:
            writer.kill()
            await writer.wait()
    rows = await StoredObject.all()
    await make_older(*(stored.name for stored in rows))

    deleted = await objects.clean()

    assert deleted == len(rows) >= 3
    assert [*folder.iterdir()] == []
    assert await StoredObject.all() == []


@needed
async def test_a_bucket_does_the_same(migrated, bucket):
    objects = Objects(Settings.from_environ(environ(**bucket.settings())))
    old, young = await objects.put(bytes(5_000_000), of=_OWNER), await objects.put(b"young", of=_OWNER)
    await make_older(old)

    assert await objects.read(old) == bytes(5_000_000)
    assert (await objects.clean(), await objects.clean()) == (1, 0)

    with pytest.raises(errors.DataMissing):
        await objects.read(old)
    assert await objects.read(young) == b"young"


@needed
async def test_a_bucket_that_is_away_keeps_the_rows(migrated, bucket):
    objects = Objects(Settings.from_environ(environ(**bucket.settings())))
    name = await objects.put(b"1", of=_OWNER)
    await make_older(name)
    bucket.stop()
    try:
        for use in (lambda: objects.put(b"2", of=_OWNER), lambda: objects.read(name), objects.clean):
            with pytest.raises(errors.ServiceUnavailable):
                await use()
    finally:
        bucket.start()

    assert await objects.read(name) == b"1"
    assert await objects.clean() == 1


async def test_without_a_place_there_are_no_objects(migrated):
    nowhere = Objects(Settings.from_environ(environ()))

    assert not nowhere.is_set
    assert await nowhere.clean() == 0
