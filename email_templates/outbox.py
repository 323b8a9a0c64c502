"""Where mails wait until the worker has sent them: jobs in Postgres, put there by the transaction that causes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg
import orjson
from pgqueuer import AsyncpgDriver, Job, Queries
from pgqueuer.adapters.persistence.qb import DBSettings, QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.domain.types import Channel
from tortoise.backends.base.client import BaseDBAsyncClient

from email_templates import texts

MAILS = "mails"

# Named in full, as the migration has them: what is left out would be taken from environment variables with names as
# common as CHANNEL and TRIGGER.
_TABLES = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    trigger="tg_pgqueuer_changed",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    queue_status_type="pgqueuer_status",
    schedules_table="pgqueuer_schedules",
    statistics_table="pgqueuer_statistics",
)


class Unreadable(ValueError):
    """What waits under a job is no mail, and never becomes one; the message says why."""


class OfAnotherVersion(ValueError):
    """A mail that another version of this service queued, and can send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`id` stays the same however often it is tried: it becomes the Message-ID."""

    id: UUID
    template: texts.Template
    to: str
    locale: str
    context: Mapping[str, str]
    queued_at: datetime

    @classmethod
    def of(cls, job: Job) -> Self:
        """Raises Unreadable, and OfAnotherVersion for a template, or values for it, that are not known here."""
        held = payload(job.payload)
        return cls(
            id=UUID(held["id"]),
            template=_template(held),
            to=held["to"],
            locale=held["locale"],
            context=held["context"],
            queued_at=job.created,
        )


def payload(written: bytes | None) -> dict[str, Any]:
    """What a job holds: `id`, `template`, `to` and `locale` as text, and `context`. Raises Unreadable."""
    try:
        held = orjson.loads(written or b"")
        UUID(held["id"])
        texts_of = [held["template"], held["to"], held["locale"], *held["context"], *held["context"].values()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"its payload is no mail: {type(error).__name__}") from error
    if not all(isinstance(text, str) for text in texts_of):
        raise Unreadable("its payload is no mail: not all of it is text")
    return dict(held)


def _template(held: Mapping[str, Any]) -> texts.Template:
    try:
        template = texts.Template(held["template"])
    except ValueError as error:
        raise OfAnotherVersion(str(error)) from error
    if held["context"].keys() != texts.WANTED[template]:
        raise OfAnotherVersion(f"{template} wants {sorted(texts.WANTED[template])}, not {sorted(held['context'])}")
    return template


async def enqueue(
    tx: BaseDBAsyncClient, template: texts.Template, *, to: str, locale: str, context: Mapping[str, str]
) -> None:
    """It is sent once `tx`, from Tortoise's `in_transaction()`, commits, and never if it rolls back.

    Raises ValueError where the context is not exactly what the template wants, which only a bug can cause.
    """
    if context.keys() != texts.WANTED[template]:
        raise ValueError(f"{template} wants {sorted(texts.WANTED[template])}, not {sorted(context)}")
    payload = {"id": str(uuid4()), "template": template, "to": to, "locale": locale, "context": dict(context)}
    await queries(_connection(tx)).enqueue(MAILS, orjson.dumps(payload))


def queries(connection: asyncpg.Connection) -> Queries:
    driver = AsyncpgDriver(connection)
    return Queries(driver, qbe=QueryBuilderEnvironment(_TABLES), qbq=QueryQueueBuilder(_TABLES))


def _connection(tx: BaseDBAsyncClient) -> Any:
    # Tortoise has no public name for it, and any other connection would be outside of the transaction.
    connection = getattr(tx, "_connection", None)
    if not isinstance(connection, asyncpg.pool.PoolConnectionProxy):
        raise TypeError("A mail is queued in a transaction: give what `in_transaction()` yields")
    return connection
