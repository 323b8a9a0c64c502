from datetime import datetime
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model

from db.models.users import User


class ApiToken(Model):
    """A long-lived credential. The id is the `jti` of its JWT, which is shown once and not stored."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="api_tokens", on_delete=fields.CASCADE
    )
    user_id: UUID
    name = fields.CharField(max_length=80)
    hint = fields.CharField(max_length=8)
    scopes: fields.Field[list[str]] = fields.JSONField()
    # Null: all models that the owner may use.
    models: fields.Field[list[str] | None] = fields.JSONField(null=True)
    # CIDR. Null: it may be used from anywhere.
    allowed_networks: fields.Field[list[str] | None] = fields.JSONField(null=True)
    units_per_minute = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    # Null means it may be live. Rows stay, so that usage can name old tokens.
    revoked_at = fields.DatetimeField(null=True)
    # Not shown in any list; the row stays because usage refers to it.
    deleted_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    last_used_ip_address = fields.CharField(max_length=45, null=True)
    # The API token that this one was rotated to. Not a foreign key: deleting a user would look for it in the whole
    # table, once for each of the user's tokens.
    replaced_by_id: UUID | None = fields.UUIDField(null=True)
    # The first API token of a row of rotations, by whose id the limits count all of them. Null: this one.
    first_id: UUID | None = fields.UUIDField(null=True)
    # How many days before its end the last email about it was sent, or could have been: 31 if none could. Null for
    # tokens that a previous version made.
    reminded_days: int | None = fields.SmallIntField(null=True)
    reminded_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "api_tokens"
        indexes = (("user", "created_at"), ("expires_at",))
