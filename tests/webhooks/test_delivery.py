"""What is due is sent, each try is noted, and its time comes. The delivery runs in this process."""

import asyncio
import threading
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import standardwebhooks
from tortoise import Tortoise

from db.models.jobs import Job
from db.models.users import User
from db.models.webhooks import WebhookSecret, WebhookState, WebhookTry
from graph import ids
from settings import Settings
from tests.mails import until
from tests.webhooks.conftest import end, pass_time, tries_of, webhook_of
from tests.webhooks.receivers import listening
from webhooks import signatures, tries
from webhooks.delivery import WebhookDelivery
from webhooks.sending import Outcome


@pytest.fixture
async def delivery(migrated, worker_settings, sealer):
    stopping, made = asyncio.Event(), WebhookDelivery(Settings.from_environ(worker_settings), sealer)
    task = asyncio.create_task(made.run(stopping))
    yield made
    stopping.set()
    await task


async def is_tried(job_id, times):
    found = await tries_of(job_id)
    return len(found) == times and (await webhook_of(job_id)).running is None


async def tried(job_id, times=1):
    await until(lambda: is_tried(job_id, times), within=30)
    return await webhook_of(job_id)


async def seconds_left(job_id):
    (row,) = await Tortoise.get_connection("default").execute_query_dict(
        "SELECT extract(epoch FROM next_at - clock_timestamp())::float8 AS left FROM webhooks WHERE job_id = $1",
        [job_id],
    )
    return row["left"]


async def test_nothing_is_sent_before_the_job_ends_and_one_message_afterwards(delivery, new_user, new_job, receiver):
    user = await new_user()
    other, job_id = await new_job(user, receiver.url), await new_job(user, receiver.url, has_ended=False)
    await tried(other)
    pending = await webhook_of(job_id)

    await end(job_id, "FAILED", "MODEL_FAILED")
    webhook = await tried(job_id)

    assert (pending.state, pending.next_at) == (WebhookState.PENDING, None)
    assert (webhook.state, webhook.next_at, webhook.failures) == (WebhookState.DELIVERED, None, 0)
    (attempt,) = await tries_of(job_id)
    assert (attempt.status, attempt.error) == (200, None)
    assert attempt.milliseconds >= 0
    request = receiver.requests[-1]
    verified = standardwebhooks.Webhook(signatures.written(user.secrets[0])).verify(request.body, request.headers)
    ended_at = (await Job.get(id=job_id)).ended_at
    assert ended_at is not None
    assert verified == {
        "type": "job.ended",
        "timestamp": ended_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"id": ids.write("Job", job_id), "state": "FAILED", "code": "MODEL_FAILED", "model": "held"},
    }
    assert request.headers["webhook-id"] == f"msg_{job_id.hex}"
    assert int(request.headers["webhook-timestamp"]) == int(attempt.at.timestamp())
    assert len(receiver.requests) == 2


async def test_during_a_change_both_secrets_sign_and_a_wrong_one_does_not_verify(delivery, new_user, new_job, receiver):
    user = await new_user(signatures.new_secret(), signatures.new_secret())
    await tried(await new_job(user, receiver.url))
    (request,) = receiver.requests
    await WebhookSecret.filter(user_id=user.id).update(previous_ends_at=datetime(2020, 1, 1, tzinfo=UTC))
    await tried(await new_job(user, receiver.url))
    new, old = (standardwebhooks.Webhook(signatures.written(secret)) for secret in user.secrets)

    assert new.verify(request.body, request.headers) == old.verify(request.body, request.headers)
    assert new.verify(receiver.requests[1].body, receiver.requests[1].headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        old.verify(receiver.requests[1].body, receiver.requests[1].headers)
    stranger = standardwebhooks.Webhook(signatures.written(signatures.new_secret()))
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        stranger.verify(request.body, request.headers)


async def test_the_tries_come_after_their_times_and_then_end(delivery, new_user, new_job, receiver):
    receiver.answer = lambda request: (503, {}, b"later")
    job_id = await new_job(await new_user(), receiver.url)

    lefts = []
    for number in range(1, 8):
        webhook = await tried(job_id, number)
        assert (webhook.failures, webhook.state) == (
            number,
            WebhookState.SENDING if number < 7 else WebhookState.FAILED,
        )
        if number < 7:
            lefts.append(await seconds_left(job_id))
            await pass_time(job_id)

    assert webhook.next_at is None
    for left, pause in zip(lefts, (5, 300, 1800, 7200, 18_000, 36_000), strict=True):
        # Up to a tenth more, less what has passed since on a busy machine.
        assert pause - 5 < left <= pause * 1.1
    assert {(one.status, one.error) for one in await tries_of(job_id)} == {(503, "The receiver answered 503.")}
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len({request.body for request in receiver.requests}) == 1


@pytest.mark.parametrize(
    ("asked", "least"), [("600", 600), ("3", 5), ("999999999", 36_000), ("Sun, 29 Nov 2026 14:00:00 GMT", 5), ("-1", 5)]
)
async def test_a_receiver_may_ask_for_a_longer_pause_and_for_no_shorter_one(
    delivery, new_user, new_job, receiver, asked, least
):
    receiver.answer = lambda request: (429, {"retry-after": asked}, b"")
    job_id = await new_job(await new_user(), receiver.url)

    webhook = await tried(job_id)

    assert (webhook.state, webhook.failures) == (WebhookState.SENDING, 1)
    assert least - 5 < await seconds_left(job_id) <= least * 1.1


async def test_a_receiver_that_is_well_again_gets_it(delivery, new_user, new_job, receiver):
    receiver.answer = lambda request: (500, {}, b"") if len(receiver.requests) < 2 else (204, {}, b"")
    job_id = await new_job(await new_user(), receiver.url)
    await tried(job_id)
    await pass_time(job_id)

    webhook = await tried(job_id, 2)

    assert (webhook.state, webhook.failures, webhook.next_at) == (WebhookState.DELIVERED, 1, None)
    assert [one.status for one in await tries_of(job_id)] == [500, 204]


async def test_410_ends_the_tries(delivery, new_user, new_job, receiver):
    receiver.answer = lambda request: (410, {}, b"")
    webhook = await tried(await new_job(await new_user(), receiver.url))

    assert (webhook.state, webhook.next_at, webhook.failures) == (WebhookState.FAILED, None, 1)


async def test_without_a_secret_nothing_is_sent(delivery, new_user, new_job, receiver):
    user = await new_user()
    await WebhookSecret.filter(user_id=user.id).delete()
    job_id = await new_job(user, receiver.url)

    webhook = await tried(job_id)

    assert (webhook.state, webhook.next_at, receiver.requests) == (WebhookState.FAILED, None, [])
    assert [one.error for one in await tries_of(job_id)] == [
        "There is no signing secret. Create one with `rotateWebhookSecret`."
    ]


async def test_while_its_user_is_suspended_nothing_is_sent(delivery, new_user, new_job, receiver):
    user = await new_user()
    await User.filter(id=user.id).update(suspended_at=datetime.now(UTC))
    job_id = await new_job(user, receiver.url)

    webhook = await tried(job_id)

    assert (webhook.state, webhook.next_at, receiver.requests) == (WebhookState.FAILED, None, [])
    assert [one.error for one in await tries_of(job_id)] == ["The account is suspended."]


async def test_a_secret_that_cannot_be_read_is_a_failed_try(delivery, new_user, new_job, receiver, caplog):
    user = await new_user()
    await WebhookSecret.filter(user_id=user.id).update(sealed_secret="a.b.c.d.e")  # noqa: S106 - no secret
    webhook = await tried(await new_job(user, receiver.url))

    assert (webhook.state, webhook.failures, receiver.requests) == (WebhookState.SENDING, 1, [])
    assert f"The webhook secret of user {user.id} cannot be opened" in caplog.messages


async def test_a_slow_receiver_takes_its_owners_slots_and_no_others(delivery, new_user, new_job, receiver):
    """Four tries at once, of those that the worker could run."""
    release = threading.Event()
    receiver.answer = lambda request: (200, {}, b"") if release.wait(60) else (500, {}, b"")
    slow, quick = await new_user(), await new_user()
    slow_jobs = [await new_job(slow, receiver.url) for _ in range(9)]
    await until(lambda: len(receiver.requests) == tries.OF_USER)
    # By another name, so that its host is another one.
    quick_job = await new_job(quick, "http://127.0.0.2:1/")
    await tried(quick_job)

    assert len(receiver.requests) == tries.OF_USER
    assert await WebhookTry.filter(job_id__in=slow_jobs).count() == tries.OF_USER
    release.set()
    for job_id in slow_jobs:
        assert (await tried(job_id)).state is WebhookState.DELIVERED
    assert len(receiver.requests) == 9


async def test_of_one_host_four_tries_run_for_all_users_together(delivery, new_user, new_job, receiver):
    release = threading.Event()
    receiver.answer = lambda request: (200, {}, b"") if release.wait(60) else (500, {}, b"")
    first = [await new_job(await new_user(), receiver.url) for _ in range(6)]
    await until(lambda: len(receiver.requests) == tries.OF_HOST)
    # The next look finds no room for its host.
    await tried(await new_job(await new_user(), "http://127.0.0.2:1/"))

    assert len(receiver.requests) == tries.OF_HOST
    release.set()
    for job_id in first:
        assert (await tried(job_id)).state is WebhookState.DELIVERED


async def test_users_with_slow_receivers_do_not_hold_up_others(delivery, new_user, new_job):
    """Five of them, each with another host and more webhooks than may be sent at once."""
    release = threading.Event()
    with ExitStack() as listened:
        receivers = [listened.enter_context(listening(host=f"127.0.0.{number}")) for number in range(10, 15)]
        listened.callback(release.set)
        slow_jobs = []
        for each in receivers:
            each.answer = lambda request: (200, {}, b"") if release.wait(60) else (500, {}, b"")
            user = await new_user()
            slow_jobs += [await new_job(user, each.url) for _ in range(tries.OF_USER + 1)]
        await until(lambda: [len(each.requests) for each in receivers] == [tries.OF_USER] * 5)

        quick = listened.enter_context(listening(host="127.0.0.2"))
        delivered = await tried(await new_job(await new_user(), quick.url))

        assert (delivered.state, len(quick.requests)) == (WebhookState.DELIVERED, 1)
        assert [len(each.requests) for each in receivers] == [tries.OF_USER] * 5
        release.set()
        for job_id in slow_jobs:
            assert (await tried(job_id)).state is WebhookState.DELIVERED


async def test_what_is_left_for_others_is_not_taken_twice_by_one_user(migrated, new_user, new_job):
    many, others = await new_user(), [await new_user() for _ in range(3)]
    for number in range(4):
        await new_job(many, f"http://127.0.1.{number}:1/")
    for number, user in enumerate(others):
        await new_job(user, f"http://127.0.2.{number}:1/")

    claimed = await tries.claim(10, repeated=0)
    again = await tries.claim(6, repeated=0)

    assert sorted(one.user_id for one in claimed) == sorted(user.id for user in (many, *others))
    assert again == []
    assert [one.user_id for one in await tries.claim(6, repeated=6)] == [many.id] * 3


async def test_many_users_get_their_turn_beside_one_with_many(migrated, new_user, new_job):
    many, few = await new_user(), await new_user()
    for number in range(40):
        await new_job(many, f"http://127.0.1.{number}:1/")
    last = await new_job(few, "http://127.0.0.2:1/")

    claimed = await tries.claim(5)

    assert last in {one.job_id for one in claimed}
    assert sum(one.user_id == many.id for one in claimed) == tries.OF_USER


async def test_two_workers_claim_each_try_once(migrated, new_user, new_job):
    users = [await new_user() for _ in range(10)]
    jobs = {await new_job(user, f"http://127.0.{number}.1:1/") for number, user in enumerate(users)}

    claims: list[tries.Try] = []
    while len(claims) < len(jobs):
        for more in await asyncio.gather(*(tries.claim(3) for _ in range(4))):
            claims += more

    assert sorted(one.job_id for one in claims) == sorted(jobs)
    assert await WebhookTry.all().count() == len(jobs)
    assert await tries.claim(20) == []


async def test_what_was_asked_for_changes_nothing_where_it_fails(delivery, new_user, new_job, receiver):
    receiver.answer = lambda request: (200 if len(receiver.requests) == 1 else 500, {}, b"")
    job_id = await new_job(await new_user(), receiver.url)
    await tried(job_id)
    await Tortoise.get_connection("default").execute_query(
        "UPDATE webhooks SET is_resent = true, next_at = clock_timestamp() WHERE job_id = $1", [job_id]
    )

    webhook = await tried(job_id, 2)

    assert (webhook.state, webhook.next_at, webhook.failures, webhook.is_resent) == (
        WebhookState.DELIVERED,
        None,
        0,
        False,
    )
    assert [one.status for one in await tries_of(job_id)] == [200, 500]


async def test_a_user_who_is_deleted_takes_the_webhooks_along(migrated, new_user, new_job):
    user = await new_user()
    await new_job(user, "http://127.0.0.2:1/")
    (claimed,) = await tries.claim(1)
    await Job.filter(user_id=user.id).delete()

    await tries.end(claimed, Outcome(200, None, 1))

    assert await WebhookTry.all().count() == 0
