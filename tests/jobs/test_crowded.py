"""Jobs of a model that has as many as it can work on: they wait in the queue, and not in a worker's places."""

import asyncio
from uuid import uuid4

import pytest

from db import connection
from resolvers.jobs import queue
from settings import Settings
from tests.jobs.documents import look, made, reach, wanted
from tests.mails import until

TEXT = {"model": "text", "inputs": [{"name": "IN", "shape": [1], "data": {"values": ["a"]}}]}
CALL = """{ infer(model: "held", inputs: [{name: "IN", shape: [1], data: {values: [%d]}}]) { version } }"""
# As many instances has the model `held`.
AT_ONCE = 4


async def test_jobs_of_other_models_do_not_wait_behind_a_crowded_one(installation, client_of, new_worker, held):
    ada, bob = await installation.person(), await installation.person()
    of_ada, of_bob = client_of(ada), client_of(bob)
    held.hold()
    crowd = [await made(of_ada, wanted(number)) for number in range(AT_ONCE + 2)]
    new_worker(JOBS_RUNNING=str(AT_ONCE + 2))
    await until(lambda: len(held.notes("begun")) == AT_ONCE)

    for client in (of_ada, of_bob):
        assert (await reach(client, await made(client, TEXT), "SUCCEEDED"))["units"] == 1

    states = [(await look(of_ada, job))["state"] for job in crowd]
    assert states == ["RUNNING"] * AT_ONCE + ["QUEUED"] * 2
    assert await installation.running(ada) == AT_ONCE
    held.release()
    for job in crowd:
        assert (await reach(of_ada, job, "SUCCEEDED"))["units"] == 5


async def test_jobs_behind_calls_of_the_api_take_only_the_places_that_their_model_may_have(
    installation, client_of, new_worker, held
):
    ada, bob = await installation.person(), await installation.person()
    of_ada, of_bob = client_of(ada), client_of(bob)
    held.hold()
    calls = [asyncio.create_task(of_bob.run(CALL % number)) for number in range(AT_ONCE)]
    await until(lambda: len(held.notes("begun")) == AT_ONCE)
    crowd = [await made(of_ada, wanted(number)) for number in (101, 102, 103)]
    new_worker(JOBS_RUNNING="3", JOBS_RUNNING_BY_MODEL="held=2")
    for job in crowd[:2]:
        await reach(of_ada, job, "RUNNING")

    for client in (of_ada, of_bob):
        assert (await reach(client, await made(client, TEXT), "SUCCEEDED"))["units"] == 1

    # The worker has sent them, and Triton works on none of them.
    assert [(await look(of_ada, job))["state"] for job in crowd] == ["RUNNING", "RUNNING", "QUEUED"]
    assert sorted(held.notes("begun")) == [*range(AT_ONCE)]
    held.release()
    assert [(await call)["infer"] for call in calls] == [{"version": "1"}] * AT_ONCE
    for job in crowd:
        assert (await reach(of_ada, job, "SUCCEEDED"))["units"] == 5


@pytest.fixture
async def connected(installation):
    await connection.connect(Settings.from_environ(installation.environ))
    yield
    await connection.close()


async def test_a_model_may_be_full_for_one_user(installation, client_of, connected):
    ada, bob = await installation.person(), await installation.person()
    of_ada, of_bob = client_of(ada), client_of(bob)
    first, second, _ = [await made(of_ada, job) for job in (wanted(1), wanted(2), TEXT)]
    await made(of_bob, wanted(3))
    worker, full_for = uuid4(), [(ada.id, "held")]

    claimed = []
    while job := await queue.claim(worker, full=(), full_for=full_for):
        claimed.append((job.credential.user_id, job.model))

    assert claimed == [(bob.id, "held"), (ada.id, "text")]
    states = [(await look(client, job)) for client, job in ((of_ada, first), (of_ada, second))]
    assert [(one["state"], one["units"]) for one in states] == [("QUEUED", 0)] * 2
    assert await queue.claim(worker, full=["held"]) is None
