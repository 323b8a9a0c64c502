from tortoise import fields
from tortoise.models import Model


class MailCooldown(Model):
    """Until when an address is being registered, or when it last was; as a keyed digest. Deleted after an hour."""

    digest = fields.CharField(primary_key=True, max_length=64)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "mail_cooldowns"
