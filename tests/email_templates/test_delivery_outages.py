"""Mails while Postgres is away or hangs."""

import asyncio
from datetime import timedelta

import asyncpg

from email_templates import delivery
from tests import mails
from tests.email_templates.jobs import until_empty
from tests.mails import Post


async def test_tries_that_end_while_postgres_is_away_are_not_lost_ones(migrated, deliver, postgres, quick):
    given, going = asyncio.Event(), asyncio.Event()

    async def later(number):
        if number > 3:
            return "250 OK"
        given.set()
        await going.wait()
        return "451 later"

    async with Post(later).open() as post:
        deliver(post.url)
        await mails.queue_one()
        for number in range(3):
            await given.wait()
            given.clear()
            postgres.kill()
            going.set()
            await asyncio.to_thread(postgres.start)
            going.clear()
            await take_up_again(migrated, lambda tries=number + 2: post.tries == tries)
        await mails.until(lambda: post.accepted)

    assert post.tries == 4


async def take_up_again(url, done):
    database = await asyncpg.connect(url)

    async def is_done():
        # As time does.
        await database.execute("UPDATE pgqueuer SET heartbeat = now() - interval '16 s' WHERE status = 'picked'")
        return done()

    await mails.until(is_done)
    await database.close()


async def test_an_outage_of_postgres_neither_loses_nor_repeats_a_mail(migrated, deliver, postgres, quick):
    given, going = asyncio.Event(), asyncio.Event()

    async def slowly(number):
        given.set()
        await going.wait()
        return "250 OK"

    async with Post(slowly).open() as post:
        deliver(post.url)
        await mails.queue_one()
        await given.wait()
        postgres.kill()
        # The email is sent, which cannot be noted.
        going.set()
        await mails.until(lambda: post.accepted)
        await asyncio.to_thread(postgres.start)
        database = await asyncpg.connect(migrated)
        # As time does.
        await database.execute("UPDATE pgqueuer SET heartbeat = now() - interval '16 s' WHERE status = 'picked'")
        await until_empty(database)
        await database.close()

    assert post.tries == 1


async def test_delivery_recovers_from_a_postgres_that_hung(
    migrated, deliver, postgres, mailbox, catcher, monkeypatch, caplog
):
    monkeypatch.setattr(delivery, "ANSWER_WITHIN", timedelta(seconds=0.5))
    deliver(catcher.url)
    await mails.queue_one("before@example.org")
    await mails.until(lambda: mails.caught(mailbox))

    postgres.pause()
    await mails.until(lambda: "The outbox cannot be read" in caplog.text)
    postgres.resume()
    await mails.queue_one("after@example.org")
    await mails.until(lambda: len(mails.caught(mailbox)) == 2)

    assert [mail["To"] for mail in mails.caught(mailbox)] == ["before@example.org", "after@example.org"]
