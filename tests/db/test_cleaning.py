from datetime import UTC, datetime, timedelta
from uuid import uuid4

from db import cleaning
from db.models.audit_events import ActorKind, AuditEvent

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def note(user_id, age, action):
    await AuditEvent.create(
        id=uuid4(), at=NOW - age, user_id=user_id, action=action, actor_kind=ActorKind.VISITOR, ip_address="192.0.2.1"
    )


async def test_events_of_nobody_are_kept_for_a_week_and_those_of_users_for_a_year(migrated):
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
