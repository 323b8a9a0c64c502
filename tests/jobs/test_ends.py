"""What ends a job besides its result: limits that it waits for, the end of its credential, its time."""

import asyncio
from functools import partial

from tests.jobs.documents import CANCEL, CREATE, JOB, JOBS, create, look, made, reach, wanted
from tests.journey.client import create_token, revoke_token
from tests.mails import until

SUSPEND = "UPDATE users SET suspended_at = now() WHERE id = $1"
LOGOUT = "mutation { logout { at } }"


async def is_counted(installation, person, expected):
    if await installation.running(person):
        return False
    return await installation.is_rolled_up(person) and await installation.counted(person) == expected


async def test_a_job_waits_for_its_units(installation, client_of, new_worker):
    ada = await installation.person(per_day=12)
    client = client_of(ada)
    first, second, third = [await made(client, wanted(number)) for number in range(3)]
    new_worker()

    await reach(client, first, "SUCCEEDED")
    await reach(client, second, "SUCCEEDED")
    async with installation.database() as database:

        async def was_refused():
            return await database.fetchval("SELECT available_at > now() FROM jobs WHERE state = 'QUEUED'")

        await until(was_refused)
    waiting = await look(client, third)
    async with installation.database() as database:
        await database.execute(
            "UPDATE plans SET units_per_day = 100 WHERE id = (SELECT plan_id FROM users WHERE id = $1)", ada.id
        )
        await database.execute("UPDATE index_state SET epoch = epoch + 1")
    job = await reach(client, third, "SUCCEEDED")

    assert (waiting["state"], waiting["units"], waiting["error"]) == ("QUEUED", 0, None)
    assert job["units"] == 5
    await until(partial(is_counted, installation, ada, {"held": (3, 0, 15)}))


async def test_a_job_that_costs_more_than_the_plan_allows_at_all_fails(installation, client_of, new_worker):
    ada = await installation.person(per_minute=4)
    client = client_of(ada)
    new_worker()

    job = await reach(client, await made(client, wanted(1)), "FAILED")

    assert (job["error"]["code"], job["units"], job["startedAt"]) == ("QUERY_TOO_COMPLEX", 0, None)
    assert await installation.running(ada) == 0


async def test_jobs_of_a_user_take_the_users_slots(installation, client_of, new_worker, held):
    ada = await installation.person(at_once=1)
    client = client_of(ada)
    held.hold()
    new_worker()
    first, second = [await made(client, wanted(number)) for number in (1, 2)]
    await reach(client, first, "RUNNING")

    waiting = await look(client, second)
    held.release()

    assert (waiting["state"], waiting["position"]) == ("QUEUED", 1)
    assert (await reach(client, second, "SUCCEEDED"))["units"] == 5
    assert held.notes("begun") == [1, 2]


async def test_users_take_turns_and_the_jobs_of_one_keep_their_order(installation, client_of, new_worker, held):
    ada, bob = await installation.person(), await installation.person()
    of_ada, of_bob = client_of(ada), client_of(bob)
    crowd = [await made(of_ada, wanted(number)) for number in range(10)]
    late = [await made(of_bob, wanted(number)) for number in (100, 101)]

    positions = [(await look(client, job))["position"] for client, job in ((of_ada, crowd[9]), (of_bob, late[1]))]
    new_worker(JOBS_RUNNING="1")
    await reach(of_ada, crowd[9], "SUCCEEDED")

    assert positions == [12, 4]
    assert held.notes("begun") == [0, 100, 1, 101, *range(2, 10)]


async def test_a_model_can_have_fewer_places_than_the_worker(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    new_worker(JOBS_RUNNING_BY_MODEL="held=1")
    first, second = [await made(client, wanted(number)) for number in (1, 2)]
    text = {"model": "text", "inputs": [{"name": "IN", "shape": [1], "data": {"values": ["a"]}}]}

    await reach(client, await made(client, text), "SUCCEEDED")

    assert (await look(client, first))["state"] == "RUNNING"
    assert (await look(client, second))["state"] == "QUEUED"


async def test_the_end_of_a_token_cancels_its_jobs_and_no_others(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    token = await create_token(client)
    with_token = client_of(ada, credential=token["token"])
    held.hold()
    new_worker(JOBS_RUNNING="1")
    running, waiting = [await made(with_token, wanted(number)) for number in (1, 2)]
    of_session = await made(client, wanted(3))
    await until(lambda: held.notes("begun") == [1])

    await revoke_token(client, token)
    ended = [await reach(client, job, "CANCELLED") for job in (running, waiting)]
    held.release()

    told = {"code": "UNAUTHENTICATED", "message": "The credential that created this job has ended."}
    assert [(job["error"], job["units"]) for job in ended] == [(told, 5), (told, 0)]
    await until(lambda: held.notes("cancelled") == [1])
    assert (await reach(client, of_session, "SUCCEEDED"))["units"] == 5
    assert held.notes("begun") == [1, 3]
    await until(partial(is_counted, installation, ada, {"held": (2, 1, 10)}))
    assert await installation.running(ada) == 0


async def test_a_suspension_cancels_the_jobs_of_all_sessions(installation, client_of, new_worker, held):
    ada = await installation.person()
    held.hold()
    new_worker(JOBS_RUNNING="1")
    for number in (1, 2):
        await made(client_of(ada), wanted(number))
    await until(lambda: held.notes("begun") == [1])

    async with installation.database() as database:
        async with database.transaction():
            await database.execute(SUSPEND, ada.id)
            # `suspendUser` tells Redis. Here the entries there are of an old epoch.
            await database.execute("UPDATE index_state SET epoch = epoch + 1")

        async def states():
            found = "SELECT state, units::int FROM jobs WHERE user_id = $1 ORDER BY turn"
            return [tuple(row) for row in await database.fetch(found, ada.id)]

        async def are_cancelled():
            return await states() == [("CANCELLED", 5), ("CANCELLED", 0)]

        await until(are_cancelled)
    await until(lambda: held.notes("cancelled") == [1])


async def test_a_revocation_that_races_the_starts_leaves_no_job_of_it_running(
    installation, client_of, new_worker, held
):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    new_worker()
    new_worker()
    for round_ in range(3):
        token = await create_token(client, name=str(round_))
        with_token = client_of(ada, credential=token["token"])
        jobs = [await made(with_token, wanted(number)) for number in range(6)]

        await revoke_token(client, token)
        begun = len(held.notes("begun"))
        ended = [await reach(client, job, "CANCELLED") for job in jobs]

        # What begins after the answer was admitted before it.
        assert len(held.notes("begun")) <= begun + 8
        assert {job["units"] for job in ended} <= {0, 5}
    await until(lambda: sorted(held.notes("cancelled")) == sorted(held.notes("begun")))
    async with installation.database() as database:
        (calls,) = await database.fetchrow("SELECT count(*) FROM jobs WHERE user_id = $1 AND units = 5", ada.id)
    await until(partial(is_counted, installation, ada, {"held": (calls, calls, 5 * calls)} if calls else {}))
    assert await installation.running(ada) == 0


async def test_a_job_that_does_not_start_in_time_is_expired(installation, client_of, new_worker):
    ada = await installation.person()
    client = client_of(ada)

    job = await reach(client, await made(client, wanted(1, expiresIn="PT1S")), "EXPIRED")
    new_worker()
    await reach(client, await made(client, wanted(2)), "SUCCEEDED")

    assert (job["units"], job["position"], job["result"], job["error"], job["startedAt"]) == (0, None, None, None, None)
    assert job["endedAt"] >= job["expiresAt"]
    await until(partial(is_counted, installation, ada, {"held": (1, 0, 5)}))


async def test_jobs_are_deleted_after_their_time_and_keys_are_free_after_a_day(installation, client_of, new_worker):
    ada = await installation.person()
    client = client_of(ada)
    worker = new_worker()
    job_id = await made(client, wanted(1, idempotencyKey="k"))
    await reach(client, job_id, "SUCCEEDED")
    async with installation.database() as database:
        await database.execute("UPDATE jobs SET created_at = created_at - interval '25 h'")
        other = await create(client, wanted(2, idempotencyKey="k"))
        await reach(client, other["job"]["id"], "SUCCEEDED")
        await database.execute("UPDATE jobs SET ended_at = ended_at - interval '25 h' WHERE idempotency_key IS NULL")

        # A worker cleans when it starts.
        await asyncio.to_thread(worker.stop)
        new_worker()

        async def is_one():
            return await database.fetchval("SELECT count(*) FROM jobs") == 1

        await until(is_one)
    assert other["__typename"] == "JobAccepted"
    assert await look(client, job_id) is None
    assert (await look(client, other["job"]["id"]))["state"] == "SUCCEEDED"


async def test_wrong_jobs_are_refused_at_once_and_none_is_made(installation, client_of):
    ada = await installation.person()
    client = client_of(ada)
    wide = {"name": "IN", "shape": [2], "data": {"values": [1, 2]}}

    async def refused(job):
        answer = (await client.post(CREATE, input=job)).json()
        return [error["extensions"]["code"] for error in answer.get("errors", ())] or answer["data"]["createJob"]

    assert await refused({"model": "nothing", "inputs": []}) == ["MODEL_NOT_FOUND"]
    assert await refused(wanted(1, version="9")) == ["MODEL_NOT_FOUND"]
    assert await refused(wanted(1, outputs=["NOTHING"])) == ["INVALID_TENSOR"]
    assert await refused({"model": "held", "inputs": [wide]}) == ["INVALID_TENSOR"]
    assert await refused({"model": "held", "inputs": []}) == ["INVALID_TENSOR"]
    found = await refused(wanted(1, expiresIn="P8D", idempotencyKey="a\nb"))
    assert [problem["path"] for problem in found["problems"]] == [["input", "idempotencyKey"], ["input", "expiresIn"]]
    assert (await client.run(JOBS))["me"]["jobs"]["totalCount"] == 0


async def test_a_user_has_room_for_so_many_jobs_and_no_more(installation, client_of):
    ada = await installation.person()
    clients = [client_of(ada), client_of(ada, 1)]

    answers = await asyncio.gather(*(create(clients[number % 2], wanted(number)) for number in range(50)))

    refused = [answer for answer in answers if answer["__typename"] != "JobAccepted"]
    assert len(refused) == 10
    assert {(answer["__typename"], answer["code"], answer["limit"]) for answer in refused} == {
        ("LimitReached", "LIMIT_REACHED", 40)
    }
    assert (await clients[0].run(JOBS))["me"]["jobs"]["totalCount"] == 40


async def test_who_sees_and_cancels_a_job(installation, client_of):
    ada, eve = await installation.person(), await installation.person()
    session = client_of(ada)
    one, other, reader = [
        client_of(ada, credential=(await create_token(session, name=name, scopes=scopes))["token"])
        for name, scopes in (("one", ["INFER"]), ("other", ["INFER", "READ"]), ("reader", ["READ"]))
    ]
    job_id = await made(one, wanted(1))

    async def code(client, document, **variables):
        answer = (await client.post(document, **variables)).json()
        return answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]

    for client in (session, one):
        assert (await look(client, job_id))["id"] == job_id
    for client in (other, client_of(eve)):
        assert await look(client, job_id) is None
        assert (await client.run(CANCEL, id=job_id))["cancelJob"]["__typename"] == "NotFound"
    assert await code(reader, JOB, id=job_id) == "FORBIDDEN"
    assert await code(reader, CANCEL, id=job_id) == "FORBIDDEN"
    assert await code(reader, CREATE, input=wanted(2)) == "FORBIDDEN"
    assert await code(other, JOBS) == "FORBIDDEN"
    assert (await look(session, job_id))["state"] == "QUEUED"
    assert (await one.run(CANCEL, id=job_id))["cancelJob"]["__typename"] == "JobCancelled"


async def test_jobs_are_listed_newest_first_by_pages_and_states(installation, client_of):
    ada = await installation.person()
    client = client_of(ada)
    jobs = [await made(client, wanted(number)) for number in range(3)]
    await client.run(CANCEL, id=jobs[1])

    page = (await client.run(JOBS, first=2))["me"]["jobs"]
    rest = (await client.run(JOBS, first=2, after=page["pageInfo"]["endCursor"]))["me"]["jobs"]
    waiting = (await client.run(JOBS, state="QUEUED"))["me"]["jobs"]

    assert [node["id"] for node in page["nodes"]] == [jobs[2], jobs[1]]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert [node["id"] for node in rest["nodes"]] == [jobs[0]]
    assert [(node["id"], node["position"]) for node in waiting["nodes"]] == [(jobs[2], 2), (jobs[0], 1)]
