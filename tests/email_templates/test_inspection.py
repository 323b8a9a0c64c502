import asyncio
from datetime import timedelta

import pytest

from email_templates import delivery, inspection
from email_templates.delivery import Delivery
from settings import Settings
from tests import mails
from tests.mails import Post, answers


@pytest.fixture
async def settings(migrated, worker_settings):
    return Settings.from_environ(worker_settings)


@pytest.fixture
async def refused(worker_settings, migrated, monkeypatch):
    """What becomes of an email to Ada where the server answers so: it is tried until something was noted."""

    async def run(answer: str) -> None:
        monkeypatch.setattr(delivery, "FIRST_PAUSE", timedelta(hours=1))
        async with Post(answers(answer)).open() as post:
            await mails.queue_one()
            one = Delivery(Settings.from_environ(worker_settings | {"GATEHOUSE_SMTP_URL": post.url}))
            running = asyncio.create_task(one.run())
            await mails.until(lambda: post.tries)
            one.stop()
            await running

    return run


async def test_an_outbox_with_nothing_in_it_lists_nothing(settings):
    assert await inspection.listed(settings) == []
    assert await inspection.send_again(settings) == 0


async def test_a_mail_that_was_refused_is_listed_with_the_answer(settings, refused):
    await refused("550 relaying denied")
    await mails.queue_one("eve@example.org")

    first, second = await inspection.listed(settings)

    assert (first.to, first.template, first.is_given_up, first.tries) == ("ada@example.org", "verify_email", True, 1)
    assert first.answer is not None
    assert "550" in first.answer
    assert "relaying denied" in first.answer
    assert (second.to, second.is_given_up, second.tries, second.answer) == ("eve@example.org", False, 0, None)


async def test_a_mail_that_waits_for_another_try_is_listed_as_waiting(settings, refused):
    await refused("451 come back later")

    (mail,) = await inspection.listed(settings)

    assert (mail.is_given_up, mail.tries) == (False, 1)
    assert "come back later" in (mail.answer or "")


async def test_what_was_given_up_waits_again_and_what_waits_stays_as_it_is(settings, refused):
    await refused("550 relaying denied")
    await mails.queue_one("eve@example.org")

    assert await inspection.send_again(settings) == 1

    assert [mail.is_given_up for mail in await inspection.listed(settings)] == [False, False]
    assert await inspection.send_again(settings) == 0
