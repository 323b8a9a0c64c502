from tortoise import fields
from tortoise.models import Model


class MailTry(Model):
    """Tries to send an email that started and did not end: one may be running, the others were lost with their worker.

    `job_id` is the email's job in PgQueuer's table, which has no model. The row is deleted with the job.
    """

    job_id = fields.BigIntField(primary_key=True, generated=False)
    begun = fields.IntField()

    class Meta:
        table = "mail_tries"
