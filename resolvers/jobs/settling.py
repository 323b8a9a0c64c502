"""Ending the call of a job in Redis, and then in its row. Each step may be repeated by any worker."""

import logging
from datetime import timedelta
from uuid import UUID, uuid4

from db import postgres
from limits.gate import Gate
from resolvers.jobs import queue
from resolvers.jobs.queue import Claimed, End

logger = logging.getLogger(__name__)

_LOST = "The worker that ran this job was lost several times. Its units were given back."
# The bytes of the inputs are deleted: nothing uses them any more.
_EXPIRE = """
UPDATE jobs SET state = 'EXPIRED', ended_at = clock_timestamp(), inputs = NULL, inputs_object = NULL, input_bytes = 0
WHERE state = 'QUEUED' AND call_id IS NULL AND expires_at <= clock_timestamp()
"""
_CREDENTIALS = """
SELECT coalesce(string_agg(DISTINCT credential_id::text, ' '), '') AS ids FROM jobs WHERE state = 'QUEUED'
"""
_CANCEL_OF = """
UPDATE jobs SET state = 'CANCELLED', code = 'UNAUTHENTICATED', message = $2, ended_at = clock_timestamp(),
    inputs = NULL, inputs_object = NULL, input_bytes = 0,
    worker_until = least(worker_until, clock_timestamp() + interval '2 s')
WHERE state = 'QUEUED' AND credential_id = ANY (string_to_array($1, ' ')::uuid[])
"""
_IS_ANY = """
SELECT EXISTS (SELECT FROM jobs WHERE state = 'QUEUED')
    OR EXISTS (SELECT FROM jobs WHERE call_id IS NOT NULL AND worker_until < clock_timestamp()) AS is_any
"""
ENDED = "The credential that created this job has ended."


async def is_due() -> bool:
    """Whether any job may need `tend`. Raises PostgresDown."""
    return bool((await postgres.rows(_IS_ANY))[0]["is_any"])


async def tend(gate: Gate) -> None:
    """Ends queued jobs that have expired or whose credential has ended, and takes over jobs whose worker was lost.

    Raises PostgresDown and ServiceUnavailable.
    """
    await postgres.rows(_EXPIRE)
    (row,) = await postgres.rows(_CREDENTIALS)
    if row["ids"] and (ended := await gate.ended(row["ids"].split())):
        await postgres.rows(_CANCEL_OF, " ".join(ended), ENDED)
    # An id that no running worker has, so that nothing renews the leases of these jobs.
    worker = uuid4()
    for job in await queue.take_over(worker):
        await recover(gate, job, worker)


async def recover(gate: Gate, job: Claimed, worker: UUID) -> None:
    """For a job that was taken over: lets it start again with another call, or settles it if it has ended.

    Raises PostgresDown and ServiceUnavailable; then it is taken over again.
    """
    if job.has_ended:
        await settle(gate, job, worker)
        return
    logger.warning("Job %s was lost with its worker in state %s", job.id, job.state)
    if job.attempts >= queue.MOST_ATTEMPTS:
        lost = End(state="FAILED", code="INTERNAL", message=_LOST)
        if await queue.end(job, worker, lost):
            await settle_current(gate, job, worker)
        return
    await put_back(gate, job, worker)


async def put_back(gate: Gate, job: Claimed, worker: UUID, *, pause: timedelta = timedelta(0)) -> None:
    """Gives back the call of a job that is QUEUED, and lets it start again after the pause.

    Raises PostgresDown and ServiceUnavailable; then it is taken over.
    """
    await gate.settle_job(job.lease)
    # Its owner may have cancelled it meanwhile.
    if not await queue.put_back(job, worker, pause=pause):
        await settle_current(gate, job, worker)


async def settle(gate: Gate, job: Claimed, worker: UUID) -> None:
    """For a job that has ended. Raises PostgresDown and ServiceUnavailable; then it is taken over again."""
    await gate.settle_job(job.lease, job.outcomes)
    await queue.forget_call(job, worker)


async def settle_current(gate: Gate, job: Claimed, worker: UUID) -> None:
    """Settles the job if its row says that it has ended. Does nothing if another worker has it."""
    found = await queue.current(job, worker)
    if found is not None and found.has_ended:
        await settle(gate, found, worker)
