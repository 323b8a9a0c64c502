"""The jobs of a history in a real Postgres: makes and cancels them as the API does, and reads what became of them."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

from access.credentials import Credential
from db import postgres
from db.models.jobs import Job as Row
from db.postgres import PostgresDown
from errors import JobNotFound, ServiceUnavailable, Unauthenticated
from resolvers.jobs import creation, reading
from resolvers.jobs.keeping import Kept
from tests.histories import jobs
from tests.histories.ended_jobs import EndedJob
from tests.histories.history import JOB_MODEL, Job
from tests.resolvers.conftest import caller

_LEFT = "SELECT count(*) AS count FROM jobs WHERE ended_at IS NULL OR call_id IS NOT NULL"
_ENDED = """
SELECT idempotency_key, state, units, call_ends, started_at IS NOT NULL AS has_started,
       floor(extract(epoch FROM created_at) * 1000)::bigint AS made_at,
       floor(extract(epoch FROM ended_at) * 1000)::bigint AS ended_at FROM jobs
"""


class RealJobs:
    """`credentials` are by person and by whether it is the API token."""

    def __init__(self, played: Sequence[Job], credentials: Mapping[tuple[int, bool], Credential]) -> None:
        self._played = played
        self._credentials = credentials
        # The pool has ten connections, and others wait for one, too.
        self._few = asyncio.Semaphore(4)

    async def play(self, began_at: float) -> None:
        await asyncio.gather(*(self._play(job, began_at) for job in self._played))

    async def have_ended(self) -> bool:
        (row,) = await postgres.rows(_LEFT)
        return not row["count"]

    async def ended(self) -> list[EndedJob]:
        by_number = {job.number: job for job in self._played}
        return [
            EndedJob(
                job=by_number[int(row["idempotency_key"])],
                state=row["state"],
                units=row["units"],
                made_at=row["made_at"],
                admitted_at=row["call_ends"] - jobs.LEASE if row["has_started"] else None,
                ended_at=row["ended_at"],
            )
            for row in await postgres.rows(_ENDED)
        ]

    async def _play(self, job: Job, began_at: float) -> None:
        await asyncio.sleep(began_at + job.at / 1000 - time.time())
        # On a busy machine Postgres may be late. Then there may be a job or none, and it may be cancelled or not.
        with suppress(Unauthenticated, ServiceUnavailable, PostgresDown):
            async with self._few:
                job_id = await self._make(job)
            if job.cancelled_after is not None:
                await asyncio.sleep(job.cancelled_after / 1000)
                with suppress(JobNotFound):  # it has ended
                    await reading.cancel(caller(self._credentials[job.person, job.is_token]), job_id)

    async def _make(self, job: Job) -> UUID:
        credential, given = self._credentials[job.person, job.is_token], jobs.inputs(job)
        row = Row(
            id=uuid4(),
            user_id=credential.user_id,
            credential_id=credential.id,
            credential_kind=credential.kind.value,
            scopes=sorted(credential.scopes),
            credential_expires_at=credential.expires_at,
            limit_key=credential.id,
            address="127.0.0.1",
            model=JOB_MODEL,
            input_bytes=len(given),
            digest=b"",
            idempotency_key=str(job.number),
            call_units=job.cost,
        )
        async with postgres.transaction() as tx:
            await creation.lock(tx, credential)
            await creation.store(tx, row, Kept(given), timedelta(milliseconds=job.expires_after))
        return row.id
