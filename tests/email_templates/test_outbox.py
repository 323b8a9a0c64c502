import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from email_templates import jobs, outbox
from email_templates.templates import Template
from tests import mails


@pytest.fixture
async def waiting(migrated):
    """The jobs as others see them."""
    connection = await asyncpg.connect(migrated)
    yield lambda: connection.fetch("SELECT * FROM pgqueuer")
    await connection.close()


async def test_a_mail_waits_once_its_transaction_has_committed(waiting):
    async with in_transaction() as tx:
        await outbox.enqueue(tx, Template.ALREADY_REGISTERED, to="ada@example.org", locale="de", context={})
        assert await waiting() == []

    (job,) = await waiting()
    assert (job["entrypoint"], job["status"], job["attempts"]) == ("mails", "queued", 0)


async def test_no_mail_waits_whose_transaction_rolled_back(waiting):
    async with in_transaction() as tx:
        await outbox.enqueue(tx, Template.ALREADY_REGISTERED, to="ada@example.org", locale="en", context={})
        await tx.rollback()

    assert await waiting() == []


async def test_a_mail_outside_of_a_transaction_is_refused(waiting):
    with pytest.raises(TypeError, match="in_transaction"):
        await outbox.enqueue(
            Tortoise.get_connection("default"), Template.ALREADY_REGISTERED, to="a@b.c", locale="en", context={}
        )

    assert await waiting() == []


@pytest.mark.parametrize("context", [{}, {"code": "x"}, {"code": "x", "hours": "1", "more": "y"}])
async def test_a_context_that_does_not_fit_fails_where_it_was_made(waiting, context):
    with pytest.raises(ValueError, match="verify_email wants"):
        async with in_transaction() as tx:
            await outbox.enqueue(tx, Template.VERIFY_EMAIL, to="a@b.c", locale="en", context=context)

    assert await waiting() == []


async def test_a_queued_mail_has_the_rows_that_pgqueuer_would_write(migrated, waiting):
    connection = await asyncpg.connect(migrated)
    await mails.queue_one("ada@example.org", "c0de")
    payload = (await waiting())[0]["payload"]
    await jobs.queries(connection).enqueue(outbox.MAILS, payload)
    log = await connection.fetch("SELECT * FROM pgqueuer_log ORDER BY id")
    await connection.close()

    ours, theirs = map(_same_for_any_job, await waiting())
    assert ours == theirs
    ours, theirs = map(_same_for_any_job, log)
    assert ours == theirs


def _same_for_any_job(row):
    """A row without its numbers and times; whether its job may run at once is kept."""
    return {
        name: value for name, value in row.items() if name not in {"id", "job_id", "created", "updated", "heartbeat"}
    } | {"execute_after": "execute_after" in row and row["execute_after"] == row["created"]}


async def test_the_tables_are_what_pgqueuer_wants(migrated):
    connection = await asyncpg.connect(migrated)
    plan = await jobs.queries(connection).plan_upgrade()
    await connection.close()

    assert list(plan.statements) == []


async def test_a_mail_reads_back_as_it_was_queued(migrated):
    await mails.queue_one("ada@example.org", "c0de")
    connection = await asyncpg.connect(migrated)
    (job,) = await jobs.queries(connection).browse_queue()
    await connection.close()

    mail = jobs.Mail.of(job)

    assert (mail.template, mail.to, mail.locale) == (Template.VERIFY_EMAIL, "ada@example.org", "en")
    assert mail.context == {"code": "c0de", "hours": "24"}
    assert mail.queued_at == job.created
