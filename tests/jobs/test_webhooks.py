"""Webhooks as a user has them: through the API, a worker and a real receiver."""

import asyncio

import pytest
import standardwebhooks

from tests.jobs.documents import CANCEL, create, made, reach, wanted
from tests.journey.client import create_token
from tests.mails import until
from tests.webhooks.receivers import listening

ROTATE = """mutation ($keep: Duration! = "P1D") { rotateWebhookSecret(keepOldFor: $keep) { __typename
  ... on WebhookSecretRotated { secret previousEndsAt } ... on InvalidInput { problems { path code message } } } }"""
DELETE = "mutation { deleteWebhookSecret { __typename ... on UserError { code } } }"
RESEND = """mutation ($id: ID!) { resendWebhook(jobId: $id) { __typename ... on WebhookResent { job { id } }
  ... on UserError { code } ... on InvalidInput { problems { path code } }
  ... on TooManyAttempts { retryAfterSeconds } } }"""
WEBHOOK = """query ($id: ID!) { job(id: $id) { state result { model } webhook { url state nextAt }
  webhookDeliveries { at attempt status error milliseconds nextAt } } }"""
ME = """{ me { webhookSecret { createdAt previousEndsAt } securityEvents(first: 100) { nodes { action } } } }"""


@pytest.fixture
def receiver():
    with listening() as started:
        yield started


async def rotated(client, **variables):
    return (await client.run(ROTATE, **variables))["rotateWebhookSecret"]


async def webhook(client, job_id):
    return (await client.run(WEBHOOK, id=job_id))["job"]


async def shown_as(client, job_id, state, attempts):
    async def is_so():
        found = await webhook(client, job_id)
        done = [one for one in found["webhookDeliveries"] if one["milliseconds"] is not None]
        return found["webhook"]["state"] == state and len(done) == attempts

    await until(is_so, every=0.25)
    return await webhook(client, job_id)


async def test_the_end_of_a_job_is_sent_signed_and_shown(installation, client_of, new_worker, receiver):
    client = client_of(await installation.person())
    secret = (await rotated(client))["secret"]
    job_id = await made(client, wanted(7, webhook={"url": receiver.url}))
    before = await webhook(client, job_id)

    new_worker()
    after = await shown_as(client, job_id, "DELIVERED", 1)

    assert (before["webhook"], before["webhookDeliveries"]) == (
        {"url": receiver.url, "state": "PENDING", "nextAt": None},
        [],
    )
    (delivery,) = after["webhookDeliveries"]
    assert (after["state"], after["webhook"]["nextAt"]) == ("SUCCEEDED", None)
    assert (delivery["attempt"], delivery["status"], delivery["error"], delivery["nextAt"]) == (1, 200, None, None)
    (request,) = receiver.requests
    message = standardwebhooks.Webhook(secret).verify(request.body, request.headers)
    assert message["data"] == {"id": job_id, "state": "SUCCEEDED", "code": None, "model": "held"}


async def test_a_cancelled_job_is_sent_too(installation, client_of, new_worker, receiver):
    client = client_of(await installation.person())
    secret = (await rotated(client))["secret"]
    job_id = await made(client, wanted(7, webhook={"url": receiver.url}))
    await client.run(CANCEL, id=job_id)

    new_worker()
    await shown_as(client, job_id, "DELIVERED", 1)

    (request,) = receiver.requests
    message = standardwebhooks.Webhook(secret).verify(request.body, request.headers)
    assert message["data"]["state"] == "CANCELLED"


async def test_a_webhook_that_fails_loses_no_result(installation, client_of, new_worker, receiver):
    receiver.answer = lambda request: (500, {}, b"")
    client = client_of(await installation.person())
    await rotated(client)
    job_id = await made(client, wanted(7, webhook={"url": receiver.url}))

    new_worker()
    found = await shown_as(client, job_id, "SENDING", 1)

    (delivery,) = found["webhookDeliveries"]
    assert (found["state"], found["result"]) == ("SUCCEEDED", {"model": "held"})
    assert (delivery["status"], delivery["error"]) == (500, "The receiver answered 500.")
    assert delivery["nextAt"] == found["webhook"]["nextAt"] > delivery["at"]


async def test_without_a_secret_or_with_a_bad_url_no_job_is_made(installation, client_of):
    client = client_of(await installation.person())
    url = "https://hooks.example.org/"
    without = await create(client, wanted(1, webhook={"url": url}))
    await rotated(client)
    bad = [
        await create(client, wanted(1, webhook={"url": url}))
        for url in ("https://10.0.0.1/", "https://user@hooks.example.org/", "a")
    ]

    assert without["problems"] == [{"path": ["input", "webhook", "url"], "code": "NO_SECRET"}]
    assert [one["problems"] for one in bad] == [[{"path": ["input", "webhook", "url"], "code": "INVALID"}]] * 3
    async with installation.database() as database:
        assert await database.fetchval("SELECT count(*) FROM jobs") == 0
        assert await database.fetchval("SELECT count(*) FROM webhooks") == 0


async def test_a_secret_is_changed_and_deleted(installation, client_of):
    client = client_of(await installation.person())
    first = await rotated(client)
    second = await rotated(client, keep="P7D")
    me = (await client.run(ME))["me"]
    too_long = await rotated(client, keep="P7DT1S")
    third = await rotated(client, keep="PT0S")
    gone = [(await client.run(DELETE))["deleteWebhookSecret"] for _ in range(2)]
    after = (await client.run(ME))["me"]

    assert len({one["secret"] for one in (first, second, third)}) == 3
    assert all(one["secret"].startswith("whsec_") for one in (first, second, third))
    assert (first["previousEndsAt"], third["previousEndsAt"]) == (None, None)
    assert me["webhookSecret"]["previousEndsAt"] == second["previousEndsAt"] > me["webhookSecret"]["createdAt"]
    assert too_long["problems"] == [
        {"path": ["keepOldFor"], "code": "TOO_LONG", "message": "The old secret can be kept for at most 7 days."}
    ]
    assert gone == [{"__typename": "WebhookSecretDeleted"}, {"__typename": "NotFound", "code": "NOT_FOUND"}]
    assert after["webhookSecret"] is None
    assert [event["action"] for event in after["securityEvents"]["nodes"]] == [
        "WEBHOOK_SECRET_DELETED",
        *["WEBHOOK_SECRET_ROTATED"] * 3,
    ]


async def test_during_a_change_a_receiver_may_have_either_secret(installation, client_of, new_worker, receiver):
    client = client_of(await installation.person())
    old, new = (await rotated(client))["secret"], (await rotated(client))["secret"]
    job_id = await made(client, wanted(7, webhook={"url": receiver.url}))
    new_worker()
    await shown_as(client, job_id, "DELIVERED", 1)

    (request,) = receiver.requests
    for secret in (old, new):
        assert standardwebhooks.Webhook(secret).verify(request.body, request.headers)["data"]["id"] == job_id


async def test_a_webhook_is_sent_again_when_its_user_asks(installation, client_of, new_worker, receiver):
    ada, bob = await installation.person(), await installation.person()
    client, stranger = client_of(ada), client_of(bob)
    await rotated(client)
    job_id, plain = await made(client, wanted(7, webhook={"url": receiver.url})), await made(client, wanted(8))
    early = (await client.run(RESEND, id=job_id))["resendWebhook"]
    new_worker()
    await shown_as(client, job_id, "DELIVERED", 1)
    await reach(client, plain, "SUCCEEDED")

    resent = (await client.run(RESEND, id=job_id))["resendWebhook"]
    again = await shown_as(client, job_id, "DELIVERED", 2)
    asked = ((stranger, job_id), (client, plain), (client, "a"))
    refused = [(await one.run(RESEND, id=id))["resendWebhook"] for one, id in asked]

    assert early == {
        "__typename": "InvalidInput",
        "code": "INVALID_INPUT",
        "problems": [{"path": ["jobId"], "code": "NOT_ENDED"}],
    }
    assert resent == {"__typename": "WebhookResent", "job": {"id": job_id}}
    assert [one["attempt"] for one in again["webhookDeliveries"]] == [1, 2]
    assert refused == [{"__typename": "NotFound", "code": "NOT_FOUND"}] * 3
    assert len(receiver.requests) == 2
    assert len({(one.headers["webhook-id"], one.body) for one in receiver.requests}) == 1


async def test_a_user_may_ask_sixty_times_an_hour(installation, client_of, receiver):
    ada = await installation.person()
    client = client_of(ada)
    await rotated(client)
    job_id = await made(client, wanted(7, webhook={"url": receiver.url}))
    await client.run(CANCEL, id=job_id)

    answers = []
    # A few at once, so that none waits too long for Postgres on a busy machine.
    for _ in range(14):
        answers += await asyncio.gather(*(client.run(RESEND, id=job_id) for _ in range(5)))

    kinds = [answer["resendWebhook"]["__typename"] for answer in answers]
    assert (kinds.count("WebhookResent"), kinds.count("TooManyAttempts")) == (60, 10)
    other = client_of(await installation.person())
    assert (await other.run(RESEND, id=job_id))["resendWebhook"]["__typename"] == "NotFound"


async def test_an_api_token_sends_those_of_its_own_jobs_and_changes_no_secret(
    installation, client_of, new_worker, receiver
):
    ada = await installation.person()
    client = client_of(ada)
    await rotated(client)
    token = client_of(ada, credential=(await create_token(client, scopes=["INFER"]))["token"])
    own = await made(token, wanted(7, webhook={"url": receiver.url}))
    others = await made(client, wanted(8, webhook={"url": receiver.url}))
    for job_id in (own, others):
        await client.run(CANCEL, id=job_id)

    resent = [(await token.run(RESEND, id=id))["resendWebhook"]["__typename"] for id in (own, others)]
    refused = (await token.post(ROTATE)).json()

    assert resent == ["WebhookResent", "NotFound"]
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
