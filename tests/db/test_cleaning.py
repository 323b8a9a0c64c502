from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from db import cleaning
from db.models.audit_events import ActorKind, AuditEvent
from db.models.usage import Usage, UsageDay, UsageHours, UsageRejected

NOW = datetime(2026, 11, 22, tzinfo=UTC)
USER = UUID(int=7)
SECOND = timedelta(seconds=1)


async def note(user_id, age, action):
    await AuditEvent.create(
        id=uuid4(), at=NOW - age, user_id=user_id, action=action, actor_kind=ActorKind.VISITOR, ip_address="192.0.2.1"
    )


async def test_events_without_a_user_are_kept_for_a_week_and_those_of_users_for_a_year(migrated):
    week, year = timedelta(days=7), timedelta(days=366)
    for user_id, age, action in (
        (None, week + SECOND, "nobody's, old"),
        (None, week - SECOND, "nobody's, young"),
        (uuid4(), week + SECOND, "a user's, after a week"),
        (uuid4(), year - SECOND, "a user's, young"),
        (uuid4(), year + SECOND, "a user's, old"),
    ):
        await note(user_id, age, action)

    await cleaning.clean(NOW)

    assert [event.action for event in await AuditEvent.all().order_by("-at")] == [
        "nobody's, young",
        "a user's, after a week",
        "a user's, young",
    ]


async def test_more_than_one_statement_deletes_is_forgotten_all_the_same(migrated):
    old = NOW - timedelta(days=8)
    await AuditEvent.bulk_create(
        [AuditEvent(id=uuid4(), at=old, action="LOGIN_REFUSED", actor_kind=ActorKind.VISITOR) for _ in range(2_500)]
    )

    await cleaning.clean(NOW)

    assert await AuditEvent.all().count() == 0


async def use(hour):
    await Usage.create(user_id=USER, model="a", hour=hour, calls=1, failed=0, units=2, inference_ms=0.5)


async def test_hours_of_usage_go_by_whole_days_and_their_days_stay(migrated):
    first = datetime(2025, 10, 18, tzinfo=UTC)
    hours = [first - timedelta(hours=1), first, first + timedelta(hours=23), NOW - timedelta(hours=1)]
    for hour in hours:
        await use(hour)

    await cleaning.clean(NOW + timedelta(hours=5))

    assert [row.hour for row in await Usage.all().order_by("hour")] == hours[1:]
    assert [(row.day, row.units) for row in await UsageDay.all().order_by("day")] == [
        (date(2025, 10, 17), 2),
        (date(2025, 10, 18), 4),
        (date(2026, 11, 21), 2),
    ]
    assert [row.kept_from for row in await UsageHours.all()] == [first.date()]
    # A longer time brings nothing back, and so says nothing else; a shorter one does.
    await cleaning.clean(NOW, usage_hours=timedelta(days=500))
    assert [row.kept_from for row in await UsageHours.all()] == [first.date()]
    await cleaning.clean(NOW, usage_hours=timedelta(days=40))
    assert [row.kept_from for row in await UsageHours.all()] == [date(2026, 10, 13)]
    assert await Usage.all().count() == 1
    assert await UsageDay.all().count() == 3


async def test_many_hours_are_cleaned_in_parts(migrated):
    old = NOW - timedelta(days=800)
    rows = [
        Usage(user_id=USER, model="a", hour=old + timedelta(hours=n), calls=1, failed=0, units=1, inference_ms=0)
        for n in range(2_500)
    ]
    await Usage.bulk_create(rows)

    await cleaning.clean(NOW)

    assert await Usage.all().count() == 0
    assert sum(row.units for row in await UsageDay.all()) == 2_500


async def test_entries_set_aside_are_kept_for_a_month_and_not_beyond_a_number(migrated, monkeypatch):
    monkeypatch.setattr(cleaning, "MOST_REJECTED", 3)
    for age in (40, 30, 20, 10, 5):
        await UsageRejected.create(
            partition="7", generation=1, entry_id=f"{age}-0", entry=b"\xff", reason="-", at=NOW - timedelta(days=age)
        )

    await cleaning.clean(NOW)

    assert [row.entry_id for row in await UsageRejected.all().order_by("id")] == ["20-0", "10-0", "5-0"]
