from tortoise import fields
from tortoise.models import Model


class Usage(Model):
    """Calls of one hour, UTC, by user, credential and model; folded out of Redis' logs. It outlives what it names."""

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
        # Unique over user, token, model and hour, nulls alike: an index written by hand in the migration.


class UsageFold(Model):
    """How far one log, of a partition and a Redis generation, has been folded into usage."""

    id = fields.BigIntField(primary_key=True)
    partition = fields.CharField(max_length=8)
    generation = fields.IntField()
    last_id = fields.CharField(max_length=40)

    class Meta:
        table = "usage_folds"
        unique_together = (("partition", "generation"),)
