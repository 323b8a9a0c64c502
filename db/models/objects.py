from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model


class StoredObject(Model):
    """A value in the object store. The row is there before the object is written, and until after it is deleted."""

    name = fields.CharField(primary_key=True, max_length=32)
    bytes = fields.BigIntField()
    # By Postgres' clock. Of 1970 once a job has named it and let it go: a trigger on `jobs` sets that.
    created_at: datetime = fields.DatetimeField()
    # Whose bytes they are. Not a foreign key: the object outlives its user until it is deleted.
    user_id: UUID | None = fields.UUIDField(null=True)

    class Meta:
        table = "objects"
        indexes = (("created_at",), ("user_id",))
