"""The steps of a job in Postgres, each one statement.

A worker's statement names the worker and the call, so it does nothing once another process has the job or its owner has
cancelled it. All raise PostgresDown, after which the statement may have been executed all the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from access.credentials import Credential, Kind
from db import postgres
from limits import job_calls, partitions
from limits.charges import Lease
from limits.entries import Outcome, hour_of
from resolvers.jobs.keeping import Kept

# A job whose worker gave no sign of life for so long is taken from it. A worker gives one each second.
LEASE = timedelta(seconds=15)
# A job that was lost so often with its worker, or whose model was away so often, has failed.
MOST_ATTEMPTS = 5
# Limits may be raised meanwhile.
_LONGEST_PAUSE = timedelta(seconds=10)

_NOTHING = Kept(None)
_COLUMNS = """
id, user_id, credential_id, credential_kind, scopes::text AS scopes, signed_by, credential_expires_at, limit_key,
address, model, version, outputs::text AS outputs, state, attempts, units, milliseconds, started_at, call_id,
call_units, call_ends, call_hour, call_generation
"""
_IS_ANY = "SELECT EXISTS (SELECT FROM jobs WHERE state = 'QUEUED') AS is_any"
# The order of the queue. Workers that look at once take different jobs. While one job of a user asks for admission,
# those behind it wait, or a cheap one would pass one that waits for its units.
_CLAIM = f"""
UPDATE jobs SET worker = $1, worker_until = clock_timestamp() + $2::float8 * interval '1 second', call_id = $3
WHERE id = (
    SELECT id FROM jobs j
    WHERE state = 'QUEUED' AND call_id IS NULL AND available_at <= clock_timestamp() AND expires_at > clock_timestamp()
        AND NOT model = ANY ($4::text[]) AND ($5::text[] IS NULL OR model = ANY ($5::text[]))
        AND NOT (user_id, model) IN (SELECT * FROM unnest($6::uuid[], $7::text[])) AND NOT EXISTS (
            SELECT FROM jobs b WHERE b.user_id = j.user_id AND b.limit_key = j.limit_key AND b.state = 'QUEUED'
                AND b.call_id IS NOT NULL)
    ORDER BY turn, created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING {_COLUMNS}, inputs, inputs_object
"""  # noqa: S608 - all ours
_MINE = "call_id = $1 AND worker = $2"
_START = f"""
UPDATE jobs SET state = 'RUNNING', started_at = clock_timestamp(), units = call_units, attempts = attempts + 1,
    call_ends = $3, call_hour = $4, call_generation = $5
WHERE {_MINE} AND state = 'QUEUED' RETURNING id
"""  # noqa: S608 - all ours
# Later jobs with the same limits wait, too: cheaper ones must not overtake it again and again.
_WAIT = f"""
WITH limited AS (
    UPDATE jobs SET call_id = NULL, worker = NULL, worker_until = NULL,
        available_at = clock_timestamp() + $3::float8 * interval '1 second'
    WHERE {_MINE} AND state = 'QUEUED' RETURNING id, user_id, limit_key, turn, available_at
)
UPDATE jobs j SET available_at = limited.available_at FROM limited
WHERE j.user_id = limited.user_id AND j.limit_key = limited.limit_key AND j.state = 'QUEUED' AND j.call_id IS NULL
    AND j.id <> limited.id AND j.available_at < limited.available_at
"""  # noqa: S608 - all ours
# Its units are given back after this. A cancel in between finds a job that has not started.
_UNSTART = f"""
UPDATE jobs SET state = 'QUEUED', started_at = NULL, units = 0, attempts = attempts - $3
WHERE {_MINE} AND state = 'RUNNING' RETURNING id
"""  # noqa: S608 - all ours
_BACK = f"""
UPDATE jobs SET call_id = NULL, worker = NULL, worker_until = NULL,
    call_ends = 0, call_hour = NULL, call_generation = 0,
    available_at = clock_timestamp() + $3::float8 * interval '1 second'
WHERE {_MINE} AND state = 'QUEUED' RETURNING id
"""  # noqa: S608 - all ours
_END = f"""
UPDATE jobs SET state = $3, code = $4, message = $5, units = $6, milliseconds = $7, result = $8, result_object = $9,
    result_bytes = $10, result_version = $11, ended_at = clock_timestamp(), inputs = NULL, inputs_object = NULL,
    input_bytes = 0,
    worker_until = clock_timestamp() + $12::float8 * interval '1 second',
    call_id = CASE WHEN $13 THEN NULL ELSE call_id END
WHERE {_MINE} AND state IN ('QUEUED', 'RUNNING') RETURNING id
"""  # noqa: S608 - all ours
_SETTLED = f"UPDATE jobs SET call_id = NULL, worker = NULL, worker_until = NULL WHERE {_MINE}"  # noqa: S608 - all ours
_LEAVE = f"""
UPDATE jobs SET worker = NULL, worker_until = clock_timestamp() + interval '1 second' WHERE {_MINE}
"""  # noqa: S608 - all ours
_ALIVE = """
UPDATE jobs SET worker_until = clock_timestamp() + $2::float8 * interval '1 second'
WHERE worker = $1 AND call_id = ANY ($3::bytea[]) AND state IN ('QUEUED', 'RUNNING') RETURNING call_id
"""
_CALL = f"SELECT {_COLUMNS} FROM jobs WHERE {_MINE}"  # noqa: S608 - all ours
_TAKE_OVER = f"""
UPDATE jobs SET worker = $1, worker_until = clock_timestamp() + $2::float8 * interval '1 second',
    started_at = CASE WHEN state = 'RUNNING' THEN NULL ELSE started_at END,
    units = CASE WHEN state = 'RUNNING' THEN 0 ELSE units END,
    state = CASE WHEN state = 'RUNNING' THEN 'QUEUED' ELSE state END
WHERE id IN (
    SELECT id FROM jobs WHERE call_id IS NOT NULL AND worker_until < clock_timestamp()
    ORDER BY worker_until LIMIT 20 FOR UPDATE SKIP LOCKED
)
RETURNING {_COLUMNS}
"""  # noqa: S608 - all ours


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that a worker has claimed, with the id of a call that Redis may or may not have admitted."""

    id: UUID
    credential: Credential
    address: str
    model: str
    version: str | None
    outputs: Sequence[str] | None
    state: str
    attempts: int
    units: int
    milliseconds: float
    has_started: bool
    lease: Lease
    inputs: Kept

    @property
    def call_id(self) -> bytes:
        return self.lease.call_id

    @property
    def has_ended(self) -> bool:
        return self.state not in ("QUEUED", "RUNNING")

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """Of a job that has ended, for its settlement: a trigger has added them to `usage`."""
        if not self.has_started:
            return []
        failed = int(self.state != "SUCCEEDED")
        return [Outcome(self.model, calls=1, failed=failed, units=self.units, milliseconds=self.milliseconds)]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a job ends. `units` are those that it keeps."""

    state: str
    units: int = 0
    code: str | None = None
    message: str | None = None
    milliseconds: float = 0.0
    result: Kept = _NOTHING
    result_bytes: int = 0
    version: str | None = None


async def is_any() -> bool:
    return bool((await postgres.rows(_IS_ANY))[0]["is_any"])


async def claim(
    worker: UUID,
    *,
    full: Collection[str],
    full_for: Collection[tuple[UUID, str]] = (),
    only: Sequence[str] | None = None,
) -> Claimed | None:
    """The next job in the queue, with the id of its call: not of a model in `full`, nor of a user and a model in
    `full_for`. `only`: of these models.
    """
    of_users = [[user for user, _ in full_for], [model for _, model in full_for]]
    found = await postgres.rows(_CLAIM, worker, LEASE.total_seconds(), job_calls.new_id(), list(full), only, *of_users)
    return _read(found[0]) if found else None


async def start(job: Claimed, worker: UUID, lease: Lease) -> bool:
    """Marks an admitted job as running. False: it was cancelled, or another worker has it."""
    return bool(await postgres.rows(_START, job.call_id, worker, lease.ends, lease.hour, lease.generation))


async def wait(job: Claimed, worker: UUID, pause: timedelta) -> None:
    """For a job that a limit refused: it keeps its turn and is tried again after the pause. Redis admitted nothing."""
    await postgres.rows(_WAIT, job.call_id, worker, min(pause, _LONGEST_PAUSE).total_seconds())


async def unstart(job: Claimed, worker: UUID, *, forgive: bool) -> bool:
    """Sets a running job to QUEUED; its call must be given back next. `forgive`: the start does not count. False as in
    `start`.
    """
    return bool(await postgres.rows(_UNSTART, job.call_id, worker, int(forgive)))


async def put_back(job: Claimed, worker: UUID, *, pause: timedelta = timedelta(0)) -> bool:
    """Lets the job start again after the pause, with another call: this one was given back. False as in `start`."""
    return bool(await postgres.rows(_BACK, job.call_id, worker, pause.total_seconds()))


async def end(job: Claimed, worker: UUID, end: End, *, was_admitted: bool = True) -> bool:
    """False: it was cancelled, or another worker has it. If it was admitted, its call is settled after this."""
    return bool(
        await postgres.rows(
            _END,
            *(job.call_id, worker, end.state, end.code, end.message, end.units, end.milliseconds),
            *(*end.result, end.result_bytes, end.version, LEASE.total_seconds(), not was_admitted),
        )
    )


async def forget_call(job: Claimed, worker: UUID) -> None:
    """After the call was settled or given back: removes it from the row."""
    await postgres.rows(_SETTLED, job.call_id, worker)


async def leave(job: Claimed, worker: UUID) -> None:
    """Lets another worker, or this one, take it over in a second. By then no command to Redis is on its way."""
    await postgres.rows(_LEAVE, job.call_id, worker)


async def stay_alive(worker: UUID, calls: Sequence[bytes]) -> set[bytes]:
    """Renews the leases of the jobs with these calls, and returns the calls. The worker has lost the missing ones.

    A job that the worker abandoned because a statement failed is not among them, so another worker takes it over.
    """
    found = await postgres.rows(_ALIVE, worker, LEASE.total_seconds(), list(calls))
    return {bytes(row["call_id"]) for row in found}


async def current(job: Claimed, worker: UUID) -> Claimed | None:
    """The same job as it is now. None: another worker has it, or its call is settled."""
    found = await postgres.rows(_CALL, job.call_id, worker)
    return _read(found[0]) if found else None


async def take_over(worker: UUID) -> Sequence[Claimed]:
    """Takes some jobs whose lease has expired: those of a lost worker, which become QUEUED again, and those that ended
    and were not settled.
    """
    return [_read(row) for row in await postgres.rows(_TAKE_OVER, worker, LEASE.total_seconds())]


def _read(row: Mapping[str, Any]) -> Claimed:
    kind, limit_key, credential_id = Kind(row["credential_kind"]), row["limit_key"], row["credential_id"]
    first_id = limit_key if limit_key != credential_id else None
    return Claimed(
        id=row["id"],
        credential=Credential(
            kind=kind,
            id=credential_id,
            user_id=row["user_id"],
            scopes=frozenset(orjson.loads(row["scopes"])),
            expires_at=row["credential_expires_at"],
            signed_by=row["signed_by"],
            first_id=first_id,
        ),
        address=row["address"],
        model=row["model"],
        version=row["version"],
        outputs=orjson.loads(row["outputs"]) if row["outputs"] is not None else None,
        state=row["state"],
        attempts=row["attempts"],
        units=row["units"],
        milliseconds=row["milliseconds"],
        has_started=row["started_at"] is not None,
        lease=Lease(
            call_id=bytes(row["call_id"]),
            keys=partitions.of_user(row["user_id"], credential_id, first_id),
            cost=row["call_units"],
            ends=row["call_ends"],
            hour=row["call_hour"] or hour_of(datetime.now(UTC)),
            user_id=row["user_id"],
            token_id=credential_id if kind is Kind.API_TOKEN else None,
            generation=row["call_generation"],
        ),
        inputs=Kept(row.get("inputs"), row.get("inputs_object")),
    )
