"""The queue in Postgres."""

from tests import mails


async def count(database, table="pgqueuer", status=None):
    rows = await database.fetch(f"SELECT status::text FROM {table}")  # noqa: S608 - a test's own
    return sum(status is None or row["status"] == status for row in rows)


async def until_empty(database):
    async def is_empty():
        return await count(database) == 0

    await mails.until(is_empty)
