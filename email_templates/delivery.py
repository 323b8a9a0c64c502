"""The worker's side of the outbox: takes waiting emails, sends them, tries again, gives up after a day."""

import asyncio
import logging
import random
from collections import deque
from datetime import timedelta
from uuid import UUID

import asyncpg
from pgqueuer import Job, QueueManager, RetryRequested
from pgqueuer.core.buffers import JobStatusLogBuffer
from pgqueuer.core.executors import AbstractEntrypointExecutor
from pgqueuer.errors import FailingListenerError
from pgqueuer.models import TracebackRecord
from pgqueuer.ports.driver import Driver
from tortoise import Tortoise

from db import postgres
from email_templates import jobs, outbox
from email_templates.mailer import Deferred, Mailer, NotSent, Refused
from email_templates.tries import Tries
from settings import Settings
from telemetry import metrics, traces

logger = logging.getLogger(__name__)

# 2 s, 4 s and so on up to an hour: a short outage costs seconds, a long one does not wear out the server.
FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(hours=1)
# A day, by those pauses. Counted, not timed: an email that an operator queues again gets all tries again.
TRIES = 35

# An email whose worker was killed is taken up again after this long. An email in work renews its claim twice as often.
_SILENT_FOR = timedelta(seconds=15)
# NOTIFY reports new emails at once; nothing reports emails that wait for another try, or whose worker died.
_LOOK_EVERY = timedelta(seconds=1)
_BATCH = 5
_AT_ONCE = 2 * _BATCH

_COUNT = """
SELECT count(*) FILTER (WHERE status = 'queued') AS queued, count(*) FILTER (WHERE status = 'picked') AS picked,
       count(*) FILTER (WHERE status = 'failed') AS failed,
       coalesce(extract(epoch FROM now() - min(created) FILTER (WHERE status <> 'failed')), 0)::float8 AS seconds
FROM pgqueuer
"""
# Among the metrics, for an email whose template this worker does not know.
_UNREAD = "unknown"

_FORGIVE_WITHIN = timedelta(seconds=1)
_CONNECT_WITHIN = timedelta(seconds=5)
ANSWER_WITHIN = timedelta(seconds=5)
_PAUSE_WITHOUT_POSTGRES = timedelta(seconds=1)


class Delivery:
    """One per worker; any number of workers may run side by side."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError."""
        self._mailer = Mailer(settings)
        self._database_url = str(settings.database_direct_url)
        self._stopping = asyncio.Event()
        self._manager: QueueManager | None = None
        self._connection: asyncpg.Connection | None = None
        # Without Postgres a sent email cannot be noted there. Its job then comes again and is known here.
        self._sent: deque[UUID] = deque(maxlen=1000)
        self._tries = Tries()

    async def run(self) -> None:
        """Until `stop`, over any outage of Postgres. Never cancel it: PgQueuer deletes the job of a cancelled task."""
        while not self._stopping.is_set():
            try:
                await self._run_once()
            # PgQueuer lets through whatever Postgres raises, and raises RuntimeError where it may not see its tables.
            except Exception as error:
                self._complain(error)
                await asyncio.sleep(_PAUSE_WITHOUT_POSTGRES.total_seconds())

    @staticmethod
    def _complain(error: Exception) -> None:
        is_known = isinstance(error, FailingListenerError) or postgres.is_outage(error)
        unforeseen = None if is_known else error
        logger.warning("The outbox cannot be read: %s: %s", type(error).__name__, error, exc_info=unforeseen)

    def stop(self) -> None:
        """Takes nothing new; `run` returns when what is being sent has been sent."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def abandon(self) -> None:
        """For when `run` takes too long to return: whatever is being sent stays in the outbox, for another worker.

        Without a connection nothing that the cancelling of tasks sets off can reach the outbox. Takes a second at most.
        """
        if self._connection is not None and self._manager is not None:
            try:
                async with asyncio.timeout(_FORGIVE_WITHIN.total_seconds()):
                    await self._tries.forgive(self._manager.queries.driver)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                logger.warning("Tries that this worker broke off count as lost: %s: %s", type(error).__name__, error)
            self._connection.terminate()

    async def _run_once(self) -> None:
        connection = await asyncpg.connect(
            self._database_url,
            timeout=_CONNECT_WITHIN.total_seconds(),
            command_timeout=ANSWER_WITHIN.total_seconds(),
        )
        self._connection = connection
        try:
            await self._work(connection)
        finally:
            # Not `close`, which would wait for a Postgres that hangs.
            connection.terminate()

    async def _work(self, connection: asyncpg.Connection) -> None:
        queries = jobs.queries(connection)
        manager = self._manager = _Manager(queries)

        async def send(job: Job) -> None:
            await self._send(job, queries.driver)

        # Held, not deleted: an email that was given up stays, so that the operator can read it and queue it again.
        manager.entrypoint(outbox.MAILS, on_failure="hold")(send)
        if self._stopping.is_set():
            return
        await manager.run(
            dequeue_timeout=_LOOK_EVERY,
            batch_size=_BATCH,
            max_concurrent_tasks=_AT_ONCE,
            heartbeat_timeout=_SILENT_FOR,
            shutdown_on_listener_failure=True,
            # PgQueuer's statistics would be one more table that grows, and nothing reads it.
            log_aggregation_interval=timedelta(0),
        )

    async def _send(self, job: Job, driver: Driver) -> None:
        """Raises RetryRequested, or NotSent for good."""
        with traces.beginning("mail", job=job.id), metrics.MAIL_SECONDS.time():
            labels = {"template": _UNREAD, "result": "deferred"}
            try:
                async with self._tries.counted(driver, job.id):
                    await self._read_and_send(job, labels)
                labels["result"] = "sent"
            except Refused:
                labels["result"] = "given_up"
                raise
            # Anything, too: a template that only a newer worker has, or a bug that the next release fixes.
            except Exception as error:
                if job.attempts + 1 >= TRIES:
                    labels["result"] = "given_up"
                    raise NotSent(f"given up after {TRIES} tries: {error}") from error
                raise _deferred(job, error) from error
            finally:
                metrics.MAILS.labels(labels["template"], labels["result"]).inc()
                traces.note(**labels)

    async def _read_and_send(self, job: Job, labels: dict[str, str]) -> None:
        try:
            mail = jobs.Mail.of(job)
        except jobs.Unreadable as error:
            raise Refused(str(error)) from error
        labels["template"] = mail.template.value
        await self._send_once(mail)

    async def _send_once(self, mail: jobs.Mail) -> None:
        if mail.id not in self._sent:
            await self._mailer.send(mail)
            self._sent.append(mail.id)
            logger.info("Email %s (%s) was sent", mail.id, mail.template)


async def count_jobs() -> None:
    """For the metrics: the numbers of emails that wait, that are being sent, and that were given up and are held."""
    connection = Tortoise.get_connection("default")
    (row,) = await connection.execute_query_dict(_COUNT)
    for state in ("queued", "picked", "failed"):
        metrics.JOBS.labels(state).set(row[state])
    metrics.OLDEST_JOB_SECONDS.set(row["seconds"])


class _Manager(QueueManager):
    async def log_failure(
        self, job: Job, executor: AbstractEntrypointExecutor, exc: Exception, jbuff: JobStatusLogBuffer
    ) -> None:
        """PgQueuer would hold an email as failed also where only its return to the queue has failed, because Postgres
        did not answer. Left alone the job's heartbeat stops, and a worker takes it again. PgQueuer would also log a
        traceback of what is only a refusal."""
        if isinstance(exc, NotSent):
            logger.error("The email of job %s is given up and held: %s", job.id, exc)
            record = TracebackRecord.from_exception(exc=exc, job_id=job.id, additional_context={})
            await jbuff.add((job, "failed", record))
        else:
            logger.warning("Job %s could not be put back: %s: %s", job.id, type(exc).__name__, exc)


def _deferred(job: Job, error: Exception) -> RetryRequested:
    # The traceback of an unforeseen error is logged once, and not at each of the tries.
    unforeseen = not isinstance(error, Deferred | jobs.OfAnotherVersion) and job.attempts == 0
    logger.warning("The email of job %s will be tried again: %s", job.id, error, exc_info=error if unforeseen else None)
    return RetryRequested(pause(job.attempts), str(error))


def pause(tries: int) -> timedelta:
    """A fifth more or less each time, so that what waited together does not come back together."""
    doublings = min(tries, 20)
    return min(FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
