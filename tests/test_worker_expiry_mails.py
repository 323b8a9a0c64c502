"""Emails about tokens that expire soon, from workers that are killed and started again."""

import asyncio
from collections import Counter
from uuid import uuid4

import asyncpg
import pytest

from tests import mails
from tests.mails import Post, answers
from tests.service import Worker

_PLAN = """INSERT INTO plans (id, name, units_per_minute, units_per_day, concurrent_requests, max_api_tokens,
    max_token_lifetime, models) VALUES ($1, 'test', 1, 1, 1, 10, 1, '[]')"""
_USER = """INSERT INTO users (id, email, password_digest, email_verified_at, locale, role, plan_id, created_at)
    VALUES ($1, $2, '-', now(), 'en', 'USER', $3, now())"""
_ENDS_SOON = """INSERT INTO api_tokens (id, user_id, name, hint, scopes, created_at, expires_at, reminded_days)
    VALUES ($1, $2, 'ci', 'abcdef', '["INFER"]', now() - interval '90 days', now() + interval '6 days', 31)"""

_FALL_SILENT = "UPDATE pgqueuer SET heartbeat = now() - interval '16 s' WHERE status = 'picked'"


@pytest.fixture
async def database(migrated):
    connection = await asyncpg.connect(migrated)
    plan_id = uuid4()
    await connection.execute(_PLAN, plan_id)

    async def add(*names):
        """Users with a token that ends in six days. Emails that a killed worker has left are free at once."""
        await connection.execute(_FALL_SILENT)
        async with connection.transaction():
            for name in names:
                user_id = uuid4()
                await connection.execute(_USER, user_id, f"{name}@example.org", plan_id)
                await connection.execute(_ENDS_SOON, uuid4(), user_id)

    yield add
    await connection.close()


async def test_two_workers_send_each_once_also_when_they_are_killed(worker_settings, database, tmp_path):
    people = [str(number) for number in range(30)]
    await database(*people)
    async with Post(answers("250 OK")).open() as post:
        settings = worker_settings | {"GATEHOUSE_SMTP_URL": post.url}

        def came():
            return Counter(str(mail["To"]).partition("@")[0] for mail in post.accepted)

        await on_two_workers(settings, tmp_path, lambda: len(came()) >= 10)
        await database()
        await on_two_workers(settings, tmp_path, lambda: came().keys() >= {*people})
        await database("later")
        await on_two_workers(settings, tmp_path, lambda: "later" in came())

    sent = {str(mail["Message-ID"]) for mail in post.accepted}
    # A worker that is killed may have sent an email that is sent again; it then has the same id.
    assert len(sent) == 31
    assert came().keys() == {*people, "later"}
    assert {str(mail["Subject"]) for mail in post.accepted} == {"Your API tokens expire soon"}


async def on_two_workers(settings, folder, claim):
    """Both run until the claim holds, and are then killed."""
    workers = [Worker(settings, folder / f"worker-{uuid4()}.log") for _ in range(2)]
    try:
        await asyncio.gather(*(asyncio.to_thread(one.start) for one in workers))
        await mails.until(claim, within=60)
    finally:
        for one in workers:
            one.kill()
