from enum import StrEnum
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model

from db.models.plans import Plan


class Role(StrEnum):
    USER = "USER"
    ADMIN = "ADMIN"


class User(Model):
    """A registered user. `email` is normalised, so it is unique without regard to case."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    email = fields.CharField(max_length=254, unique=True)
    # Null until a code from an email was used: until then there is no login.
    email_verified_at = fields.DatetimeField(null=True)
    password_digest = fields.CharField(max_length=255)
    display_name = fields.CharField(max_length=80, null=True)
    locale = fields.CharField(max_length=16, default="en")
    role = fields.CharEnumField(Role, max_length=8, default=Role.USER)
    plan: fields.ForeignKeyRelation[Plan] = fields.ForeignKeyField(
        "models.Plan", related_name="users", on_delete=fields.RESTRICT, db_index=True
    )
    plan_id: UUID
    created_at = fields.DatetimeField(auto_now_add=True)
    suspended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "users"
        # The order of the list for administrators. Its search has an index that the migration writes by hand.
        indexes = (("created_at", "id"),)
