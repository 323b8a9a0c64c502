"""A job from its creation to its result, as its owner sees it."""

import asyncio
from functools import partial

from tests.jobs.documents import CANCEL, JOBS, create, look, made, reach, wanted
from tests.journey.client import create_token
from tests.mails import until


async def test_a_job_runs_and_has_the_result_that_infer_gives(installation, client_of, new_worker):
    ada = await installation.person()
    client = client_of(ada)

    accepted = await create(client, wanted(7))
    new_worker()
    job = await reach(client, accepted["job"]["id"], "SUCCEEDED")

    first = accepted["job"]
    assert (accepted["__typename"], first["state"], first["position"], first["units"]) == (
        "JobAccepted",
        "QUEUED",
        1,
        0,
    )
    assert (first["startedAt"], first["endedAt"], first["result"], first["error"]) == (None, None, None, None)
    assert job["result"] == {
        "model": "held",
        "version": "1",
        "outputs": [{"name": "OUT", "datatype": "INT32", "shape": [1], "values": [7]}],
    }
    assert (job["position"], job["units"], job["error"]) == (None, 5, None)
    assert first["createdAt"] == job["createdAt"] < job["startedAt"] < job["endedAt"] < job["expiresAt"]
    await until(partial(counts, installation, ada, {"held": (1, 0, 5)}))
    assert await installation.running(ada) == 0


async def counts(installation, person, expected):
    if await installation.running(person):
        return False
    return await installation.is_rolled_up(person) and await installation.counted(person) == expected


async def test_a_job_can_be_cancelled_while_it_waits_and_costs_nothing(installation, client_of, new_worker):
    ada = await installation.person()
    client = client_of(ada)
    job_id = await made(client, wanted(1))

    cancelled = (await client.run(CANCEL, id=job_id))["cancelJob"]
    again = (await client.run(CANCEL, id=job_id))["cancelJob"]
    new_worker()
    await reach(client, await made(client, wanted(2)), "SUCCEEDED")

    assert (cancelled["__typename"], cancelled["job"]["state"], cancelled["job"]["units"]) == (
        "JobCancelled",
        "CANCELLED",
        0,
    )
    assert again == {"__typename": "NotFound", "code": "NOT_FOUND"}
    assert (await look(client, job_id))["state"] == "CANCELLED"
    await until(partial(counts, installation, ada, {"held": (1, 0, 5)}))


async def test_a_token_is_not_given_the_job_of_another_credential_by_its_key(installation, client_of):
    ada = await installation.person()
    session = client_of(ada)
    tokens = [await create_token(session, name=name) for name in ("one", "two")]
    first, second = [client_of(ada, credential=token["token"]) for token in tokens]
    keyed = wanted(1, idempotencyKey="order 8")

    made_first = await create(first, keyed)
    of_second = await create(second, keyed)

    assert made_first["__typename"] == "JobAccepted"
    assert (of_second["__typename"], of_second["code"]) == ("IdempotencyConflict", "IDEMPOTENCY_CONFLICT")
    assert of_second["message"].endswith("this API token may not see it. Use a new key.")
    # Its own token and the session see it.
    for client in (first, session):
        assert (await create(client, keyed))["job"]["id"] == made_first["job"]["id"]
    assert (await session.run(JOBS))["me"]["jobs"]["totalCount"] == 1


async def test_cancelling_a_running_job_stops_triton_and_keeps_its_units(installation, client_of, new_worker, held):
    ada = await installation.person()
    client = client_of(ada)
    held.hold()
    new_worker()
    job_id = await made(client, wanted(3))
    running = await reach(client, job_id, "RUNNING")
    await until(lambda: held.notes("begun") == [3])

    cancelled = (await client.run(CANCEL, id=job_id))["cancelJob"]["job"]

    assert (running["units"], running["position"], running["result"]) == (5, None, None)
    assert (cancelled["state"], cancelled["units"]) == ("CANCELLED", 5)
    await until(lambda: held.notes("cancelled") == [3])
    await until(partial(counts, installation, ada, {"held": (1, 1, 5)}))
    assert await installation.running(ada) == 0


async def test_the_same_key_makes_one_job_and_refuses_other_inputs(installation, client_of):
    ada, bob = await installation.person(), await installation.person()
    first, second = client_of(ada), client_of(ada, 1)
    keyed = wanted(1, idempotencyKey="order 7")

    answers = await asyncio.gather(*(create(client, keyed) for client in (first, second) * 5))
    other = await create(first, wanted(2, idempotencyKey="order 7"))
    of_another = await create(client_of(bob), wanted(2, idempotencyKey="order 7"))

    assert len({answer["job"]["id"] for answer in answers}) == 1
    assert (other["__typename"], other["code"]) == ("IdempotencyConflict", "IDEMPOTENCY_CONFLICT")
    assert of_another["__typename"] == "JobAccepted"
    assert (await first.run(JOBS))["me"]["jobs"]["totalCount"] == 1
