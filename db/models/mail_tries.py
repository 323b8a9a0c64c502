from tortoise import fields
from tortoise.models import Model


class MailTry(Model):
    """Tries to send a mail that have begun and not ended: one under way, the others lost with their worker.

    `job_id` is the mail's job in PgQueuer's table, which has no model; the row goes with the job.
    """

    job_id = fields.BigIntField(primary_key=True, generated=False)
    begun = fields.IntField()

    class Meta:
        table = "mail_tries"
