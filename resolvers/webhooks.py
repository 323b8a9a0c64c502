"""Webhooks of jobs: the secret that signs them, the state and the tries of each, and sending one again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

import errors
from access import callers
from access.callers import Caller
from db.models.jobs import Job
from db.models.webhooks import Webhook, WebhookSecret, WebhookTry
from db.postgres import as_service_unavailable, transaction
from errors import Problem
from resolvers import audit, sessions
from resolvers.audit import Action
from resolvers.jobs import reading
from resolvers.tools import Tools
from settings import Settings
from webhooks import signatures
from webhooks.messages import seal_of
from webhooks.targets import BadUrl, Target

LONGEST_OVERLAP = timedelta(days=7)
_URL = ("input", "webhook", "url")
_NO_SECRET = Problem(_URL, "NO_SECRET", "You have no secret to sign webhooks with. Call rotateWebhookSecret first.")

# If a try is running, no other is started. An extra try, beside the scheduled ones, changes nothing if it fails.
_RESEND = """
UPDATE webhooks SET is_resent = state <> 'SENDING', next_at = clock_timestamp()
WHERE job_id = $1 AND state <> 'PENDING' AND (running IS NULL OR running_until < clock_timestamp())
"""


@dataclass(frozen=True, slots=True)
class Rotated:
    """`secret` cannot be returned again. `previous_ends_at` None: there was none, or it has ended."""

    secret: str
    previous_ends_at: datetime | None


async def rotate_secret(tools: Tools, caller: Caller, *, keep_old_for: timedelta, at: datetime) -> Rotated:
    """The previous secret signs, too, for `keep_old_for`. An older one stops signing now.

    Raises Unauthenticated, Forbidden, InvalidInput and ServiceUnavailable.
    """
    credential = callers.require_session(caller)
    if keep_old_for > LONGEST_OVERLAP:
        said = f"The old secret can be kept for at most {LONGEST_OVERLAP.days} days."
        raise errors.InvalidInput([Problem(("keepOldFor",), "TOO_LONG", said)])
    secret = signatures.new_secret()
    async with transaction() as tx:
        owner = await sessions.lock_owner(tx, credential)
        old = await WebhookSecret.filter(user_id=owner.id).using_db(tx).first()
        kept = old is not None and keep_old_for > timedelta(0)
        new = WebhookSecret(
            user_id=owner.id,
            sealed_secret=tools.sealer.seal(secret, of=seal_of(owner.id)),
            created_at=at,
            sealed_previous=old.sealed_secret if old and kept else None,
            previous_ends_at=at + keep_old_for if kept else None,
        )
        await WebhookSecret.filter(user_id=owner.id).using_db(tx).delete()
        await new.save(using_db=tx, force_create=True)
        await audit.record(tx, Action.WEBHOOK_SECRET_ROTATED, owner.id, caller, at=at)
    return Rotated(signatures.written(secret), new.previous_ends_at)


async def delete_secret(caller: Caller, *, at: datetime) -> datetime:
    """Webhooks that wait fail at their next try. Raises Unauthenticated, Forbidden, NotFound and ServiceUnavailable."""
    credential = callers.require_session(caller)
    async with transaction() as tx:
        owner = await sessions.lock_owner(tx, credential)
        if not await WebhookSecret.filter(user_id=owner.id).using_db(tx).delete():
            raise errors.WebhookSecretNotFound()
        await audit.record(tx, Action.WEBHOOK_SECRET_DELETED, owner.id, caller, at=at)
    return at


async def secret_of(caller: Caller, user_id: UUID) -> WebhookSecret | None:
    """Its times; only `rotate_secret` returns a secret. Raises Unauthenticated, Forbidden, ServiceUnavailable."""
    callers.require_viewing(caller, user_id)
    async with as_service_unavailable():
        return await WebhookSecret.filter(user_id=user_id).first()


def problems(url: str, settings: Settings) -> list[Problem]:
    """Of the URL of a new job's webhook."""
    try:
        Target.read(url, settings)
    except BadUrl as error:
        return [Problem(_URL, "INVALID", str(error))]
    return []


async def attach(tx: BaseDBAsyncClient, url: str, *, job_id: UUID, user_id: UUID, settings: Settings) -> None:
    """In the transaction that makes the job. Raises InvalidInput."""
    if not await WebhookSecret.filter(user_id=user_id).using_db(tx).exists():
        raise errors.InvalidInput([_NO_SECRET])
    host = Target.read(url, settings).host
    await Webhook.create(using_db=tx, job_id=job_id, user_id=user_id, url=url, host=host, failures=0, lost=0)


async def of_job(job_id: UUID) -> Webhook | None:
    """Raises ServiceUnavailable."""
    async with as_service_unavailable():
        return await Webhook.filter(job_id=job_id).first()


async def tries_of(job_id: UUID) -> Sequence[WebhookTry]:
    """The oldest first. Raises ServiceUnavailable."""
    async with as_service_unavailable():
        return await WebhookTry.filter(job_id=job_id).order_by("at", "id")


async def resend(tools: Tools, caller: Caller, job_id: UUID | None) -> Job:
    """Makes one try due now. Returns the job.

    Raises Unauthenticated, Forbidden, NotFound, InvalidInput, TooManyAttempts and ServiceUnavailable.
    """
    job = await reading.find(caller, job_id)
    webhook = await of_job(job.id) if job else None
    if job is None or webhook is None:
        raise errors.JobNotFound(" and with a webhook")
    if job.ended_at is None:
        said = "The job has not ended. Its webhook is sent when it does."
        raise errors.InvalidInput([Problem(("jobId",), "NOT_ENDED", said)])
    await tools.attempts.reserve_webhook(user=str(webhook.user_id))
    async with transaction() as tx:
        await tx.execute_query(_RESEND, [job.id])
    return job
