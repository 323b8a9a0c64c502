"""What is stored of Ada's account, and codes and API tokens for it."""

from datetime import timedelta

from tortoise import Tortoise
from tortoise.transactions import in_transaction

from access import mail_codes
from access.credentials import Credential, Kind
from db.models.api_tokens import ApiToken
from db.models.audit_events import AuditEvent
from tests.resolvers.conftest import NOW, mails

ADDRESS = "ada@example.org"

NEW_PASSWORD = "seven bridges and a river"  # noqa: S105 - a test's own

TABLES = ("users", "sessions", "api_tokens", "mail_codes", "audit_events", "second_factors", "recovery_codes")


async def stored(*, but=()):
    """All rows of what belongs to users, and the emails that wait."""
    database = Tortoise.get_connection("default")
    tables = [table for table in TABLES if table not in but]
    rows = {table: await database.execute_query_dict(f"SELECT * FROM {table} ORDER BY 1") for table in tables}  # noqa: S608 - all ours
    return {table: [str(row) for row in found] for table, found in rows.items()}, await mails()


async def actions(user_id):
    return await AuditEvent.filter(user_id=user_id).order_by("at", "action").values_list("action", flat=True)


async def issue(user_id, purpose, **more):
    async with in_transaction() as tx:
        return await mail_codes.issue(tx, user_id, purpose, at=NOW, lifetime=timedelta(hours=1), **more)


async def token_of(person):
    row = await ApiToken.create(
        user=person.user, name="ci", hint="abcdef", scopes=["INFER"], created_at=NOW, expires_at=NOW + timedelta(days=1)
    )
    return Credential(Kind.API_TOKEN, row.id, person.id, frozenset({"INFER"}), row.expires_at)
