"""`subscription { job }`: each change of a job, for those who may see it."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

import httpx2

from resolvers.jobs.watching import MOST_OF_USER
from tests.events import TICKS, Event, chunks, subscribed, ticks
from tests.jobs.documents import CANCEL, made, reach, wanted
from tests.journey.client import AccountClient, create_token, revoke_token
from tests.mails import until
from tests.service import Service
from tests.transport import Transport

WATCH = """subscription ($id: ID!) { job(id: $id) { state position units error { code }
  result { outputs { values } } } }"""


def seen(event):
    assert event.kind == "next", event
    assert "errors" not in event.data, event
    job = event.data["data"]["job"]
    return job["state"], job["position"], job["units"]


async def test_each_change_is_sent_until_the_end(installation, client_of, new_worker, held):
    ada = await installation.person()
    client, other = client_of(ada), client_of(ada, 1)
    held.hold()
    first, job_id = [await made(client, wanted(number)) for number in (1, 2)]

    async with subscribed(client.http, WATCH, id=job_id) as here, subscribed(other.http, WATCH, id=job_id) as there:
        for events in (here, there):
            assert seen(await events.next()) == ("QUEUED", 2, 0)
        new_worker(JOBS_RUNNING="1")
        for events in (here, there):
            assert seen(await events.next()) == ("QUEUED", 1, 0)
        await reach(client, first, "RUNNING")
        held.release()
        for events in (here, there):
            *between, last, complete = await events.rest()
            assert [seen(event) for event in between] in ([], [("RUNNING", None, 5)])
            assert seen(last) == ("SUCCEEDED", None, 5)
            assert last.data["data"]["job"]["result"] == {"outputs": [{"values": [2]}]}
            assert complete == Event("complete")


async def test_two_processes_of_one_command_send_the_same(installation, new_worker, held, tmp_path):
    ada = await installation.person()
    held.hold()
    environ = installation.environ | {"GATEHOUSE_METRICS_ADDRESS": ""}
    headers = {"Authorization": f"Bearer {ada.session}"}
    with Service(environ, tmp_path / "two.log", processes=2) as service:
        async with AsyncExitStack() as opened:
            client = await opened.enter_async_context(AccountClient(service.url, ada.session))
            job_id = await made(client, wanted(4))
            # Each over a connection of its own, so that both processes have some.
            https = [
                await opened.enter_async_context(
                    httpx2.AsyncClient(base_url=service.url, timeout=60, transport=Transport())
                )
                for _ in range(12)
            ]
            watched = [
                await opened.enter_async_context(subscribed(http, WATCH, headers=headers, id=job_id))
                for http in https[:8]
            ]
            streams = [
                await opened.enter_async_context(subscribed(http, TICKS, headers=headers, inputs=ticks(3)))
                for http in https[8:]
            ]
            for events in watched:
                assert seen(await events.next()) == ("QUEUED", 1, 0)
            new_worker()
            held.release()

            for events in watched:
                *_, last, complete = await events.rest()
                assert (seen(last), complete) == (("SUCCEEDED", None, 5), Event("complete"))
            for events in streams:
                *found, done, complete = await events.rest()
                assert (chunks(found), complete) == ([0, 1, 2], Event("complete"))
                assert done.data["data"]["infer"] == {"chunks": 3, "calls": 1, "units": 3}
        assert await asyncio.to_thread(service.stop) == 0
    await until(partial(is_counted, installation, ada))


async def is_counted(installation, person):
    return await installation.counted(person) == {"held": (1, 0, 5), "ticking": (4, 0, 12)}


async def test_a_job_that_has_ended_is_sent_once(installation, client_of):
    ada = await installation.person()
    client = client_of(ada)
    job_id = await made(client, wanted(1))
    await client.run(CANCEL, id=job_id)

    async with subscribed(client.http, WATCH, id=job_id) as events:
        found = await events.rest()

    assert [event.kind for event in found] == ["next", "complete"]
    assert seen(found[0]) == ("CANCELLED", None, 0)


async def code(client, job_id):
    async with subscribed(client.http, WATCH, id=job_id) as events:
        *_, last, _ = await events.rest()
    assert last.data["data"] == {"job": None}
    (problem,) = last.data["errors"]
    return problem["extensions"]["code"]


async def test_a_job_of_another_is_not_found_and_a_reader_may_not_watch(installation, client_of):
    ada, eve = await installation.person(), await installation.person()
    client = client_of(ada)
    job_id = await made(client, wanted(1))
    reader = client_of(ada, credential=(await create_token(client, scopes=["READ"]))["token"])

    assert await code(client_of(eve), job_id) == "NOT_FOUND"
    assert await code(client, "nothing") == "NOT_FOUND"
    assert await code(reader, job_id) == "FORBIDDEN"


async def test_the_end_of_the_credential_ends_the_stream(installation, client_of):
    ada = await installation.person()
    client = client_of(ada)
    token = await create_token(client)
    job_id = await made(client, wanted(1))
    with_token = client_of(ada, credential=token["token"])
    own = await made(with_token, wanted(2))

    async with subscribed(with_token.http, WATCH, id=own) as events:
        assert seen(await events.next()) == ("QUEUED", 2, 0)
        await revoke_token(client, token)
        *_, last, _ = await events.rest()

    assert last.data["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await reach(client, job_id, "QUEUED"))["position"] == 1


async def test_a_user_has_so_many_streams_in_a_process_and_they_are_free_again(installation, client_of):
    ada = await installation.person()
    client = client_of(ada)
    job_id = await made(client, wanted(1))
    opened = [subscribed(client.http, WATCH, id=job_id) for _ in range(MOST_OF_USER)]
    # Kept: an answer that nobody refers to is closed.
    answers = await asyncio.gather(*(one.__aenter__() for one in opened))
    for events in answers:
        assert seen(await events.next()) == ("QUEUED", 1, 0)

    refused = await code(client, job_id)
    for one in opened:
        await one.__aexit__(None, None, None)

    assert refused == "LIMIT_REACHED"

    async def is_free():
        async with subscribed(client.http, WATCH, id=job_id) as events:
            return "errors" not in (await events.next()).data

    await until(is_free)
