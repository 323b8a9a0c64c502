"""Changes of jobs, for callers who watch them. A process asks Postgres once for all jobs that are watched in it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import UUID

import errors
from access import callers
from access.callers import Caller
from db import postgres
from db.models.jobs import Job
from db.postgres import PostgresDown
from resolvers.jobs import reading

logger = logging.getLogger(__name__)

_LOOK_EVERY = timedelta(milliseconds=500)
# Of one user in one process. A stream holds a connection and some memory, and no slot of the user.
MOST_OF_USER = 20

# With the position in the queue of each job that waits. One pass over the queues of their models.
_LOOK = """
SELECT j.id, j.state, j.started_at IS NOT NULL AS has_started, q.position
FROM jobs j LEFT JOIN (
    SELECT id, row_number() OVER (PARTITION BY model ORDER BY turn, created_at, id) AS position
    FROM jobs WHERE state = 'QUEUED' AND model IN (SELECT model FROM jobs WHERE id = ANY ($1::uuid[]))
) q ON q.id = j.id
WHERE j.id = ANY ($1::uuid[])
"""

_Seen = tuple[str, bool, int | None]
_FINAL = frozenset({"SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"})


class Watch:
    """One per process. It asks Postgres only while a job is watched."""

    def __init__(self) -> None:
        # By job: what was seen last, and the number of watchers.
        self._seen: dict[UUID, _Seen | None] = {}
        self._watchers: dict[UUID, int] = {}
        self._of_user: dict[UUID, int] = {}
        self._changed = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None

    async def changes(self, caller: Caller, job_id: UUID | None) -> AsyncGenerator[Job, None]:
        """The job now, and after each change of its state or position, until it has ended.

        Raises Unauthenticated, Forbidden, NotFound, LimitReached and ServiceUnavailable.
        """
        credential = callers.require_jobs(caller)
        user_id = credential.user_id
        if self._of_user.get(user_id, 0) >= MOST_OF_USER:
            raise errors.JobLimitReached(MOST_OF_USER, "streams of jobs in one process")
        self._add(self._of_user, user_id)
        try:
            async for job in self._follow(caller, job_id):
                yield job
        finally:
            self._remove(self._of_user, user_id)

    async def _follow(self, caller: Caller, job_id: UUID | None) -> AsyncGenerator[Job, None]:
        if job_id is None or await reading.find(caller, job_id) is None:
            raise errors.JobNotFound()
        self._add(self._watchers, job_id)
        try:
            seen: _Seen | None = None
            while True:
                # First what is seen of it, then its row: a change between the two counts as a change the next time.
                seen = await self._other_than(job_id, seen)
                job = await reading.find(caller, job_id)
                if job is None:
                    raise errors.JobNotFound()
                yield job
                if job.state.value in _FINAL:
                    return
        finally:
            self._remove(self._watchers, job_id)
            if job_id not in self._watchers:
                self._seen.pop(job_id, None)

    async def _other_than(self, job_id: UUID, seen: _Seen | None) -> _Seen | None:
        """What is seen of the job once it is something else. None: there is no such job any more."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        async with self._changed:
            await self._changed.wait_for(lambda: job_id in self._seen and self._seen[job_id] != seen)
        return self._seen[job_id]

    async def _look(self) -> None:
        while self._watchers:
            try:
                watched = list(self._watchers)
                rows = await postgres.rows(_LOOK, watched)
                found = {row["id"]: (row["state"], row["has_started"], row["position"]) for row in rows}
                async with self._changed:
                    # Not those that nobody watches any more.
                    self._seen = {job_id: found.get(job_id) for job_id in watched if job_id in self._watchers}
                    self._changed.notify_all()
            except PostgresDown as error:
                logger.info("Changes of jobs wait for Postgres: %s", error)
            except Exception:
                # Without this loop, those who watch would wait for ever.
                logger.exception("Changes of jobs could not be read")
            await asyncio.sleep(_LOOK_EVERY.total_seconds())

    @staticmethod
    def _add(counts: dict[UUID, int], key: UUID) -> None:
        counts[key] = counts.get(key, 0) + 1

    @staticmethod
    def _remove(counts: dict[UUID, int], key: UUID) -> None:
        counts[key] -= 1
        if not counts[key]:
            del counts[key]
