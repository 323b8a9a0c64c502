from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model

from db.models.users import User


class JobState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class Job(Model):
    """One call of a model that a worker runs later. The row is the truth of the job and of its charge.

    While `call_id` is set, Redis may hold units of the job, and nobody else ends that call. docs/jobs.md has the steps.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="jobs", on_delete=fields.CASCADE
    )
    user_id: UUID
    # The credential that made it, so that a worker is admitted with it: `access.credentials.Kind`, its id, its key...
    credential_id = fields.UUIDField()
    credential_kind = fields.CharField(max_length=16)
    scopes: fields.Field[list[str]] = fields.JSONField()
    signed_by = fields.CharField(max_length=255, null=True)
    credential_expires_at = fields.DatetimeField()
    # ...the first of its rotated API tokens (else itself), and the IP address that made the job.
    limit_key = fields.UUIDField()
    address = fields.CharField(max_length=64)

    model = fields.CharField(max_length=255)
    # Null: the newest that is ready when it runs.
    version = fields.CharField(max_length=255, null=True)
    # Names of outputs. Null: all.
    outputs: fields.Field[list[str] | None] = fields.JSONField(null=True)
    # Packed tensors (`resolvers.jobs.tensors`), here or in the object of this name. Both are null once it has ended.
    inputs = fields.BinaryField(null=True)
    inputs_object = fields.CharField(max_length=255, null=True)
    input_bytes = fields.BigIntField()
    # The outputs, in the same way. Null unless it succeeded.
    result = fields.BinaryField(null=True)
    result_object = fields.CharField(max_length=255, null=True)
    result_bytes = fields.BigIntField(default=0)
    result_version = fields.CharField(max_length=255, null=True)
    milliseconds = fields.FloatField(default=0.0)

    state = fields.CharEnumField(JobState, max_length=9, default=JobState.QUEUED)
    # Why it failed or was cancelled: an error code, and a message for the owner.
    code = fields.CharField(max_length=40, null=True)
    message = fields.CharField(max_length=2000, null=True)
    # Jobs start in this order. The jobs of all users take turns, and those of one user keep their order.
    turn = fields.BigIntField()
    idempotency_key = fields.CharField(max_length=255, null=True)
    # SHA-256 of what was asked for.
    digest = fields.BinaryField()

    created_at = fields.DatetimeField()
    # It is not tried before: its limits or its model had no room.
    available_at = fields.DatetimeField()
    # If it has not started by then, it is EXPIRED.
    expires_at = fields.DatetimeField()
    started_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)

    # What it keeps of its units; final once it has ended.
    units = fields.BigIntField(default=0)
    # Starts that were lost with their worker or their model.
    attempts = fields.SmallIntField(default=0)
    # Written before Redis is asked for admission, null again once the call is settled there.
    call_id = fields.BinaryField(null=True)
    # The price, as it was when the job was made; and what was admitted: the end of the lease in Redis in ms, the hour
    # that it counts in, and the number of the server.
    call_units = fields.BigIntField(default=0)
    call_ends = fields.BigIntField(default=0)
    call_hour: datetime | None = fields.DatetimeField(null=True)
    call_generation = fields.IntField(default=0)
    # The process that works on it, until when without a sign of life.
    worker: UUID | None = fields.UUIDField(null=True)
    worker_until: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "jobs"
        # For lists, and for cleaning. The partial indexes of the queue are in the migration.
        indexes = (("user", "created_at"), ("ended_at",))
