from tortoise import fields
from tortoise.models import Model


class RetiredKey(Model):
    """The name of a key: what it has signed is refused, and it is used no more. Rows stay, whatever files come back."""

    kid = fields.CharField(max_length=64, primary_key=True)
    retired_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "retired_keys"
