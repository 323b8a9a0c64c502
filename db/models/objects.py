from datetime import datetime

from tortoise import fields
from tortoise.models import Model


class StoredObject(Model):
    """A value in the object store. The row is there before the object is written, and until after it is deleted."""

    name = fields.CharField(primary_key=True, max_length=32)
    bytes = fields.BigIntField()
    # By Postgres' clock.
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "objects"
        indexes = (("created_at",),)
