from tortoise import fields
from tortoise.models import Model


class MailCooldown(Model):
    """When an address was last registered with one password; by a digest of both under a key. Gone after an hour."""

    digest = fields.CharField(primary_key=True, max_length=64)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "mail_cooldowns"
