import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

import errors
from db import cleaning
from db.models.sessions import Session
from db.models.usage import Usage
from limits.charges import Charge, ModelCall
from limits.entries import Outcome
from resolvers import usage
from resolvers.usage import Interval, Point, Question
from telemetry import metrics
from tests.mails import until
from tests.resolvers.conftest import NOW


def instant(day, hour=0, month=3):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def question(begin=date(2026, 3, 1), end=date(2026, 3, 3), interval=Interval.DAY, **more):
    return Question(begin=begin, end=end, interval=interval, **more)


@pytest.fixture
def reader(gate):
    return usage.Reader(gate)


@pytest.fixture
async def spent(ada, eve):
    token_id = uuid4()
    rows = [
        (ada.id, None, "a", instant(1), 2, 1, 4),
        (ada.id, token_id, "a", instant(1, 23), 3, 0, 3),
        (ada.id, token_id, "b", instant(2), 1, 0, 5),
        (ada.id, token_id, "", instant(2), 0, 0, 2),
        (ada.id, None, "a", instant(3), 100, 100, 100),
        (ada.id, None, "a", instant(28, 23, month=2), 100, 100, 100),
        (eve.id, None, "a", instant(1), 1000, 1000, 1000),
    ]
    for user_id, token, model, hour, calls, failed, units in rows:
        await Usage.create(
            user_id=user_id,
            token_id=token,
            model=model,
            hour=hour,
            calls=calls,
            failed=failed,
            units=units,
            inference_ms=0.5,
        )
    return token_id


def point(start, calls=0, failed=0, units=0, ms=0.0, model=None):
    return Point(start=start, model=model, calls=calls, failed=failed, units=units, inference_ms=ms)


async def test_days_are_summed_from_the_first_to_before_the_last(spent, ada, reader):
    points = await reader.of_user(ada.caller, question())

    assert points == [point(instant(1), 5, 1, 7, 1.0), point(instant(2), 1, 0, 7, 1.0)]


async def test_hours_without_calls_are_there_with_zeros(spent, ada, reader):
    points = await reader.of_user(ada.caller, question(interval=Interval.HOUR))

    assert [found.start for found in points] == [instant(1) + timedelta(hours=n) for n in range(48)]
    used = {found.start: found.units for found in points if found.units}
    assert used == {instant(1): 4, instant(1, 23): 3, instant(2): 7}


async def test_months_begin_with_the_first_day_asked_for(spent, ada, reader):
    asked = question(date(2026, 2, 15), date(2026, 4, 2), Interval.MONTH)

    points = await reader.of_user(ada.caller, asked)

    assert [(found.start, found.units) for found in points] == [
        (instant(15, month=2), 100),
        (instant(1), 114),
        (instant(1, month=4), 0),
    ]


async def test_one_model_or_all_by_model(spent, ada, reader):
    one = await reader.of_user(ada.caller, question(model="b"))
    each = await reader.of_user(ada.caller, question(by_model=True))

    assert [(found.model, found.units) for found in one] == [(None, 0), (None, 5)]
    assert [(found.start, found.model, found.units) for found in each] == [
        (instant(1), None, 0),
        (instant(1), "a", 7),
        (instant(1), "b", 0),
        (instant(2), None, 2),
        (instant(2), "a", 0),
        (instant(2), "b", 5),
    ]


async def test_a_tokens_own(spent, ada, eve, reader):
    points = await reader.of_token(ada.caller, spent, question())

    assert [found.units for found in points] == [3, 7]
    itself = ada.by_token("READ", token_id=spent)
    assert await reader.of_token(itself, spent, question()) == points
    assert [found.units for found in await reader.of_token(eve.caller, spent, question())] == [0, 0]
    with pytest.raises(errors.Forbidden):
        await reader.of_token(itself, uuid4(), question())


async def test_what_was_just_counted_is_there(ada, gate, reader):
    # Read now: the test may run long after its collection, and midnight may pass while it runs.
    today = datetime.now(UTC).date()
    charge = Charge("plan", (ModelCall("a", 3),), timedelta(seconds=1))
    admission = await gate.admit(ada.caller.credential, charge)
    await gate.settle(admission, [Outcome("a", calls=1, failed=0, units=3)])

    points = await reader.of_user(ada.caller, question(today, today + timedelta(days=2)))

    assert [sum(point.calls for point in points), sum(point.units for point in points)] == [1, 3]


@pytest.mark.parametrize(
    "asked",
    [
        question(date(2026, 3, 2), date(2026, 3, 2)),
        question(date(2026, 3, 2), date(2026, 3, 1)),
        question(date(2026, 1, 1), date(2026, 2, 12), Interval.HOUR),
        question(date(2020, 1, 1), date(2026, 1, 1), Interval.DAY),
        question(date(2000, 1, 1), date(2199, 1, 1), Interval.MONTH),
        question(date(1, 1, 1), date(9999, 12, 31), Interval.MONTH),
        question(model="a\0"),
        question(model="\ud800"),
    ],
    ids=lambda asked: f"{asked.begin} {asked.end} {asked.interval} {asked.model!r}",
)
async def test_wrong_questions_and_more_than_a_thousand_points_are_refused(ada, reader, asked):
    with pytest.raises(errors.BadRequest):
        await reader.of_user(ada.caller, asked)


async def test_models_count_as_points(spent, ada, reader):
    asked = question(date(2025, 1, 1), date(2026, 4, 1), by_model=True)

    with pytest.raises(errors.BadRequest):
        await reader.of_user(ada.caller, asked)


async def test_who_may_ask(ada, visitor, reader):
    assert len(await reader.of_user(ada.by_token("READ"), question())) == 2
    with pytest.raises(errors.Forbidden):
        await reader.of_user(ada.by_token("INFER"), question())
    with pytest.raises(errors.Unauthenticated):
        await reader.of_user(visitor, question())


def count_of(metric, **labels):
    samples = (sample for family in metric.collect() for sample in family.samples)
    return sum(s.value for s in samples if s.name.endswith("_count") and s.labels.items() >= labels.items())


async def test_an_operation_rolls_up_once_and_reads_each_question_once(spent, ada, gate, reader):
    charge = Charge("plan", (ModelCall("a", 1),), timedelta(seconds=1))
    await gate.settle(await gate.admit(ada.caller.credential, charge), [Outcome("a", calls=1, failed=0, units=1)])
    # The use of the session is written in the background, once a minute: those statements are not the reader's.
    await until(lambda: Session.filter(id=ada.caller.credential.id, last_used_at__gt=NOW).exists())
    # Neither are those by which asyncpg reads the types of a query, at its first use on a connection.
    await usage.Reader(gate).of_user(ada.caller, question())
    await gate.settle(await gate.admit(ada.caller.credential, charge), [Outcome("a", calls=1, failed=0, units=1)])
    rollups, reads = count_of(metrics.REDIS_SECONDS, script="xrange"), count_of(metrics.POSTGRES_SECONDS)
    await usage.Reader(gate).of_user(ada.caller, question())
    once = count_of(metrics.POSTGRES_SECONDS) - reads
    rollups_of_one = count_of(metrics.REDIS_SECONDS, script="xrange") - rollups
    await gate.settle(await gate.admit(ada.caller.credential, charge), [Outcome("a", calls=1, failed=0, units=1)])
    rollups, reads = count_of(metrics.REDIS_SECONDS, script="xrange"), count_of(metrics.POSTGRES_SECONDS)

    asked = [question(), question(), question(model="b"), question(by_model=True)] * 8
    answers = await asyncio.gather(*(reader.of_user(ada.caller, one) for one in asked))

    assert rollups_of_one == 1
    assert count_of(metrics.REDIS_SECONDS, script="xrange") - rollups == 1
    # Two more questions, each with the calls and the refusals.
    assert count_of(metrics.POSTGRES_SECONDS) - reads == once + 4
    assert [len(answer) for answer in answers] == [2, 2, 2, 6] * 8
    assert answers[:4] == answers[4:8]


async def test_hours_that_are_gone_are_refused_and_days_are_there(spent, ada, reader, gate):
    await cleaning.clean(instant(2) + timedelta(days=400), usage_hours=timedelta(days=400))

    for asked in (question(interval=Interval.HOUR), question(interval=Interval.HOUR, model="none")):
        with pytest.raises(errors.BadRequest) as refused:
            await reader.of_user(ada.caller, asked)
        assert str(refused.value) == "Hours are kept from 2026-03-02 on. Ask for a later `from`, or by days or months."

    kept = await reader.of_user(ada.caller, question(date(2026, 3, 2), date(2026, 3, 3), Interval.HOUR))
    assert [found.units for found in kept] == [7] + [0] * 23
    days = await reader.of_user(ada.caller, question())
    assert days == [point(instant(1), 5, 1, 7, 1.0), point(instant(2), 1, 0, 7, 1.0)]
    months = await reader.of_user(ada.caller, question(date(2026, 2, 1), date(2026, 4, 1), Interval.MONTH))
    assert [found.units for found in months] == [100, 114]
