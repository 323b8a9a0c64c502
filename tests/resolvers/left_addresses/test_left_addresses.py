"""Deleting an account and registering again gives back no units, and shows nothing about the previous user."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc.jwk import OctKey

import errors
from access.sealing import Sealer
from db import cleaning
from db.models.left_addresses import LeftAddress
from db.models.mail_codes import Purpose
from db.models.sessions import Session
from db.models.usage import Usage
from db.models.users import User
from limits import partitions
from resolvers import deletion, export, recovery, registration, security_events, usage
from resolvers.usage import Interval, Question
from tests.limits.people import store_of
from tests.resolvers.accounts import ADDRESS, NEW_PASSWORD, issue
from tests.resolvers.conftest import NOW, PASSWORD, caller
from tests.resolvers.left_addresses.conftest import OTHER, log_in, lose


async def test_however_often_it_is_repeated_the_minute_and_the_day_go_on(ada, spend, anew):
    assert await spend(ada, 5) == (5, 5)

    second = await anew(ada)
    assert await spend(second, 2) == (7, 7)
    third = await anew(second)
    assert await spend(third) == (8, 8)
    fourth = await anew(third)

    assert await spend(fourth) == (9, 9)
    assert len({ada.id, second.id, third.id, fourth.id}) == 4


async def test_a_minute_that_is_spent_stays_spent(ada, spend, anew):
    await spend(ada, 120)

    second = await anew(ada)

    with pytest.raises(errors.RateLimited) as refusal:
        await spend(second)
    assert refusal.value.window == "minute"
    assert refusal.value.retry_after <= timedelta(seconds=60.1)


async def test_units_come_back_when_they_would_have(ada, spend, anew, gate):
    await spend(ada, 5)
    before = await window_of(gate, ada.id)

    second = await anew(ada)
    assert await spend(second, 0) == (5, 5)

    assert await window_of(gate, second.id) == before
    assert 60_000 < await life_of(gate, second.id) <= 71_000


async def window_of(gate, user_id):
    units, order = partitions.of_user(user_id).minute
    (found, buckets) = await store_of(gate).batch([("HGETALL", units), ("LRANGE", order, 0, -1)])
    return dict(zip(found[::2], found[1::2], strict=True)), buckets


async def life_of(gate, user_id):
    return min(await store_of(gate).batch([("PTTL", key) for key in partitions.of_user(user_id).minute]))


async def test_units_of_more_than_a_minute_ago_are_not_carried(ada, spend, anew, gate):
    await spend(ada, 5)
    units, order = partitions.of_user(ada.id).minute
    (bucket,) = (await window_of(gate, ada.id))[1]
    old = int(bucket) - 601
    await store_of(gate).batch(
        [("HDEL", units, bucket), ("HSET", units, old, 5), ("LPOP", order), ("RPUSH", order, old)],
    )

    assert await spend(await anew(ada)) == (1, 6)


async def test_the_minute_is_carried_once_however_often_it_is_read_again(ada, spend, anew, gate):
    await spend(ada, 5)
    second = await anew(ada)
    at = partitions.of_user(second.id)

    for expected in (6, 7, 8):
        await store_of(gate).batch([("DEL", at.subject_entry)])
        assert await spend(second) == (expected, expected)


async def test_after_a_minute_and_a_bit_only_the_day_goes_on(ada, spend, leave, register):
    await spend(ada, 5)
    await leave(ada)
    await LeftAddress.all().update(left_at=datetime.now(UTC) - timedelta(seconds=76))

    second = await register()

    assert await spend(second) == (1, 6)


async def test_the_day_goes_on_though_redis_has_lost_all(ada, spend, anew, gate):
    await spend(ada, 5)
    second = await anew(ada)
    await spend(second, 2)
    await gate.upkeep.roll_up()
    await lose(gate, ada, second)

    third = await anew(second)

    assert await spend(third) == (1, 8)
    await gate.upkeep.roll_up()
    await lose(gate, third)
    assert await spend(third) == (1, 9)


async def test_a_call_that_still_runs_when_its_user_leaves_counts(ada, spend, anew, gate):
    await spend(ada, 3, ends=False)

    second = await anew(ada)

    assert await spend(second) == (4, 4)
    assert await Usage.all().count() == 0


async def test_usage_added_after_the_user_left_counts_when_the_day_is_read_again(ada, spend, leave, register, gate):
    await leave(ada)
    second = await register()
    assert await spend(second, 0) == (0, 0)
    await Usage.create(user_id=ada.id, model="text", hour=hour(), calls=1, failed=0, units=7, inference_ms=1.0)

    await lose(gate, second)

    assert await spend(second, 0) == (0, 7)


def hour():
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


async def test_what_was_spent_yesterday_counts_for_nothing(ada, spend, anew):
    yesterday = hour() - timedelta(days=1)
    await Usage.create(user_id=ada.id, model="text", hour=yesterday, calls=1, failed=0, units=7, inference_ms=1.0)

    assert await spend(await anew(ada)) == (1, 1)


async def test_another_address_begins_at_zero(ada, spend, leave, register):
    await spend(ada, 5)
    await leave(ada)

    assert await spend(await register(OTHER)) == (1, 1)


async def test_a_reset_that_verifies_the_address_goes_on_as_well(ada, spend, leave, tools):
    await spend(ada, 5)
    await leave(ada)
    account_input = registration.Registration(email=ADDRESS, password=PASSWORD)
    await registration.register(tools, caller(), account_input, arrived_at=datetime.now(UTC), at=NOW)
    user = await User.get(email=ADDRESS)
    code = await issue(user.id, Purpose.RESET_PASSWORD)

    await recovery.reset(tools, caller(), code=code, new_password=NEW_PASSWORD, at=NOW)

    assert await spend(await log_in(tools, ADDRESS, NEW_PASSWORD)) == (6, 6)


async def test_the_new_user_sees_nothing_of_the_one_before(ada, spend, anew, gate, tools):
    await spend(ada, 5)
    await gate.upkeep.roll_up()

    second = await anew(ada)

    today = hour().date()
    asked = Question(begin=today, end=today + timedelta(days=1), interval=Interval.DAY)
    assert [point.units for point in await usage.Reader(gate).of_user(second.caller, asked)] == [0]
    events = await security_events.page(second.caller, first=50, after=None)
    assert {event.action for event in events.rows} == {"REGISTERED", "EMAIL_VERIFIED", "LOGGED_IN"}
    taken_along = await export.export(tools, second.caller, PASSWORD, at=NOW)
    assert str(ada.id) not in taken_along.json


async def test_the_kept_row_holds_no_personal_data_and_is_deleted_after_a_day(ada, leave):
    await leave(ada)

    (row,) = await LeftAddress.all()
    assert (row.user_id, row.successor_id) == (ada.id, None)
    assert len(row.digest) == 64
    assert ADDRESS not in repr(vars(row))
    await cleaning.clean(row.left_at + timedelta(hours=24))
    assert await LeftAddress.all().count() == 1
    await cleaning.clean(row.left_at + timedelta(hours=25, seconds=1))
    assert await LeftAddress.all().count() == 0


async def test_rows_written_before_a_new_key_are_still_found(ada, spend, leave, register, tools):
    old, new = (OctKey.import_key(uuid4().bytes * 2, {"kid": kid}) for kid in ("old", "new"))
    await spend(ada, 5)
    await leave(ada, using=replace(tools, sealer=Sealer([old])))

    second = await register(using=replace(tools, sealer=Sealer([new, old])))

    assert await spend(second) == (6, 6)


async def test_a_deletion_that_is_refused_leaves_no_trace(ada, tools):
    with pytest.raises(errors.WrongPassword):
        await deletion.delete(tools, ada.caller, "wrong", at=NOW)

    assert await LeftAddress.all().count() == 0
    assert await Session.all().count() == 1
