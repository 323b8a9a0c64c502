from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

import errors
from access.charges import Call, Charge
from access.entries import Outcome
from db.models.usage import Usage
from resolvers import usage
from resolvers.usage import Interval, Point, Question
from tests.resolvers.conftest import NOW


def instant(day, hour=0, month=3):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def question(begin=date(2026, 3, 1), end=date(2026, 3, 3), interval=Interval.DAY, **more):
    return Question(begin=begin, end=end, interval=interval, **more)


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


async def test_days_are_summed_from_the_first_to_before_the_last(spent, ada, gate):
    points = await usage.of_user(gate.store, ada.caller, question())

    assert points == [point(instant(1), 5, 1, 7, 1.0), point(instant(2), 1, 0, 7, 1.0)]


async def test_hours_without_calls_are_there_with_zeros(spent, ada, gate):
    points = await usage.of_user(gate.store, ada.caller, question(interval=Interval.HOUR))

    assert [found.start for found in points] == [instant(1) + timedelta(hours=n) for n in range(48)]
    used = {found.start: found.units for found in points if found.units}
    assert used == {instant(1): 4, instant(1, 23): 3, instant(2): 7}


async def test_months_begin_with_the_first_day_asked_for(spent, ada, gate):
    asked = question(date(2026, 2, 15), date(2026, 4, 2), Interval.MONTH)

    points = await usage.of_user(gate.store, ada.caller, asked)

    assert [(found.start, found.units) for found in points] == [
        (instant(15, month=2), 100),
        (instant(1), 114),
        (instant(1, month=4), 0),
    ]


async def test_one_model_or_all_by_model(spent, ada, gate):
    one = await usage.of_user(gate.store, ada.caller, question(model="b"))
    each = await usage.of_user(gate.store, ada.caller, question(by_model=True))

    assert [(found.model, found.units) for found in one] == [(None, 0), (None, 5)]
    assert [(found.start, found.model, found.units) for found in each] == [
        (instant(1), None, 0),
        (instant(1), "a", 7),
        (instant(1), "b", 0),
        (instant(2), None, 2),
        (instant(2), "a", 0),
        (instant(2), "b", 5),
    ]


async def test_a_tokens_own(spent, ada, eve, gate):
    points = await usage.of_token(gate.store, ada.caller, spent, question())

    assert [found.units for found in points] == [3, 7]
    itself = ada.by_token("READ", token_id=spent)
    assert await usage.of_token(gate.store, itself, spent, question()) == points
    assert [found.units for found in await usage.of_token(gate.store, eve.caller, spent, question())] == [0, 0]
    with pytest.raises(errors.Forbidden):
        await usage.of_token(gate.store, itself, uuid4(), question())


async def test_what_was_just_counted_is_there(ada, gate):
    today = NOW.date()
    charge = Charge("plan", (Call("a", 3),), timedelta(seconds=1))
    admission = await gate.admit(ada.caller.credential, charge)
    await gate.settle(admission, [Outcome("a", calls=1, failed=0, units=3)])

    (now, _) = await usage.of_user(gate.store, ada.caller, question(today, today + timedelta(days=2)))

    assert (now.calls, now.units) == (1, 3)


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
async def test_wrong_questions_and_more_than_a_thousand_points_are_refused(ada, gate, asked):
    with pytest.raises(errors.BadRequest):
        await usage.of_user(gate.store, ada.caller, asked)


async def test_models_count_as_points(spent, ada, gate):
    asked = question(date(2025, 1, 1), date(2026, 4, 1), by_model=True)

    with pytest.raises(errors.BadRequest):
        await usage.of_user(gate.store, ada.caller, asked)


async def test_who_may_ask(ada, visitor, gate):
    assert len(await usage.of_user(gate.store, ada.by_token("READ"), question())) == 2
    with pytest.raises(errors.Forbidden):
        await usage.of_user(gate.store, ada.by_token("INFER"), question())
    with pytest.raises(errors.Unauthenticated):
        await usage.of_user(gate.store, visitor, question())
