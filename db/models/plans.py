from typing import Any
from uuid import uuid4

from tortoise import fields
from tortoise.models import Model


class Plan(Model):
    """What its users may spend. A change raises the epoch, so that no process uses the old numbers."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    name = fields.CharField(max_length=80, unique=True)
    units_per_minute = fields.IntField()
    units_per_day = fields.IntField()
    concurrent_requests = fields.IntField()
    max_api_tokens = fields.IntField()
    max_token_lifetime = fields.TimeDeltaField()
    # In the fair share of calls that wait for a model.
    weight = fields.IntField(default=1, db_default=1)
    # Each {"model", "units_per_minute", "units_per_day"}, with null for no limit: what calls of one model may spend.
    model_limits: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list, db_default="[]")
    # Names of models that are not public and that this plan opens.
    models: fields.Field[list[str]] = fields.JSONField(default=list)

    class Meta:
        table = "plans"
