"""Workers as processes: killed with -9, stopped, and several at once."""

import asyncio
import threading
import time
from functools import partial

import pytest

from db.models.webhooks import WebhookState
from settings import Settings
from tests.mails import until
from tests.webhooks.conftest import pass_time, tries_of, webhook_of
from tests.workers import new_worker as new_worker
from tests.workers import start
from webhooks import tries
from webhooks.delivery import WebhookDelivery

DIED = "The worker ended before the answer came."


@pytest.fixture
def held(receiver):
    """The receiver waits with its answers until this is set."""
    release = threading.Event()
    receiver.answer = lambda request: (200, {}, b"") if release.wait(60) else (500, {}, b"")
    yield release
    release.set()


async def is_delivered(job_id):
    return (await webhook_of(job_id)).state is WebhookState.DELIVERED


async def shown(job_id):
    return [(one.status, one.error, one.milliseconds is None) for one in await tries_of(job_id)]


async def test_a_worker_that_is_killed_while_it_sends_loses_no_try(new_worker, new_user, new_job, receiver, held):
    job_id = await new_job(await new_user(), receiver.url)
    first = new_worker()
    await start(first)
    await until(lambda: len(receiver.requests) == 1)

    first.kill()
    held.set()
    await pass_time(job_id)
    await start(new_worker())
    await until(lambda: is_delivered(job_id))

    assert await shown(job_id) == [(None, DIED, True), (200, None, False)]
    webhook = await webhook_of(job_id)
    assert (webhook.failures, webhook.lost, webhook.running, webhook.next_at) == (0, 0, None, None)
    # A receiver can tell that it is the same message.
    assert len({(request.headers["webhook-id"], request.body) for request in receiver.requests}) == 1


async def test_a_worker_that_is_killed_before_it_sends_loses_no_try(new_worker, new_user, new_job, receiver):
    job_id = await new_job(await new_user(), receiver.url)
    # As a worker leaves it that is killed right after its claim.
    (claimed,) = await tries.claim(1)
    assert await tries.claim(1) == []
    await start(new_worker())
    other = await new_job(await new_user(), receiver.url)
    await until(lambda: is_delivered(other))
    assert len(receiver.requests) == 1

    await pass_time(job_id)
    await until(lambda: is_delivered(job_id))

    assert await shown(job_id) == [(None, DIED, True), (200, None, False)]
    # What the dead one would still note changes nothing.
    await tries.break_off([claimed.id])
    assert (await webhook_of(job_id)).state is WebhookState.DELIVERED


async def test_a_worker_that_stood_still_for_most_of_its_claim_sends_nothing(
    worker_settings, sealer, new_user, new_job, receiver
):
    delivery = WebhookDelivery(Settings.from_environ(worker_settings), sealer)
    job_id = await new_job(await new_user(), receiver.url)
    (claimed,) = await tries.claim(1)

    await delivery.attempt(claimed, time.monotonic() - 36)

    assert (receiver.requests, await shown(job_id)) == ([], [(None, None, True)])
    # Another one takes it when the claim is over.
    await pass_time(job_id)
    (again,) = await tries.claim(1)
    await delivery.attempt(again, time.monotonic())
    assert len(receiver.requests) == 1
    assert await is_delivered(job_id)


async def test_a_webhook_that_kills_its_worker_is_a_failed_try_in_the_end(new_worker, new_user, new_job, receiver):
    job_id = await new_job(await new_user(), receiver.url)
    for _ in range(4):
        assert len(await tries.claim(1)) == 1
        await pass_time(job_id)

    await start(new_worker())
    await until(lambda: has_failed_once(job_id))

    assert receiver.requests == []
    assert (await shown(job_id))[-1] == (None, "The worker died during more than 3 tries.", False)
    # The next one has its chances again.
    await pass_time(job_id)
    await until(lambda: is_delivered(job_id))


async def has_failed_once(job_id):
    return (await webhook_of(job_id)).failures == 1


async def test_a_worker_that_stops_leaves_its_tries_to_another_at_once(new_worker, new_user, new_job, receiver, held):
    """It waits ten seconds for the answer."""
    job_id = await new_job(await new_user(), receiver.url)
    first = new_worker(JOBS_RUNNING="0")
    await start(first)
    await until(lambda: len(receiver.requests) == 1)

    await asyncio.to_thread(first.stop)
    stopped = await webhook_of(job_id)
    held.set()
    await start(new_worker())
    await until(lambda: is_delivered(job_id))

    assert (stopped.running, stopped.lost, stopped.state) == (None, 0, WebhookState.SENDING)
    assert await shown(job_id) == [(None, DIED, True), (200, None, False)]


async def test_an_answer_is_noted_once_postgres_is_back(new_worker, new_user, new_job, receiver, held, postgres):
    job_id = await new_job(await new_user(), receiver.url)
    worker = new_worker()
    await start(worker)
    await until(lambda: len(receiver.requests) == 1)
    postgres.pause()
    try:
        held.set()
        await until(lambda: f"webhook of job {job_id} waits for Postgres" in worker.log.read_text())
    finally:
        postgres.resume()

    await until(lambda: is_delivered(job_id))

    assert await shown(job_id) == [(200, None, False)]
    assert len(receiver.requests) == 1


async def test_several_workers_send_each_webhook_once(new_worker, new_user, new_job, receiver):
    await start(*(new_worker() for _ in range(3)))
    jobs = [await new_job(user, receiver.url) for user in [await new_user() for _ in range(6)] for _ in range(5)]
    for job_id in jobs:
        await until(partial(is_delivered, job_id), within=60)

    assert len(receiver.requests) == len({request.headers["webhook-id"] for request in receiver.requests}) == 30
    assert [await shown(job_id) for job_id in jobs] == [[(200, None, False)]] * 30
