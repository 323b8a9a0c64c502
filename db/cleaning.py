"""Deletes rows that are no longer needed."""

from datetime import UTC, datetime, timedelta

from tortoise import Tortoise

# A statement that deletes much at once would miss its deadline, and make others miss theirs.
_AT_ONCE = 1000

# What is kept for a while after its end, and for how long. The column of the time it ended comes first, the rest says
# which rows have ended at all.
_ENDED = (
    ("mail_codes", "expires_at", "TRUE", timedelta(days=1)),
    ("mail_cooldowns", "at", "TRUE", timedelta(hours=1)),
    # Needed until the end of the last day in which the user could spend.
    ("left_addresses", "left_at", "TRUE", timedelta(hours=25)),
    # Acts of administration, which have `after`, are kept.
    ("audit_events", "at", "user_id IS NULL AND after IS NULL", timedelta(days=7)),
    ("audit_events", "at", "after IS NULL", timedelta(days=366)),
    ("sessions", "LEAST(expires_at, revoked_at)", "TRUE", timedelta(days=30)),
    ("credential_events", "at", "done_at IS NOT NULL", timedelta(days=1)),
    # Emails that were given up: a day of trying, then a month for the operator to look at them.
    ("pgqueuer", "updated", "status = 'failed'", timedelta(days=31)),
    ("pgqueuer_log", "created", "TRUE", timedelta(days=31)),
    ("usage_rejected", "at", "TRUE", timedelta(days=31)),
)
# At most this many are kept: the newest show what is wrong just as well.
MOST_REJECTED = 10_000
_KEEP_FROM = """
INSERT INTO usage_hours (id, kept_from) VALUES (1, $1)
ON CONFLICT (id) DO UPDATE SET kept_from = EXCLUDED.kept_from WHERE usage_hours.kept_from < EXCLUDED.kept_from
"""


async def now() -> datetime:
    """By Postgres' clock."""
    (row,) = await Tortoise.get_connection("default").execute_query_dict("SELECT clock_timestamp() AS now")
    found: datetime = row["now"]
    return found


async def clean(
    now: datetime, *, usage_hours: timedelta = timedelta(days=400), jobs: timedelta = timedelta(days=1)
) -> None:
    """Any number of workers may do it at once. Sums of usage by the hour are kept for `usage_hours` at least, and jobs
    that have ended for `jobs`.
    """
    # Not while Redis may still hold units of it.
    of_jobs = ("jobs", "ended_at", "call_id IS NULL", jobs)
    for table, ended_at, condition, kept in (*_ENDED, of_jobs):
        while await _delete_some(table, f"{ended_at} < $1 AND {condition}", now - kept) == _AT_ONCE:
            pass
    newest = "SELECT max(id) FROM usage_rejected"
    while await _delete_some("usage_rejected", f"at < $1 AND id <= ({newest}) - {MOST_REJECTED}", now) == _AT_ONCE:
        pass
    await _clean_hours((now - usage_hours).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))


async def _clean_hours(begin: datetime) -> None:
    """Deletes hours of whole days only; `usage_days` keeps the sums of these days."""
    # The bound is committed before the rows go: a reader must not take deleted hours for hours without calls.
    await Tortoise.get_connection("default").execute_query_dict(_KEEP_FROM, [begin.date()])
    for table in ("usage", "refusals"):
        while await _delete_some(table, "hour < $1", begin) == _AT_ONCE:
            pass


async def _delete_some(table: str, condition: str, before: datetime) -> int:
    # SKIP LOCKED: rows that another transaction works on are left for the next run.
    chosen = f"SELECT ctid FROM {table} WHERE {condition} LIMIT {_AT_ONCE} FOR UPDATE SKIP LOCKED"  # noqa: S608 - all ours
    statement = f"DELETE FROM {table} WHERE ctid IN ({chosen})"  # noqa: S608 - all ours
    count, _ = await Tortoise.get_connection("default").execute_query(statement, [before])
    return count
