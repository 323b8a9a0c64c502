"""Where emails wait until the worker has sent them: jobs in Postgres, put there by the transaction that causes them.

The job is written here and not by PgQueuer, which would bring pydantic and more into every process of the API: a fifth
of the time of its start. tests/email_templates/test_outbox.py compares the rows with those that PgQueuer writes.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from email_templates.templates import WANTED, Template

MAILS = "mails"

_ENQUEUE = """
WITH job AS (
    INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, headers, status)
    VALUES (0, $1, $2, now(), 'null', 'queued')
    RETURNING id, entrypoint, priority
)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority) SELECT id, 'queued', entrypoint, priority FROM job
"""


async def enqueue(
    tx: BaseDBAsyncClient, template: Template, *, to: str, locale: str, context: Mapping[str, str]
) -> None:
    """It is sent once `tx`, from Tortoise's `in_transaction()`, commits, and never if it rolls back.

    Raises ValueError where the context is not exactly what the template wants, which only a bug can cause.
    """
    if context.keys() != WANTED[template]:
        raise ValueError(f"{template} wants {sorted(WANTED[template])}, not {sorted(context)}")
    payload = {"id": str(uuid4()), "template": template, "to": to, "locale": locale, "context": dict(context)}
    await _connection(tx).execute(_ENQUEUE, MAILS, orjson.dumps(payload))


def _connection(tx: BaseDBAsyncClient) -> Any:
    # Tortoise has no public name for it, and any other connection would be outside of the transaction.
    connection = getattr(tx, "_connection", None)
    if not isinstance(connection, asyncpg.pool.PoolConnectionProxy):
        raise TypeError("An email is queued in a transaction: give what `in_transaction()` yields")
    return connection
