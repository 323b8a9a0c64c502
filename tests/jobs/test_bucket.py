"""A large job whose inputs and result are in an S3-compatible bucket, from the API to the worker and back."""

import base64
from functools import partial

import pytest

from tests.jobs.documents import made, reach
from tests.jobs.large import LARGE, RESULT, of_bytes
from tests.journey.client import AccountClient
from tests.journey.installation import free_metrics
from tests.mails import until
from tests.seaweedfs import SeaweedFS, needed
from tests.service import Service

pytestmark = needed


@pytest.fixture
def bucket(tmp_path_factory):
    with SeaweedFS(tmp_path_factory.mktemp("bucket")) as server:
        yield server


async def test_a_large_job_runs_over_a_bucket_and_waits_while_it_is_away(
    installation, new_worker, bucket, objects_folder, tmp_path
):
    ada = await installation.person()
    settings = bucket.settings()
    environ = installation.environ | free_metrics() | {f"GATEHOUSE_{name}": value for name, value in settings.items()}
    before = {*objects_folder.iterdir()}
    with Service(environ, tmp_path / "service.log") as service:
        async with AccountClient(service.url, ada.session) as client:
            job_id = await made(client, of_bytes(LARGE))
            bucket.kill()
            worker = new_worker(**settings)
            await until(partial(is_in, worker.log, "The object store "))
            bucket.start()
            job = await reach(client, job_id, "SUCCEEDED", "FAILED", within=90)
            result = (await client.run(RESULT, id=job_id))["job"]["result"]

    assert (job["state"], job["units"]) == ("SUCCEEDED", 1)
    assert base64.b64decode(result["outputs"][0]["base64"]) == LARGE
    assert {*objects_folder.iterdir()} - before == set()


async def is_in(log, text):
    return text in log.read_text()
