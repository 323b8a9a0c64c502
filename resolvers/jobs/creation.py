"""Creates jobs. An invalid one is refused at once, and nothing is spent."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller
from access.credentials import Credential, Kind
from db.models.api_tokens import ApiToken
from db.models.jobs import Job
from db.models.sessions import Session
from db.postgres import transaction
from errors import Problem
from inference import conversions, tensors
from inference.server import ModelServer
from objects.objects import Objects
from resolvers import accounts, inference, models, webhooks
from resolvers.inference import Input
from resolvers.jobs import keeping, packing, reading
from resolvers.jobs.keeping import Kept
from resolvers.operation_bytes import OperationBytes
from settings import Settings

LONGEST_WAIT = timedelta(days=7)
# How long the same key names the same job.
KEY_LIFETIME = timedelta(hours=24)
_USUAL_WAIT = timedelta(hours=24)
_LONGEST_KEY = 255
# How long a request waits for memory for the tensors of its job.
_ROOM_WITHIN = timedelta(seconds=5)

_NOW = "SELECT clock_timestamp() AS now"
# Objects of cancelled and refused jobs count, too, until they are deleted: they take space until then.
_HELD = """
SELECT count(*) AS kept, count(*) FILTER (WHERE state = 'QUEUED') AS queued,
       (coalesce(sum(CASE WHEN inputs_object IS NULL THEN input_bytes ELSE 0 END
                     + CASE WHEN result_object IS NULL THEN result_bytes ELSE 0 END), 0)
        + (SELECT coalesce(sum(bytes), 0) FROM objects WHERE user_id = $1))::bigint AS bytes
FROM jobs WHERE user_id = $1
"""
# The turn of a job is one after that of its user's last job, or one after the last turn that has started if that is
# later. So users take turns, and a user without jobs comes next.
_TURN = """
SELECT 1 + greatest(
    coalesce((SELECT max(turn) FROM jobs WHERE started_at IS NOT NULL), 0),
    coalesce((SELECT max(turn) FROM jobs WHERE user_id = $1 AND state IN ('QUEUED', 'RUNNING')), 0)
) AS turn
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """`outputs`: None means all. The job is EXPIRED if it has not started after `expires_in`; None: after 24
    hours. `webhook` is a URL.
    """

    model: str
    inputs: Sequence[Input]
    version: str | None = None
    outputs: Sequence[str] | None = None
    idempotency_key: str | None = None
    expires_in: timedelta | None = None
    webhook: str | None = None


async def create(
    server: ModelServer, caller: Caller, new: NewJob, settings: Settings, *, objects: Objects, moved: OperationBytes
) -> Job:
    """Returns the new job, or the one that was created with the same key and the same inputs.

    Raises Unauthenticated, Forbidden, ModelNotFound, ModelUnavailable, BadRequest, InvalidTensor and PayloadTooLarge as
    `infer`; InvalidInput, IdempotencyConflict, LimitReached and ServiceUnavailable.
    """
    credential = callers.require_jobs(caller)
    _check(new, settings)
    model = models.find(server, caller, new.model, new.version)
    tensors.check_outputs(model.declaration.outputs, new.outputs or ())
    await conversions.load()
    reserved = await moved.reserve(inference.bytes_of(new.inputs), within=_ROOM_WITHIN)
    try:
        packed = packing.pack(await inference.checked(model, new.inputs))
        digest = _digest(new, packed)
        kept = Kept(packed)
        if not keeping.is_small(packed):
            # Checked first, so that no object is written for a job that is refused.
            async with transaction() as tx:
                if found := await _admissible(tx, credential, new, digest, len(packed), settings):
                    return found
            # Not in the transaction: an object store may take seconds. An object that no job names is deleted later.
            kept = await keeping.keep(packed, objects, of=credential.user_id)
        async with transaction() as tx:
            more = 0 if kept.object_name else len(packed)
            if found := await _admissible(tx, credential, new, digest, more, settings):
                return found
            row = _row(credential, caller, new, packed, digest)
            row.call_units = max(1, models.quote(server, caller, new.model).units)
            await store(tx, row, kept, new.expires_in or _USUAL_WAIT)
            if new.webhook is not None:
                await webhooks.attach(tx, new.webhook, job_id=row.id, user_id=row.user_id, settings=settings)
            return row
    finally:
        moved.hold.give(reserved)


def _check(new: NewJob, settings: Settings) -> None:
    problems = [] if new.webhook is None else webhooks.problems(new.webhook, settings)
    key, wait = new.idempotency_key, new.expires_in
    if key is not None and not (0 < len(key) <= _LONGEST_KEY and key.isprintable()):
        said = f"A key has 1 to {_LONGEST_KEY} printable characters."
        problems.append(Problem(("input", "idempotencyKey"), "INVALID", said))
    if wait is not None and not timedelta(seconds=1) <= wait <= LONGEST_WAIT:
        said = f"A job may wait from 1 second to {LONGEST_WAIT.days} days."
        problems.append(Problem(("input", "expiresIn"), "OUT_OF_RANGE", said))
    if problems:
        raise errors.InvalidInput(problems)


def _digest(new: NewJob, packed: bytes) -> bytes:
    asked = orjson.dumps([new.model, new.version, None if new.outputs is None else list(new.outputs)])
    return hashlib.sha256(hashlib.sha256(asked).digest() + packed).digest()


async def _admissible(
    tx: BaseDBAsyncClient, credential: Credential, new: NewJob, digest: bytes, more: int, settings: Settings
) -> Job | None:
    """The job that was made with the same key, or None if there is room for a new one with `more` bytes.

    Raises Unauthenticated, IdempotencyConflict and LimitReached.
    """
    await lock(tx, credential)
    found = await _same(tx, credential, new.idempotency_key, digest)
    if found is None:
        await _check_room(tx, credential, more, settings)
    return found


async def lock(tx: BaseDBAsyncClient, credential: Credential) -> None:
    """Locks the user's row: of two calls at once with one key, or for the last room, one waits here for the other.

    Raises Unauthenticated if the credential has just ended.
    """
    user = await accounts.lock(tx, id=credential.user_id)
    kind = Session if credential.kind is Kind.SESSION else ApiToken
    live = await kind.filter(id=credential.id, user_id=credential.user_id, revoked_at=None).using_db(tx).exists()
    if user is None or user.suspended_at is not None or not live:
        raise errors.Unauthenticated()


async def _same(tx: BaseDBAsyncClient, credential: Credential, key: str | None, digest: bytes) -> Job | None:
    """The user's job of this key, if it has the same digest. Raises IdempotencyConflict if it has another, or is not
    for this credential to see.
    """
    if key is None:
        return None
    of_key = Job.filter(user_id=credential.user_id, idempotency_key=key).using_db(tx)
    found = await of_key.first()
    if found is None:
        return None
    if found.created_at + KEY_LIFETIME <= await _now(tx):
        await of_key.update(idempotency_key=None)
        return None
    if not reading.may_see(credential, found):
        raise errors.IdempotencyConflict(is_hidden=True)
    if bytes(found.digest) != digest:
        raise errors.IdempotencyConflict()
    return found


async def _check_room(tx: BaseDBAsyncClient, credential: Credential, count: int, settings: Settings) -> None:
    (held,) = await tx.execute_query_dict(_HELD, [credential.user_id])
    if held["queued"] >= settings.jobs_queued:
        raise errors.JobLimitReached(settings.jobs_queued, "jobs that wait")
    if held["kept"] >= settings.jobs_kept:
        raise errors.JobLimitReached(settings.jobs_kept, "jobs that are kept")
    if held["bytes"] + count > settings.job_bytes:
        raise errors.JobLimitReached(settings.job_bytes, "bytes of inputs and results of jobs that are kept")


def _row(credential: Credential, caller: Caller, new: NewJob, packed: bytes, digest: bytes) -> Job:
    return Job(
        id=uuid4(),
        user_id=credential.user_id,
        credential_id=credential.id,
        credential_kind=credential.kind.value,
        scopes=sorted(credential.scopes),
        signed_by=credential.signed_by,
        credential_expires_at=credential.expires_at,
        limit_key=credential.first_id or credential.id,
        address=caller.address,
        model=new.model,
        version=new.version,
        outputs=None if new.outputs is None else list(new.outputs),
        input_bytes=len(packed),
        digest=digest,
        idempotency_key=new.idempotency_key,
    )


async def store(tx: BaseDBAsyncClient, row: Job, kept: Kept, wait: timedelta) -> None:
    """Puts the job into the queue, after the user's other jobs. It is EXPIRED if it has not started after `wait`."""
    row.inputs, row.inputs_object = kept
    row.created_at = row.available_at = await _now(tx)
    row.expires_at = row.created_at + wait
    (found,) = await tx.execute_query_dict(_TURN, [row.user_id])
    row.turn = found["turn"]
    await row.save(using_db=tx)


async def _now(tx: BaseDBAsyncClient) -> datetime:
    """By Postgres' clock, as all times of jobs are."""
    (row,) = await tx.execute_query_dict(_NOW)
    found: datetime = row["now"]
    return found
