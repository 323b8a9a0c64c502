"""Jobs while a worker, Triton or Redis is killed: one result and one charge, or FAILED with the units back."""

import asyncio
import shutil
import signal
from functools import partial

from limits import partitions
from local import servers
from tests.conftest import TEST_MODELS
from tests.jobs.documents import CANCEL, made, reach, wanted
from tests.mails import until

PRIVATE = {"model": "private", "inputs": [{"name": "IN", "shape": [1], "data": {"values": [1.5]}}]}


async def is_counted(installation, person, expected):
    if await installation.running(person):
        return False
    return await installation.is_rolled_up(person) and await installation.counted(person) == expected


async def test_a_job_of_a_killed_worker_runs_again_and_is_charged_once(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    first = new_worker()
    job_id = await made(client, wanted(1))
    await until(lambda: held.notes("begun") == [1])

    first.kill()
    held.release()
    new_worker()
    # Until its lease is over, nobody else takes it.
    job = await reach(client, job_id, "SUCCEEDED", "FAILED")

    assert (job["state"], job["units"], job["result"]["outputs"][0]["values"]) == ("SUCCEEDED", 5, [1])
    assert held.notes("begun") == [1, 1]
    await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))
    assert await installation.running(ada) == 0


async def test_a_worker_that_wakes_up_after_another_took_its_job_changes_nothing(
    installation, client_of, new_worker, held
):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    frozen = new_worker()
    job_id = await made(client, wanted(8))
    await until(lambda: held.notes("begun") == [8])
    frozen.ask_to_end(signal.SIGSTOP)
    async with installation.database() as database:
        await database.execute("UPDATE jobs SET worker_until = now() - interval '1 s'")

    held.release()
    new_worker()
    job = await reach(client, job_id, "SUCCEEDED", "FAILED")
    frozen.ask_to_end(signal.SIGCONT)
    await reach(client, await made(client, wanted(9)), "SUCCEEDED")

    assert (job["state"], job["units"]) == ("SUCCEEDED", 5)
    assert await asyncio.to_thread(frozen.stop) == 0
    assert (await reach(client, job_id, "SUCCEEDED"))["endedAt"] == job["endedAt"]
    await until(partial(is_counted, installation, ada, {"held": (2, 0, 10)}))
    assert await installation.running(ada) == 0


async def test_a_stopping_worker_puts_its_jobs_back_without_a_charge(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    first = new_worker(JOB_GRACE_SECONDS="0")
    job_id = await made(client, wanted(2))
    await until(lambda: held.notes("begun") == [2])

    status = await asyncio.to_thread(first.stop)
    waiting = await reach(client, job_id, "QUEUED")
    meanwhile = await installation.running(ada)
    held.release()
    new_worker()
    job = await reach(client, job_id, "SUCCEEDED", "FAILED")

    assert (status, meanwhile) == (0, 0)
    assert (waiting["units"], waiting["startedAt"], waiting["position"]) == (0, None, 1)
    assert (job["state"], job["units"]) == ("SUCCEEDED", 5)
    await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))


async def test_a_stopping_worker_lets_its_jobs_end_within_the_grace(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    worker = new_worker(JOB_GRACE_SECONDS="60")
    job_id, later = await made(client, wanted(3)), None
    await until(lambda: held.notes("begun") == [3])

    worker.ask_to_end()
    later = await made(client, wanted(4))
    held.release()
    assert await asyncio.to_thread(worker.wait) == 0

    assert (await reach(client, job_id, "SUCCEEDED"))["units"] == 5
    assert (await reach(client, later, "QUEUED"))["units"] == 0
    assert held.notes("begun") == [3]


async def test_redis_that_is_restarted_while_a_job_runs_changes_nothing(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    new_worker()
    job_id = await made(client, wanted(5))
    await until(lambda: held.notes("begun") == [5])

    installation.redis.kill()
    held.release()
    await installation.start_redis()
    await installation.recovered()
    job = await reach(client, job_id, "SUCCEEDED", "FAILED")

    assert (job["state"], job["units"]) == ("SUCCEEDED", 5)
    assert held.notes("begun") == [5]
    await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))
    assert await installation.running(ada) == 0


async def test_a_job_that_redis_has_forgotten_is_still_charged_once(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    new_worker()
    job_id = await made(client, wanted(6))
    await until(lambda: held.notes("begun") == [6])

    async with installation.in_redis() as redis:
        await redis.flushall()
    held.release()
    job = await reach(client, job_id, "SUCCEEDED", "FAILED")

    assert (job["state"], job["units"]) == ("SUCCEEDED", 5)
    await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))
    assert await installation.running(ada) == 0


async def test_a_job_whose_triton_is_killed_runs_when_it_is_back(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    new_worker()
    job_id = await made(client, wanted(7))
    await until(lambda: held.notes("begun") == [7])

    installation.triton.kill()
    waiting = await reach(client, job_id, "QUEUED")
    held.release()
    await asyncio.to_thread(installation.triton.start)
    job = await reach(client, job_id, "SUCCEEDED", "FAILED", within=120)

    assert waiting["units"] == 0
    assert (job["state"], job["units"]) == ("SUCCEEDED", 5)
    await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))
    assert await installation.running(ada) == 0
    await installation.recovered()


async def test_a_job_waits_for_the_one_of_several_tritons_that_has_its_model(
    installation, client_of, new_worker, held, tmp_path
):
    ada = await installation.person()
    client = client_of(ada)
    shutil.copytree(TEST_MODELS / "text", tmp_path / "repository" / "text")
    with servers.Triton(tmp_path / "other", [tmp_path / "repository"]) as other:
        job_ids = [await made(client, wanted(number)) for number in (1, 2)]
        words = {"name": "IN", "shape": [1], "data": {"values": ["a"]}}
        beside = await made(client, {"model": "text", "inputs": [words]})
        installation.triton.kill()
        # It has never seen the other one's models, and takes jobs of those that it knows.
        new_worker(TRITON_URL=f"{other.url},{installation.triton.url}", TRITON_HTTP_URL="")
        assert (await reach(client, beside, "SUCCEEDED", "FAILED"))["state"] == "SUCCEEDED"
        async with installation.database() as database:
            waiting = await database.fetch("SELECT state, attempts FROM jobs WHERE model = 'held'")
        await asyncio.to_thread(installation.triton.start)
        jobs = [await reach(client, job_id, "SUCCEEDED", "FAILED", within=120) for job_id in job_ids]
        other.kill()

    assert [(row["state"], row["attempts"]) for row in waiting] == [("QUEUED", 0)] * 2
    assert [(job["state"], job["units"]) for job in jobs] == [("SUCCEEDED", 5)] * 2
    await until(partial(is_counted, installation, ada, {"held": (2, 0, 10), "text": (1, 0, 1)}))
    await installation.recovered()


async def test_two_workers_run_each_job_once(installation, client_of, new_worker, held):
    ada, bob = await installation.person(), await installation.person()
    clients = [client_of(ada), client_of(ada, 1), client_of(bob), client_of(bob, 1)]
    new_worker()
    new_worker()

    jobs = await asyncio.gather(*(made(clients[number % 4], wanted(number)) for number in range(40)))
    found = await asyncio.gather(*(reach(clients[number % 4], job, "SUCCEEDED") for number, job in enumerate(jobs)))

    assert [job["result"]["outputs"][0]["values"] for job in found] == [[number] for number in range(40)]
    assert sorted(held.notes("begun")) == list(range(40))
    for person in (ada, bob):
        await until(partial(is_counted, installation, person, {"held": (20, 0, 100)}))
        assert await installation.running(person) == 0


async def test_a_job_that_is_cancelled_while_it_starts_is_charged_as_it_says(installation, client_of, new_worker, held):
    ada = await installation.person()
    client, other = client_of(ada), client_of(ada, 1)
    new_worker()
    new_worker()

    async def race(number):
        job_id = await made(client, wanted(number))
        await asyncio.sleep(number % 10 * 0.02)
        await other.run(CANCEL, id=job_id)
        return await reach(client, job_id, "SUCCEEDED", "CANCELLED")

    found = [job for first in range(0, 30, 10) for job in await asyncio.gather(*map(race, range(first, first + 10)))]

    kept = [job for job in found if job["units"]]
    failed = [job for job in kept if job["state"] == "CANCELLED"]
    assert {job["units"] for job in found} <= {0, 5}
    assert all(job["units"] == 5 for job in found if job["state"] == "SUCCEEDED")
    expected = {"held": (len(kept), len(failed), 5 * len(kept))} if kept else {}
    await until(partial(is_counted, installation, ada, expected))
    assert await installation.running(ada) == 0
    async with installation.in_redis() as redis:
        assert int(await redis.hget(partitions.of_user(ada.id).day, "u") or 0) == 5 * len(kept)


async def test_postgres_that_is_killed_while_a_job_runs_has_its_result_afterwards(
    installation, client_of, new_worker, held
):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    new_worker()
    job_id = await made(client, wanted(6))
    await until(lambda: held.notes("begun") == [6])

    installation.postgres.kill()
    held.release()
    await until(lambda: held.notes("done") == [6])
    await asyncio.to_thread(installation.postgres.start)
    await installation.recovered()
    job = await reach(client, job_id, "SUCCEEDED", "FAILED")

    assert (job["state"], job["units"], job["result"]["outputs"][0]["values"]) == ("SUCCEEDED", 5, [6])
    assert held.notes("begun") == [6]
    await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))


async def test_a_job_whose_plan_lost_its_model_fails_and_costs_nothing(installation, client_of, new_worker):
    ada = await installation.person()
    async with installation.database() as database:
        plan = await database.fetchval("SELECT plan_id FROM users WHERE id = $1", ada.id)
        await database.execute("""UPDATE plans SET models = '["private"]' WHERE id = $1""", plan)
    client = client_of(ada)
    job_id = await made(client, PRIVATE)
    async with installation.database() as database:
        await database.execute("UPDATE plans SET models = '[]' WHERE id = $1", plan)
        await database.execute("UPDATE index_state SET epoch = epoch + 1")

    new_worker()
    job = await reach(client, job_id, "SUCCEEDED", "FAILED")

    assert (job["state"], job["units"], job["error"]["code"]) == ("FAILED", 0, "MODEL_NOT_FOUND")
    await until(partial(is_counted, installation, ada, {"private": (1, 1, 0)}))
    assert await installation.running(ada) == 0
