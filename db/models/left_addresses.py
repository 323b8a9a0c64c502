from tortoise import fields
from tortoise.models import Model


class LeftAddress(Model):
    """A user's former address, as a keyed digest: its next user continues with the limits that the user has spent.

    Written when an account is deleted or moved to another address. Deleted after 25 hours.
    """

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=64, db_index=True)
    user_id = fields.UUIDField()
    left_at = fields.DatetimeField(db_index=True)
    # The user whose address it is now; null until a user has verified it.
    successor_id = fields.UUIDField(null=True, db_index=True)

    class Meta:
        table = "left_addresses"
