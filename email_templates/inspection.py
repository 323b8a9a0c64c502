"""The outbox as an operator sees it: which emails wait, which were given up and why, and how to send these again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from email_templates import jobs, outbox
from settings import Settings

_CONNECT_WITHIN = 5.0
_ANSWER_WITHIN = 10.0
_MOST = 1000

_LISTED = """
SELECT id, status = 'failed' AS is_given_up, created, attempts + (status = 'failed')::int AS tries, payload,
       (SELECT traceback->>'exception_message' FROM pgqueuer_log
        WHERE job_id = pgqueuer.id AND traceback IS NOT NULL ORDER BY id DESC LIMIT 1) AS answer
FROM pgqueuer WHERE entrypoint = $1 ORDER BY created, id LIMIT $2
"""
_GIVEN_UP = "SELECT id FROM pgqueuer WHERE entrypoint = $1 AND status = 'failed'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An email that was not sent. `answer` is what went wrong at the last try, None where nothing was noted."""

    id: int
    template: str
    to: str
    queued_at: datetime
    tries: int
    is_given_up: bool
    answer: str | None


async def listed(settings: Settings) -> Sequence[Waiting]:
    """The oldest first, a thousand at most. Raises SettingsError, OSError, PostgresError, InterfaceError."""
    connection = await _connect(settings)
    try:
        return [_waiting(row) for row in await connection.fetch(_LISTED, outbox.MAILS, _MOST)]
    finally:
        await connection.close(timeout=_ANSWER_WITHIN)


async def send_again(settings: Settings) -> int:
    """Queues all emails that were given up, with all their tries. Returns how many. Raises as `listed`."""
    connection = await _connect(settings)
    try:
        given_up = [row["id"] for row in await connection.fetch(_GIVEN_UP, outbox.MAILS)]
        await jobs.queries(connection).requeue_jobs(given_up)
        return len(given_up)
    finally:
        await connection.close(timeout=_ANSWER_WITHIN)


async def _connect(settings: Settings) -> asyncpg.Connection:
    return await asyncpg.connect(str(settings.database_url), timeout=_CONNECT_WITHIN, command_timeout=_ANSWER_WITHIN)


def _waiting(row: asyncpg.Record) -> Waiting:
    try:
        held = jobs.payload(row["payload"])
    except jobs.Unreadable:
        held = {"template": "unreadable", "to": "nobody"}
    return Waiting(
        id=row["id"],
        template=held["template"],
        to=held["to"],
        queued_at=row["created"],
        tries=row["tries"],
        is_given_up=row["is_given_up"],
        answer=row["answer"],
    )
