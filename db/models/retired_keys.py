from tortoise import fields
from tortoise.models import Model


class RetiredKey(Model):
    """The name of a retired key: what it signed is refused, and it signs no more, even if its file is put back."""

    kid = fields.CharField(max_length=64, primary_key=True)
    retired_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "retired_keys"
