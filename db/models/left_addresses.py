from tortoise import fields
from tortoise.models import Model


class LeftAddress(Model):
    """Who had an address before, by a digest of it under a key: its next user goes on with what they have spent.

    Written when an account is deleted or moved to another address. Gone after 25 hours.
    """

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=64, db_index=True)
    user_id = fields.UUIDField()
    left_at = fields.DatetimeField(db_index=True)
    # The user whose address it is now; null until somebody has verified it.
    successor_id = fields.UUIDField(null=True, db_index=True)

    class Meta:
        table = "left_addresses"
