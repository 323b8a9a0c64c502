from tortoise import fields
from tortoise.models import Model


class IndexState(Model):
    """One row: the epoch. A credential that Redis holds from another epoch is a cache miss."""

    id = fields.IntField(primary_key=True, generated=False)
    epoch = fields.BigIntField()

    class Meta:
        table = "index_state"


class RedisIdentity(Model):
    """Each Redis server that was ever seen, `run_id/master_replid`; the number of its row is its generation."""

    generation = fields.IntField(primary_key=True)
    identity = fields.CharField(max_length=128, unique=True)
    seen_at = fields.DatetimeField(auto_now_add=True)
    # Its id in a cluster; '' for the only server.
    node = fields.CharField(max_length=64, default="", db_default="")
    # When another server took its place, or its keys.
    replaced_at = fields.DatetimeField(null=True)

    class Meta:
        table = "redis_identities"


class CredentialEvent(Model):
    """A credential, or all of a user's, was revoked, or their rights changed.

    Done once Redis has the change, or the epoch was raised instead.
    """

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField(auto_now_add=True, db_index=True)
    user_id = fields.UUIDField()
    # Null: all that the credential cache has of the user is deleted, and loaded again.
    credential_id = fields.UUIDField(null=True)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "credential_events"
