"""Emails and revocations, whatever happens to the worker that has them."""

import asyncio
import re
from collections import Counter
from functools import partial

import asyncpg
import pytest

from db import connection
from email_templates import inspection
from settings import Settings
from tests import mails
from tests.databases import own_database
from tests.environ import environ
from tests.mails import Post, answers
from tests.service import Worker
from tests.workers import fall_silent, is_one, is_zero, start
from tests.workers import new_worker as new_worker
from tests.workers import waiting as waiting


@pytest.fixture(scope="module", autouse=True)
async def stubborn(postgres, template, redis, signing_keys_file, tmp_path_factory):
    """A worker that was told to end while its email hangs, its end, and its database.

    It waits ten seconds for the email; so it begins before all tests, and they run meanwhile.
    """
    never = asyncio.Event()

    async def answer(number):
        await never.wait()
        return "250 OK"

    async with own_database(postgres, template) as url, Post(answer).open() as post:
        settings = environ(
            DATABASE_URL=url,
            REDIS_URL=redis.url,
            TRITON_URL="127.0.0.1:1",
            SMTP_URL=post.url,
            SIGNING_KEYS_FILE=str(signing_keys_file),
            FRONTEND_URL="https://front.example.org",
            MAIL_FROM="Gatehouse <noreply@example.org>",
        )
        one = Worker(settings, tmp_path_factory.mktemp("stubborn") / "worker.log")
        await start(one)
        await connection.connect(Settings.from_environ(settings))
        await mails.queue_one()
        await connection.close()
        await mails.until(lambda: post.tries == 1)
        ending = asyncio.create_task(asyncio.to_thread(one.stop))
        yield one, ending, url
        one.kill()
        await ending


async def test_two_workers_send_fifty_mails_once_each(new_worker, waiting, mailbox):
    await start(new_worker(), new_worker())

    await asyncio.gather(*(mails.queue_one(f"user-{number}@example.org") for number in range(50)))
    await mails.until(lambda: is_zero(waiting))

    assert sorted(mail["To"] for mail in mails.caught(mailbox)) == sorted(f"user-{n}@example.org" for n in range(50))


async def test_a_mail_waits_while_smtp_is_down_and_arrives_once(new_worker, waiting, mailbox, catcher):
    catcher.stop()
    one = new_worker()
    await start(one)
    await mails.queue_one()
    await mails.until(lambda: "will be tried again" in one.log.read_text())

    await asyncio.to_thread(catcher.start)
    await mails.until(lambda: is_zero(waiting))

    assert [mail["To"] for mail in mails.caught(mailbox)] == ["ada@example.org"]


async def test_a_mail_whose_worker_was_killed_is_sent_by_another(new_worker, waiting, migrated):
    hanging = asyncio.Event()

    async def answer(number):
        if number == 1:
            await hanging.wait()
        return "250 OK"

    async with Post(answer).open() as post:
        first = new_worker(SMTP_URL=post.url)
        await start(first)
        await mails.queue_one()
        await mails.until(lambda: post.tries == 1)
        first.kill()
        await fall_silent(migrated)
        await start(new_worker(SMTP_URL=post.url))
        await mails.until(lambda: is_zero(waiting), within=30)
        assert [mail["To"] for mail in post.accepted] == ["ada@example.org"]


class Deadly(Post):
    """Never answers the emails to these addresses, so that a worker can be killed while it sends them."""

    def __init__(self, *addresses):
        super().__init__(answers("250 OK"))
        self.kept = set(addresses)
        self.began: Counter[str] = Counter()
        self._never = asyncio.Event()

    def has_begun(self, to, tries):
        return self.began[to] == tries

    async def handle_DATA(self, server, session, envelope):
        (to,) = envelope.rcpt_tos
        self.began[to] += 1
        if to in self.kept:
            await self._never.wait()
        return await super().handle_DATA(server, session, envelope)


async def test_a_mail_that_kills_its_worker_is_set_aside_after_three_and_the_others_are_sent(
    new_worker, waiting, migrated, worker_settings
):
    others = [f"user-{number}@example.org" for number in range(9)]
    async with Deadly("bad@example.org", *others).open() as post:
        for address in ("bad@example.org", *others):
            await mails.queue_one(address)
        worker = new_worker(SMTP_URL=post.url)
        await start(worker)
        # All ten are under way when the first worker dies, and none of the nine is to blame.
        await mails.until(lambda: len(post.began) == 10)
        post.kept = {"bad@example.org"}
        for tries in (2, 3):
            worker.kill()
            await fall_silent(migrated)
            worker = new_worker(SMTP_URL=post.url)
            await start(worker)
            await mails.until(partial(post.has_begun, "bad@example.org", tries))
            # Meanwhile, what is new is sent.
            await mails.queue_one(f"new-{tries}@example.org")
            await mails.until(partial(post.has_begun, f"new-{tries}@example.org", 1))
        worker.kill()
        await fall_silent(migrated)
        worker = new_worker(SMTP_URL=post.url)
        await start(worker)
        await mails.until(lambda: is_one(waiting))

    # One may come twice: a worker may be killed between sending it and noting that.
    assert {mail["To"] for mail in post.accepted} == {*others, "new-2@example.org", "new-3@example.org"}
    assert post.began["bad@example.org"] == 3
    (held,) = await inspection.listed(Settings.from_environ(worker_settings))
    assert (held.to, held.is_given_up) == ("bad@example.org", True)
    assert "the worker died during each of 3 tries to send it" in (held.answer or "")
    assert worker.log.read_text().count("is given up and held: the worker died during each of 3 tries") == 1


async def test_a_mail_that_was_set_aside_has_all_its_tries_when_it_is_queued_again(
    new_worker, waiting, migrated, worker_settings
):
    settings = Settings.from_environ(worker_settings)
    async with Deadly().open() as post:
        await mails.queue_one()
        database = await asyncpg.connect(migrated)
        await database.execute("INSERT INTO mail_tries SELECT id, 3 FROM pgqueuer")
        await start(new_worker(SMTP_URL=post.url))
        await mails.until(lambda: database.fetchval("SELECT status = 'failed' FROM pgqueuer"))
        assert await database.fetch("SELECT * FROM mail_tries") == []

        assert await inspection.send_again(settings) == 1
        await mails.until(lambda: is_zero(waiting))
        await database.close()

    assert post.began == {"ada@example.org": 1}


async def test_a_mail_sent_twice_by_a_kill_between_sending_and_noting_is_recognised(new_worker, waiting, migrated):
    async def answer(number):
        if number == 1:
            first.kill()
        return "250 OK"

    async with Post(answer).open() as post:
        first = new_worker(SMTP_URL=post.url)
        await start(first)
        await mails.queue_one()
        await mails.until(lambda: post.tries == 1)
        await fall_silent(migrated)
        await start(new_worker(SMTP_URL=post.url))
        await mails.until(lambda: is_zero(waiting))

    once, again = post.accepted
    assert once.as_bytes().replace(_boundary(once), b"") == again.as_bytes().replace(_boundary(again), b"")
    assert re.fullmatch(r"<[0-9a-f-]{36}@example.org>", once["Message-ID"])


def _boundary(mail):
    return mail.get_boundary().encode()


async def test_sigterm_lets_a_mail_that_is_being_sent_end(new_worker, waiting):
    going = asyncio.Event()

    async def answer(number):
        await going.wait()
        return "250 OK"

    async with Post(answer).open() as post:
        one = new_worker(SMTP_URL=post.url)
        await start(one)
        await mails.queue_one()
        await mails.until(lambda: post.tries == 1)
        stopping = asyncio.create_task(asyncio.to_thread(one.stop))
        await asyncio.sleep(0.5)
        assert not stopping.done()
        going.set()
        assert await stopping == 0

    assert len(post.accepted) == 1
    assert await waiting() == 0


async def test_a_worker_finishes_a_revocation_whose_process_died_and_complains_of_nothing(new_worker, migrated):
    one = new_worker()
    await start(one)
    database = await asyncpg.connect(migrated)
    await database.execute(
        "INSERT INTO credential_events (at, user_id, credential_id) VALUES "
        "(now() - interval '11 s', gen_random_uuid(), gen_random_uuid()), "
        "(now() + interval '1 minute', gen_random_uuid(), NULL)"
    )

    await mails.until(lambda: database.fetchval("SELECT count(done_at) FROM credential_events"))
    await asyncio.sleep(2)

    events = await database.fetch("SELECT done_at FROM credential_events ORDER BY id")
    assert [event["done_at"] is not None for event in events] == [True, False]
    await database.close()
    assert await asyncio.to_thread(one.stop) == 0
    # Between tests Redis is emptied, which the comparison of counts may see.
    expected = (" INFO ", " limits.comparison.")
    lines = one.log.read_text().splitlines()
    assert [line for line in lines if not any(part in line for part in expected)] == []


async def test_a_worker_does_not_start_with_a_wrong_setting(new_worker):
    with pytest.raises(AssertionError, match="gatehouse: GATEHOUSE_SMTP_URL must be"):
        new_worker(SMTP_URL="mail.example.org").start()


async def test_sigterm_does_not_wait_for_ever_and_loses_nothing(stubborn):
    one, ending, url = stubborn

    # It gives the email ten seconds. `stop` gives it twenty, and docker/compose.yaml thirty.
    assert await ending == 0
    database = await asyncpg.connect(url)
    assert await database.fetchval("SELECT count(*) FROM pgqueuer") == 1
    # A worker that ends in good order, as in a deployment, says nothing about the email that it broke off.
    assert await database.fetch("SELECT * FROM mail_tries") == []
    await database.close()
    assert "Left undone: delivery" in one.log.read_text()
