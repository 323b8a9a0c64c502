from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model


class ActorKind(StrEnum):
    SELF = "SELF"
    API_TOKEN = "API_TOKEN"  # noqa: S105 - a name
    ADMIN = "ADMIN"
    SYSTEM = "SYSTEM"
    VISITOR = "VISITOR"


class AuditEvent(Model):
    """What happened to an account, written in the transaction in which it happened.

    No foreign keys: a row is also written for an attempt of an attacker, with or without an account. No row can be
    changed. An act of administration, which has `after`, cannot be deleted either: a trigger in Postgres refuses it.
    """

    id = fields.UUIDField(primary_key=True)
    at = fields.DatetimeField(db_index=True)
    # The account's user; null where the address that was tried has no account, and for a plan.
    user_id = fields.UUIDField(null=True)
    action = fields.CharField(max_length=40)
    actor_kind = fields.CharEnumField(ActorKind, max_length=9)
    actor_id = fields.UUIDField(null=True)
    # What the action changed, if not the account itself: the name of an API token, an address.
    subject = fields.CharField(max_length=255, null=True)
    ip_address = fields.CharField(max_length=45, null=True)
    user_agent = fields.CharField(max_length=255, null=True)
    detail = fields.TextField(null=True)
    # What an act of administration has changed, by name. Null in all other rows.
    before: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    after: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)

    class Meta:
        table = "audit_events"
        indexes = (("user_id", "at"), ("action", "at"))
