"""Queued emails as the worker and the commands read them: jobs of PgQueuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson
from pgqueuer import AsyncpgDriver, Job, Queries
from pgqueuer.adapters.persistence.qb import DBSettings, QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.domain.types import Channel

from email_templates.templates import WANTED, Template

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
    """The job's payload is not an email, and a retry cannot change this; the message says why."""


class OfAnotherVersion(ValueError):
    """An email that another version of this service queued, and can send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`id` stays the same however often it is tried: it becomes the Message-ID."""

    id: UUID
    template: Template
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
        raise Unreadable(f"its payload is no email: {type(error).__name__}") from error
    if not all(isinstance(text, str) for text in texts_of):
        raise Unreadable("its payload is no email: not all of it is text")
    return dict(held)


def _template(held: Mapping[str, Any]) -> Template:
    try:
        template = Template(held["template"])
    except ValueError as error:
        raise OfAnotherVersion(str(error)) from error
    if held["context"].keys() != WANTED[template]:
        raise OfAnotherVersion(f"{template} wants {sorted(WANTED[template])}, not {sorted(held['context'])}")
    return template


def queries(connection: asyncpg.Connection) -> Queries:
    driver = AsyncpgDriver(connection)
    return Queries(driver, qbe=QueryBuilderEnvironment(_TABLES), qbq=QueryQueueBuilder(_TABLES))
