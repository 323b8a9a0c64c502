"""`createJob` of an API process that is killed, and the bounds of what a user's jobs take."""

import asyncio
from contextlib import suppress
from functools import partial

import httpx2
import pytest

from tests.jobs.documents import CANCEL, CREATE, create, made, reach, wanted
from tests.jobs.large import LARGE, clean, of_bytes
from tests.journey.client import AccountClient
from tests.journey.installation import free_metrics
from tests.mails import until
from tests.service import Service

# The worker of the installation waits too, with statements of its own.
_WAITS = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO "jobs"%'
"""


@pytest.fixture
async def doomed(installation, tmp_path):
    """An API process that a test kills."""
    service = Service(installation.environ | free_metrics(), tmp_path / "doomed.log")
    await asyncio.to_thread(service.start)
    yield service
    if service.is_running():
        service.kill()


async def send_job(service, person, job):
    """Sends `createJob`, whose answer may never come."""
    async with AccountClient(service.url, person.session) as client:
        with suppress(httpx2.TransportError):
            await client.post(CREATE, input=job)


async def count(installation, table):
    async with installation.database() as database:
        return await database.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - ours


async def is_one_job(installation):
    return await count(installation, "jobs") == 1


async def test_an_api_that_is_killed_between_object_and_row_leaves_no_job_and_an_object_that_is_deleted(
    installation, client_of, new_worker, doomed, objects_folder
):
    ada = await installation.person()
    keyed = of_bytes(LARGE) | {"idempotencyKey": "order 8"}
    before = {*objects_folder.iterdir()}

    async with installation.database() as database, asyncio.TaskGroup() as group:
        async with database.transaction():
            # The row of a job is the only thing that cannot be written.
            await database.execute("LOCK TABLE jobs IN SHARE MODE")
            group.create_task(send_job(doomed, ada, keyed))
            await until(partial(waits_for_a_lock, installation))
            (left,) = {*objects_folder.iterdir()} - before
            doomed.kill()
        assert await count(installation, "jobs") == 0

    client = client_of(ada)
    job_id = await made(client, keyed)
    new_worker()
    await reach(client, job_id, "SUCCEEDED")

    assert await count(installation, "jobs") == 1
    assert left.exists()
    async with installation.database() as database:
        await database.execute("UPDATE objects SET created_at = now() - interval '2 h' WHERE name = $1", left.name)
    await clean(installation)
    assert not left.exists()


async def waits_for_a_lock(installation):
    async with installation.database() as database:
        return await database.fetchval(_WAITS) == 1


async def test_a_repetition_after_the_api_was_killed_before_its_answer_is_the_same_job(
    installation, client_of, new_worker, doomed
):
    ada = await installation.person()
    keyed = wanted(3, idempotencyKey="order 9")

    async with asyncio.TaskGroup() as group:
        group.create_task(send_job(doomed, ada, keyed))
        await until(partial(is_one_job, installation), every=0.001)
        doomed.kill()
    client = client_of(ada)
    job_id = await made(client, keyed)
    new_worker()

    assert (await reach(client, job_id, "SUCCEEDED"))["units"] == 5
    assert await count(installation, "jobs") == 1


@pytest.fixture
async def narrow(installation, tmp_path):
    """A client of an API process that keeps few jobs and bytes for each user."""
    bounds = {"GATEHOUSE_JOBS_KEPT": "3", "GATEHOUSE_JOB_BYTES": "300"}
    with Service(installation.environ | free_metrics() | bounds, tmp_path / "narrow.log") as service:
        yield partial(AccountClient, service.url)


async def test_jobs_that_have_ended_count_until_they_are_deleted(installation, narrow):
    async with narrow((await installation.person()).session) as client:
        for number in range(3):
            await client.run(CANCEL, id=await made(client, wanted(number)))
        refused = await create(client, wanted(4))
        kept = await count(installation, "jobs")
        async with installation.database() as database:
            await database.execute("DELETE FROM jobs WHERE id = (SELECT id FROM jobs LIMIT 1)")
        again = await create(client, wanted(4))

    assert (refused["__typename"], refused["code"], refused["limit"], kept) == ("LimitReached", "LIMIT_REACHED", 3, 3)
    assert again["__typename"] == "JobAccepted"


async def test_the_bytes_of_a_users_jobs_are_bounded_and_free_again_when_the_inputs_go(installation, narrow):
    ada, eve = await installation.person(), await installation.person()
    async with narrow(ada.session) as client, narrow(eve.session) as other:
        job_id = await made(client, of_bytes(b"a" * 200))
        refused = await create(client, of_bytes(b"b" * 200))
        of_another = await create(other, of_bytes(b"b" * 200))
        kept = await count(installation, "jobs")
        await client.run(CANCEL, id=job_id)
        again = await create(client, of_bytes(b"b" * 200))

    assert (refused["__typename"], refused["limit"], kept) == ("LimitReached", 300, 2)
    assert of_another["__typename"] == again["__typename"] == "JobAccepted"
