from tortoise import fields
from tortoise.models import Model


class Usage(Model):
    """Calls of one hour, UTC, by user, credential and model; folded out of Redis' logs. It outlives what it names.

    Triggers add every change to `usage_days`. Deleting takes nothing away there.
    """

    id = fields.BigIntField(primary_key=True)
    user_id = fields.UUIDField()
    # Null: a session's.
    token_id = fields.UUIDField(null=True)
    # Empty: units of an operation that belong to no model.
    model = fields.CharField(max_length=255)
    hour = fields.DatetimeField()
    calls = fields.BigIntField()
    failed = fields.BigIntField()
    units = fields.BigIntField()
    inference_ms = fields.FloatField()

    class Meta:
        table = "usage"
        # For cleaning. Unique over user, hour, token and model, nulls alike: an index written by hand in a migration.
        indexes = (("hour",),)


class UsageFold(Model):
    """How far one log, of a partition and a Redis generation, has been folded into usage."""

    id = fields.BigIntField(primary_key=True)
    partition = fields.CharField(max_length=8)
    generation = fields.IntField()
    last_id = fields.CharField(max_length=40)

    class Meta:
        table = "usage_folds"
        unique_together = (("partition", "generation"),)


class UsageDay(Model):
    """Sums of one day, UTC, of what `usage` has by the hour. Triggers on `usage` keep them; they stay when hours go."""

    id = fields.BigIntField(primary_key=True)
    user_id = fields.UUIDField()
    token_id = fields.UUIDField(null=True)
    model = fields.CharField(max_length=255)
    day = fields.DateField()
    calls = fields.BigIntField()
    failed = fields.BigIntField()
    units = fields.BigIntField()
    inference_ms = fields.FloatField()

    class Meta:
        table = "usage_days"
        # Unique over user, day, token and model, nulls alike: an index written by hand in the migration.


class UsageHours(Model):
    """One row, once hours were cleaned away: the first day that still has all of its hours."""

    id = fields.IntField(primary_key=True, generated=False)
    kept_from = fields.DateField()

    class Meta:
        table = "usage_hours"


class UsageRejected(Model):
    """An entry of a log that could not be booked, as it came. Its calls are in no sum."""

    id = fields.BigIntField(primary_key=True)
    partition = fields.CharField(max_length=8)
    generation = fields.IntField()
    entry_id = fields.CharField(max_length=40)
    entry = fields.BinaryField()
    reason = fields.CharField(max_length=255)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "usage_rejected"
