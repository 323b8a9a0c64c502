from tortoise import fields
from tortoise.models import Model


class MailCooldown(Model):
    """When strangers last had a mail sent to an address, known or not; by digest, and gone after an hour."""

    digest = fields.CharField(primary_key=True, max_length=64)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "mail_cooldowns"
