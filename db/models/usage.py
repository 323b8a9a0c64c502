from tortoise import fields
from tortoise.models import Model


class Usage(Model):
    """Calls of one hour (UTC) by user, API token and model, rolled up from Redis' logs. Rows outlive what they name.

    Triggers add every change to `usage_days`. Deleting a row here subtracts nothing there.
    """

    # A trigger on `jobs` adds the calls of jobs.
    id = fields.BigIntField(primary_key=True)
    user_id = fields.UUIDField()
    # Null: calls with sessions.
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
        # For cleaning. The unique index over user, hour, token and model (nulls are equal) is in a migration.
        indexes = (("hour",),)


class UsageFold(Model):
    """The position of the usage rollup in one log, that of a partition and a Redis generation."""

    id = fields.BigIntField(primary_key=True)
    partition = fields.CharField(max_length=8)
    generation = fields.IntField()
    last_id = fields.CharField(max_length=40)

    class Meta:
        table = "usage_folds"
        unique_together = (("partition", "generation"),)


class UsageDay(Model):
    """Sums of one day (UTC) of `usage`. Triggers on `usage` update them; they stay when hours are deleted."""

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
        # The unique index over user, day, token and model (nulls are equal) is in the migration.


class UsageHours(Model):
    """One row, after hours were deleted for the first time: the first day that still has all of its hours."""

    id = fields.IntField(primary_key=True, generated=False)
    kept_from = fields.DateField()

    class Meta:
        table = "usage_hours"


class UsageComparison(Model):
    """The last comparison of a partition: units that Redis has spent with those counted, by users and days.

    `unreadable` is where one of the two could not be read. `units_apart` is the sum of the differences.
    """

    partition = fields.CharField(max_length=8, primary_key=True)
    at = fields.DatetimeField()
    agreeing = fields.BigIntField()
    differing = fields.BigIntField()
    unreadable = fields.BigIntField()
    units_apart = fields.BigIntField()

    class Meta:
        table = "usage_comparisons"


class UsageDifference(Model):
    """A user and day of the last comparison that did not agree; of each partition the first hundred."""

    id = fields.BigIntField(primary_key=True)
    partition = fields.CharField(max_length=8, db_index=True)
    user_id = fields.UUIDField()
    day = fields.DateField()
    # Both null: one of them could not be read, for this reason.
    spent = fields.BigIntField(null=True)
    counted = fields.BigIntField(null=True)
    reason = fields.CharField(max_length=255, null=True)

    class Meta:
        table = "usage_differences"


class UsageRejected(Model):
    """An entry of a log that could not be added to usage, unchanged. Its calls are in no sum."""

    id = fields.BigIntField(primary_key=True)
    partition = fields.CharField(max_length=8)
    generation = fields.IntField()
    entry_id = fields.CharField(max_length=40)
    entry = fields.BinaryField()
    reason = fields.CharField(max_length=255)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "usage_rejected"
