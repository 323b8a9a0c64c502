"""What callers see of their jobs, and cancelling one.

A session sees all jobs of its user. An API token sees those that it created, and those of the tokens that it replaced.
"""

from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

import errors
from access import callers
from access.callers import Caller
from access.credentials import Credential, Kind
from db import postgres
from db.models.jobs import Job, JobState
from db.postgres import PostgresDown, as_service_unavailable, transaction
from objects.objects import Objects
from resolvers import pages
from resolvers.inference import Inference
from resolvers.jobs import keeping, packing
from resolvers.jobs.keeping import Kept
from resolvers.operation_bytes import OperationBytes
from resolvers.pages import Page, Position

_POSITION = """
SELECT 1 + count(*) AS position FROM jobs
WHERE state = 'QUEUED' AND model = $1 AND (turn, created_at, id) < ($2, $3, $4)
"""
_RESULT = "SELECT result, result_object FROM jobs WHERE id = $1"
# A worker that has it ends its call within a second or two. After that any worker does.
_CANCEL = """
UPDATE jobs SET state = 'CANCELLED', ended_at = clock_timestamp(), inputs = NULL, inputs_object = NULL, input_bytes = 0,
    worker_until = least(worker_until, clock_timestamp() + interval '2 s')
WHERE id = $1 AND state IN ('QUEUED', 'RUNNING') RETURNING id
"""
# Bytes are read only for the fields that show them.
_BYTES = frozenset({"inputs", "result", "digest"})
_COLUMNS = tuple(name for name in Job._meta.fields_db_projection if name not in _BYTES)


async def find(caller: Caller, job_id: UUID | None) -> Job | None:
    """None if it is not this caller's. Raises Unauthenticated, Forbidden, ServiceUnavailable."""
    credential = callers.require_jobs(caller)
    if job_id is None:
        return None
    async with as_service_unavailable():
        return await _seen(credential).filter(id=job_id).only(*_COLUMNS).first()


async def page(
    caller: Caller, *, of: UUID, first: int, after: Position | None, state: JobState | None = None
) -> Page[Job]:
    """The user's jobs, newest first. Raises Unauthenticated, Forbidden, NotFound, ServiceUnavailable."""
    listed = Job.filter(user_id=callers.require_viewing(caller, of))
    if state is not None:
        listed = listed.filter(state=state)
    return await pages.newest_first(listed.only(*_COLUMNS), by="created_at", first=first, after=after)


async def position(job: Job) -> int | None:
    """Its position in the queue of its model, from 1; None unless it is QUEUED. Raises ServiceUnavailable."""
    if job.state is not JobState.QUEUED:
        return None
    found = await _rows(_POSITION, job.model, job.turn, job.created_at, job.id)
    return int(found[0]["position"])


async def result(job: Job, objects: Objects, moved: OperationBytes) -> Inference | None:
    """None unless it has succeeded. Raises PayloadTooLarge, DataMissing and ServiceUnavailable."""
    if job.state is not JobState.SUCCEEDED or job.result_version is None:
        return None
    moved.receive(job.result_bytes)
    found = await _rows(_RESULT, job.id)
    if not found:
        # It was deleted since: its time was over.
        return None
    packed = await keeping.load(Kept(found[0]["result"], found[0]["result_object"]), objects)
    return Inference(job.model, job.result_version, packing.unpack(packed), job.milliseconds)


async def cancel(caller: Caller, job_id: UUID | None) -> Job:
    """Raises Unauthenticated, Forbidden, NotFound (also for a job that has ended), ServiceUnavailable."""
    credential = callers.require_jobs(caller)
    own = _seen(credential).filter(id=job_id)
    async with transaction() as tx:
        if job_id is None or not await own.using_db(tx).exists() or not await tx.execute_query_dict(_CANCEL, [job_id]):
            raise errors.JobNotFound(" that has not ended")
        return await own.using_db(tx).only(*_COLUMNS).get()


def may_see(credential: Credential, job: Job) -> bool:
    """Whether this credential of the job's user sees it."""
    return credential.kind is Kind.SESSION or job.limit_key == (credential.first_id or credential.id)


def _seen(credential: Credential) -> QuerySet[Job]:
    own = Job.filter(user_id=credential.user_id)
    if credential.kind is Kind.SESSION:
        return own
    return own.filter(limit_key=credential.first_id or credential.id)


async def _rows(sql: str, *values: object) -> list[dict[str, Any]]:
    try:
        return await postgres.rows(sql, *values)
    except PostgresDown as error:
        raise errors.ServiceUnavailable() from error
