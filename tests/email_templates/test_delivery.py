import asyncio
import logging
from datetime import timedelta
from uuid import UUID

import orjson
import prometheus_client
import pytest

from email_templates import delivery, inspection, jobs
from email_templates.mailer import Mailer
from tests import mails
from tests.email_templates.jobs import count, until_empty
from tests.mails import Post, answers

WHOLE = {
    "id": str(UUID(int=7)),
    "template": "verify_email",
    "to": "ada@example.org",
    "locale": "en",
    "context": {"code": "c0de", "hours": "24"},
}
CHANGES: list[dict[str, object]] = [
    {"id": "x"},
    {"to": 7},
    {"context": []},
    {"context": {"code": 1}},
    {"locale": None},
]


async def test_what_is_refused_for_now_is_sent_later_and_once(database, deliver, quick):
    async with Post(answers("451 later", "421 later", "250 OK")).open() as post:
        deliver(post.url)
        await mails.queue_one()
        await until_empty(database)

    assert post.tries == 3
    assert len(post.accepted) == 1
    assert await count(database, "pgqueuer_log", "successful") == 1


async def test_what_is_refused_for_good_is_recorded_and_not_tried_again(database, deliver, quick):
    async with Post(answers("550 no such user")).open() as post:
        deliver(post.url)
        await mails.queue_one()
        await mails.until(lambda: count(database, status="failed"))
        await asyncio.sleep(1)

    assert post.tries == 1
    record = await database.fetchval("SELECT traceback->>'exception_message' FROM pgqueuer_log WHERE status = 'failed'")
    assert "no such user" in record


async def test_after_a_day_it_is_given_up_and_kept(database, deliver, quick):
    async with Post(answers("451 later")).open() as post:
        await mails.queue_one()
        await database.execute("UPDATE pgqueuer SET attempts = 34")
        deliver(post.url)
        await mails.until(lambda: count(database, status="failed"))

    assert post.tries == 1
    assert await count(database) == 1


def test_all_tries_take_about_a_day():
    day = sum((delivery.pause(tries) for tries in range(delivery.TRIES - 1)), timedelta())

    assert timedelta(hours=20) < day < timedelta(hours=28)


async def test_what_was_given_up_is_sent_when_an_operator_queues_it_again(migrated, database, deliver, quick):
    async with Post(answers("550 relaying denied", "451 later", "250 OK")).open() as post:
        deliver(post.url)
        await mails.queue_one()
        await mails.until(lambda: count(database, status="failed"))
        operator = jobs.queries(database)
        await operator.requeue_jobs([job.id for job in await operator.list_failed_jobs()])
        await until_empty(database)

    assert [mail["To"] for mail in post.accepted] == ["ada@example.org"]


async def test_a_mail_that_no_template_fits_waits_for_a_worker_that_has_it(database, deliver, quick, mailbox, catcher):
    await mails.queue_one()
    changed = "replace(convert_from(payload, 'UTF8'), 'verify_email', 'newer')"
    await database.execute(f"UPDATE pgqueuer SET payload = convert_to({changed}, 'UTF8')")  # noqa: S608 - a test's own

    deliver(catcher.url)
    await mails.until(lambda: database.fetchval("SELECT attempts > 1 FROM pgqueuer"))

    assert await count(database) == 1
    assert mails.caught(mailbox) == []


async def test_values_that_no_template_here_wants_wait_for_a_worker_that_has_it(database, deliver, quick, catcher):
    await mails.queue_one()
    await change_payload(database, "hours", "days")

    deliver(catcher.url)
    await mails.until(lambda: database.fetchval("SELECT attempts > 1 FROM pgqueuer"))

    assert await count(database, status="failed") == 0


async def change_payload(database, old, new):
    changed = "replace(convert_from(payload, 'UTF8'), $1, $2)"
    await database.execute(f"UPDATE pgqueuer SET payload = convert_to({changed}, 'UTF8')", old, new)  # noqa: S608 - a test's own


@pytest.mark.parametrize(
    "address", ["=?utf-8?q?a?=@example.org", "a\nBcc: eve@example.org", "a@b, c@d", "", "ada", "a\u0301@example.org"]
)
async def test_a_mail_that_cannot_be_composed_is_set_aside_at_once_and_the_others_go_on(
    settings, database, deliver, quick, mailbox, catcher, caplog, address
):
    """As it may wait from before its address was checked."""
    counted = given_up("verify_email")
    await mails.queue_one(address)
    await mails.queue_one("eve@example.org")

    deliver(catcher.url)
    await mails.until(lambda: count(database, status="failed"))
    await mails.until(lambda: mails.caught(mailbox))

    assert [mail["To"] for mail in mails.caught(mailbox)] == ["eve@example.org"]

    async def one_is_left() -> bool:
        return len(await inspection.listed(settings)) == 1

    # The job of the email that was sent is removed after the server has taken it.
    await mails.until(one_is_left)
    (held,) = await inspection.listed(settings)
    assert (held.to, held.is_given_up, held.tries) == (address, True, 1)
    assert "it cannot be composed: ValueError: no email can carry the recipient's address" in (held.answer or "")
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in said] == [
        f"The email of job {held.id} is given up and held: it cannot be composed: ValueError: no email can carry the "
        "recipient's address"
    ]
    assert [record.exc_info for record in said] == [None]
    assert given_up("verify_email") == counted + 1


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b'"a"', b"\xff", b'{"id": 7}', None] + [orjson.dumps({**WHOLE, **change}) for change in CHANGES],
)
async def test_what_is_no_mail_is_set_aside_and_listed_as_such(settings, database, deliver, quick, payload):
    counted = given_up("unknown")
    await mails.queue_one()
    await database.execute("UPDATE pgqueuer SET payload = $1", payload)

    deliver("smtp://127.0.0.1:1")
    await mails.until(lambda: count(database, status="failed"))

    (held,) = await inspection.listed(settings)
    assert (held.template, held.to, held.is_given_up) == ("unreadable", "nobody", True)
    assert "its payload is no email" in (held.answer or "")
    assert given_up("unknown") == counted + 1


def given_up(template):
    labels = {"template": template, "result": "given_up"}
    return prometheus_client.REGISTRY.get_sample_value("gatehouse_mails_total", labels) or 0


async def test_the_traceback_of_an_unexpected_error_is_logged_once(database, deliver, quick, monkeypatch, caplog):
    async def fail(self, mail):
        raise RuntimeError("a bug")

    monkeypatch.setattr(Mailer, "send", fail)
    deliver("smtp://127.0.0.1:1")
    await mails.queue_one()
    await mails.until(lambda: database.fetchval("SELECT attempts > 2 FROM pgqueuer"))

    said = [record.exc_info is not None for record in caplog.records if "will be tried again: a bug" in record.message]
    assert said[:3] == [True, False, False]


async def test_several_deliveries_send_each_mail_once(database, deliver, mailbox, catcher):
    await asyncio.gather(*(mails.queue_one(f"user-{number}@example.org") for number in range(30)))

    for _ in range(3):
        deliver(catcher.url)
    await until_empty(database)

    assert sorted(mail["To"] for mail in mails.caught(mailbox)) == sorted(f"user-{n}@example.org" for n in range(30))


@pytest.mark.parametrize(
    ("tries", "least", "most"), [(0, 1.6, 2.4), (3, 12.8, 19.2), (11, 2880, 4320), (10**6, 2880, 4320)]
)
def test_pauses_double_up_to_an_hour(tries, least, most):
    pauses = [delivery.pause(tries).total_seconds() for _ in range(200)]

    assert least <= min(pauses) < max(pauses) <= most
