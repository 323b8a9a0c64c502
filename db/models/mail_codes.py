from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from db.models.users import User


class Purpose(StrEnum):
    VERIFY_EMAIL = "VERIFY_EMAIL"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 - a name
    CHANGE_EMAIL = "CHANGE_EMAIL"
    # Not in an email: the challenge between the two steps of a login.
    SECOND_FACTOR = "SECOND_FACTOR"


class MailCode(Model):
    """A code that proves, once, that a user has read an email or given the right password; stored as a digest."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="mail_codes", on_delete=fields.CASCADE
    )
    user_id: UUID
    purpose = fields.CharEnumField(Purpose, max_length=16)
    digest = fields.CharField(max_length=64, unique=True)
    # What VERIFY_EMAIL puts into force: the password's digest, the name and the language of one registration.
    registration: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    # With CHANGE_EMAIL: the address that the email went to.
    email = fields.CharField(max_length=254, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    # Used, or ended by another. Null means it may be used.
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "mail_codes"
        indexes = (("user", "purpose"),)
