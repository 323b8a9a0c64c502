from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model

from db.models.users import User


class SecondFactor(Model):
    """A user's authenticator app. Logins need it once it is confirmed."""

    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        "models.User", related_name="second_factor", on_delete=fields.CASCADE, primary_key=True
    )
    user_id: UUID
    # The secret that the app shares with us, encrypted.
    sealed_secret = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)
    confirmed_at = fields.DatetimeField(null=True)
    # The number of the 30 seconds whose code was accepted last: neither it nor an older one is accepted again.
    last_step = fields.BigIntField(null=True)

    class Meta:
        table = "second_factors"


class RecoveryCode(Model):
    """A code that replaces the authenticator app, once; stored as a digest."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="recovery_codes", on_delete=fields.CASCADE
    )
    user_id: UUID
    digest = fields.CharField(max_length=64)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_codes"
        unique_together = (("user", "digest"),)
