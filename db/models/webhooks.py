from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from db.models.jobs import Job
from db.models.users import User


class WebhookState(StrEnum):
    # Its job has not ended.
    PENDING = "PENDING"
    # A try is due, runs, or failed and comes again.
    SENDING = "SENDING"
    DELIVERED = "DELIVERED"
    # No more tries, unless the user asks for one.
    FAILED = "FAILED"


class WebhookSecret(Model):
    """What a user's webhooks are signed with: at most two secrets, during a change. Both are encrypted."""

    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        "models.User", related_name="webhook_secret", on_delete=fields.CASCADE, primary_key=True
    )
    user_id: UUID
    sealed_secret = fields.TextField()
    created_at = fields.DatetimeField()
    sealed_previous: str | None = fields.TextField(null=True)
    previous_ends_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_secrets"


class Webhook(Model):
    """The message that a job has ended. A trigger on `jobs` makes it due in the transaction that ends the job."""

    job: fields.OneToOneRelation[Job] = fields.OneToOneField(
        "models.Job", related_name="webhook", on_delete=fields.CASCADE, primary_key=True
    )
    job_id: UUID
    # Not a foreign key: the job has one, and the user's webhooks go with the jobs.
    user_id = fields.UUIDField()
    url = fields.CharField(max_length=2048)
    host = fields.CharField(max_length=255)
    state = fields.CharEnumField(WebhookState, max_length=9, default=WebhookState.PENDING)
    # Tries that failed, those that were asked for left out. They say when the next one is due.
    failures = fields.SmallIntField(default=0)
    # Tries since the last one that ended: their worker died.
    lost = fields.SmallIntField(default=0)
    # Null: no try is due.
    next_at: datetime | None = fields.DatetimeField(null=True)
    # Whether the next try is one that the user asked for.
    is_resent = fields.BooleanField(default=False)
    # The try that runs, and until when it counts as running, by Postgres' clock.
    running: UUID | None = fields.UUIDField(null=True)
    running_until: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "webhooks"


class WebhookTry(Model):
    """One request for the webhook of a job, noted before it is sent.

    Without milliseconds it runs, or its worker died.
    """

    id = fields.UUIDField(primary_key=True)
    job: fields.ForeignKeyRelation[Job] = fields.ForeignKeyField(
        "models.Job", related_name="webhook_tries", on_delete=fields.CASCADE
    )
    job_id: UUID
    at = fields.DatetimeField()
    # Of the answer. Null: none came.
    status: int | None = fields.SmallIntField(null=True)
    # Null: it was delivered.
    error = fields.CharField(max_length=200, null=True)
    milliseconds: int | None = fields.IntField(null=True)

    class Meta:
        table = "webhook_tries"
        indexes = (("job", "at"),)
