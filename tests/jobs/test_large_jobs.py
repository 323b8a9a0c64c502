"""Inputs and results above 1 MB, which are kept in the object store."""

import base64
import random

import pytest

import errors
from objects.objects import Objects
from resolvers.jobs import keeping
from settings import Settings
from tests.environ import environ
from tests.jobs.documents import CANCEL, CREATE, create, look, made, reach
from tests.mails import until

LARGE = random.Random(5).randbytes(3_000_000)  # noqa: S311 - no secret
RESULT = """query ($id: ID!) { job(id: $id) { state result { outputs { name base64 } } error { code message } } }"""


def of_bytes(content):
    return {
        "model": "identity",
        "inputs": [
            {
                "name": "IN_UINT8",
                "datatype": "UINT8",
                "shape": [len(content)],
                "data": {"base64": base64.b64encode(content).decode()},
            }
        ],
    }


@pytest.fixture
def names(objects_folder):
    """Of the objects that are there now. Those of earlier tests are left out."""
    before = {path.name for path in objects_folder.iterdir()}
    return lambda: {path.name for path in objects_folder.iterdir()} - before


async def column(installation, name):
    async with installation.database() as database:
        return await database.fetchval(f"SELECT {name} FROM jobs")  # noqa: S608 - ours


async def test_large_inputs_and_results_are_objects_and_come_back_whole(installation, client_of, new_worker, names):
    client = client_of(await installation.person())
    job_id = await made(client, of_bytes(LARGE))
    queued = names()

    new_worker()
    await reach(client, job_id, "SUCCEEDED")

    assert queued == {next(iter(queued))}
    assert await column(installation, "result") is None
    assert names() - queued == {await column(installation, "result_object")}
    # The inputs are not named any more, and go an hour after they were made.
    assert await column(installation, "inputs_object") is None
    job = (await client.run(RESULT, id=job_id))["job"]
    assert [one["name"] for one in job["result"]["outputs"]] == ["OUT_UINT8"]
    assert base64.b64decode(job["result"]["outputs"][0]["base64"]) == LARGE


async def test_small_inputs_and_results_stay_in_postgres(installation, client_of, new_worker, names):
    client = client_of(await installation.person())
    job_id = await made(client, of_bytes(LARGE[:1_000_000]))
    new_worker()
    await reach(client, job_id, "SUCCEEDED")

    assert names() == set()
    assert len(await column(installation, "result")) > 1_000_000


async def test_a_result_that_was_lost_is_said_and_so_are_inputs(
    installation, client_of, new_worker, names, objects_folder
):
    client = client_of(await installation.person())
    job_id = await made(client, of_bytes(LARGE))
    worker = new_worker()
    await reach(client, job_id, "SUCCEEDED")
    (objects_folder / await column(installation, "result_object")).unlink()

    answer = (await client.post(RESULT, id=job_id)).json()
    worker.kill()
    before = names()
    unlucky = await made(client, of_bytes(LARGE))
    (lost,) = names() - before
    (objects_folder / lost).unlink()
    new_worker()
    failed = await reach(client, unlucky, "FAILED")

    said = "The stored inputs or result of this job are lost. Create the job again."
    assert (answer["errors"][0]["message"], answer["errors"][0]["extensions"]["code"]) == (said, "INTERNAL")
    assert answer["data"]["job"]["state"] == "SUCCEEDED"
    assert (failed["error"], failed["units"]) == ({"code": "INTERNAL", "message": said}, 0)


async def test_without_a_folder_a_large_job_is_refused_and_a_small_one_is_not(
    installation, client_of, names, objects_folder
):
    client = client_of(await installation.person())
    away = objects_folder.rename(objects_folder.with_name("away"))
    try:
        answer = (await client.post(CREATE, input=of_bytes(LARGE))).json()
        small = await create(client, of_bytes(b"small"))
    finally:
        away.rename(objects_folder)

    assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert small["__typename"] == "JobAccepted"
    async with installation.database() as database:
        assert await database.fetchval("SELECT count(*) FROM jobs") == 1
    assert names() == set()


async def test_a_job_waits_for_the_object_store_and_then_runs(installation, client_of, new_worker, objects_folder):
    client = client_of(await installation.person())
    job_id = await made(client, of_bytes(LARGE))
    away = objects_folder.rename(objects_folder.with_name("away"))
    try:
        worker = new_worker()
        await until(lambda: "The object store has no folder" in worker.log.read_text())
    finally:
        away.rename(objects_folder)

    job = await reach(client, job_id, "SUCCEEDED")

    assert job["error"] is None
    assert (await look(client, job_id))["units"] == 1


async def test_a_cancelled_job_names_no_object(installation, client_of):
    client = client_of(await installation.person())
    job_id = await made(client, of_bytes(LARGE))
    await client.run(CANCEL, id=job_id)

    assert await column(installation, "inputs_object") is None


async def test_without_an_object_store_large_tensors_are_refused():
    nowhere = Objects(Settings.from_environ(environ()))

    kept = await keeping.keep(bytes(keeping.LARGEST_IN_ROW), nowhere)
    with pytest.raises(errors.PayloadTooLarge, match="there is no object store"):
        await keeping.keep(bytes(keeping.LARGEST_IN_ROW + 1), nowhere)

    assert kept == keeping.Kept(bytes(keeping.LARGEST_IN_ROW))
