"""What a user's jobs take in the object store is bounded, also by jobs that were cancelled or refused."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from zlib import crc32

import pytest

import worker
from tests.jobs.documents import CANCEL, create, made, reach
from tests.jobs.large import LARGE, clean, of_bytes
from tests.journey.client import AccountClient
from tests.journey.installation import free_metrics
from tests.service import Service


@pytest.fixture
async def narrow(installation, tmp_path):
    """A client of an API process that keeps 10 MB for each user."""
    environ = installation.environ | free_metrics() | {"GATEHOUSE_JOB_BYTES": "10000000"}
    with Service(environ, tmp_path / "narrow.log") as service:
        yield partial(AccountClient, service.url)


async def stored(installation, person):
    """How many objects of the person have a row."""
    async with installation.database() as database:
        return await database.fetchval("SELECT count(*) FROM objects WHERE user_id = $1", person.id)


async def test_objects_of_cancelled_jobs_count_until_they_are_deleted_and_refused_jobs_write_none(
    installation, narrow, objects_folder
):
    ada, eve = await installation.person(), await installation.person()
    async with narrow(ada.session) as client, narrow(eve.session) as other:
        async with no_cleaning(installation):
            before = len([*objects_folder.iterdir()])
            for _ in range(3):
                await client.run(CANCEL, id=await made(client, of_bytes(LARGE)))
            refused = [await create(client, of_bytes(LARGE)) for _ in range(3)]
            written = len([*objects_folder.iterdir()]) - before
        of_another = await create(other, of_bytes(LARGE))

        # It needs no hour for objects that a job has let go.
        await clean(installation)
        assert await stored(installation, ada) == 0
        again = await create(client, of_bytes(LARGE))

    assert [(one["__typename"], one["limit"]) for one in refused] == [("LimitReached", 10_000_000)] * 3
    assert written == 3
    assert of_another["__typename"] == again["__typename"] == "JobAccepted"
    assert (await stored(installation, ada), await stored(installation, eve)) == (1, 1)


@asynccontextmanager
async def no_cleaning(installation):
    """Meanwhile no worker deletes objects: it believes that another one does."""
    async with installation.database() as database, database.transaction():
        await database.execute("SELECT pg_advisory_xact_lock($1, $2)", worker.LOCKS, crc32(b"objects") - 2**31)
        yield


async def test_inputs_that_a_job_has_read_go_and_its_result_stays_until_the_job_is_deleted(
    installation, client_of, new_worker
):
    ada = await installation.person()
    client = client_of(ada)
    job_id = await made(client, of_bytes(LARGE))
    new_worker()
    await reach(client, job_id, "SUCCEEDED")

    await clean(installation)
    assert await stored(installation, ada) == 1
    async with installation.database() as database:
        await database.execute("DELETE FROM jobs")
    await clean(installation)
    assert await stored(installation, ada) == 0


async def test_jobs_at_once_cannot_pass_the_bound_together(installation, narrow):
    ada = await installation.person()
    async with narrow(ada.session) as client:
        answers = await asyncio.gather(*(create(client, of_bytes(LARGE)) for _ in range(6)))

    accepted = [one for one in answers if one["__typename"] == "JobAccepted"]
    assert len(accepted) <= 3
    assert {one["__typename"] for one in answers} <= {"JobAccepted", "LimitReached"}
