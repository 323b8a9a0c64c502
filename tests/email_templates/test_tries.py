"""Tries to send an email, counted so that one that kills its worker is not tried for ever."""

import asyncpg
import pytest
from pgqueuer import AsyncpgDriver

from email_templates.tries import Tries
from tests.mails import queue_one


@pytest.fixture
async def driver(migrated):
    connection = await asyncpg.connect(migrated)
    yield AsyncpgDriver(connection)
    await connection.close()


async def test_a_try_that_ended_well_is_not_a_lost_one_though_its_job_is_still_there(driver):
    await queue_one("user@example.org")
    (row,) = await driver.fetch("SELECT id FROM pgqueuer")
    tries = Tries()

    # Sent each time; Postgres is away whenever the job is to be deleted.
    for _ in range(5):
        async with tries.counted(driver, row["id"]):
            pass

    assert [dict(row) for row in await driver.fetch("SELECT begun FROM mail_tries")] == [{"begun": 1}]
