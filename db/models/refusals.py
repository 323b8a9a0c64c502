from tortoise import fields
from tortoise.models import Model

from db.models.users import User


class Refusal(Model):
    """Requests of one kind that were refused in one hour (UTC). A flood of one kind is one row with a count.

    Empty texts and a null token: unknown, none, or several kinds that were put together because there were too many.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="refusals", on_delete=fields.CASCADE
    )
    token_id = fields.UUIDField(null=True)
    # The only model that the request called.
    model = fields.CharField(max_length=255)
    hour = fields.DatetimeField()
    code = fields.CharField(max_length=40)
    # The limit that refused. `window` is a word of SQL.
    limit_window = fields.CharField(max_length=300)
    operation = fields.CharField(max_length=64)
    address = fields.CharField(max_length=45)
    count = fields.BigIntField()
    # Of the newest of them, like the columns below.
    at = fields.DatetimeField()
    retry_at = fields.DatetimeField(null=True)
    message = fields.CharField(max_length=500)

    class Meta:
        table = "refusals"
        # For the newest, and for cleaning. The unique index over the kind (nulls are equal) is in the migration.
        indexes = (("user", "at"), ("hour",))
