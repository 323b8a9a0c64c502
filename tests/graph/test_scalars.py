"""The forms in which scalars are taken. Those of Duration are in test_durations.py."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLError

from graph.scalars import SCALARS

USAGE = "query ($day: Date!) { me { usage(from: $day, to: $day) { units } } }"
ODD_DATES = [
    "",
    "2026-W48-6",
    "2026W486",
    "20261128",
    "2026-332",
    "2026332",
    "2026-11",
    "2026-1-1",
    "26-11-28",
    "+2026-11-28",
    "-2026-11-28",
    "02026-11-28",
    "10000-01-01",
    "0000-01-01",
    "2026-02-29",
    "2026-11-31",
    "2026-13-01",
    "2026-00-01",
    "2026-11-00",
    "2026/11/28",
    "2026-11-28 ",
    " 2026-11-28",
    "2026-11-28\n",
    "2026-11-28T00:00:00Z",
    "२०२६-११-२८",
    "\uff12\uff10\uff12\uff16-11-28",
    20261128,
    1.5,
    True,
    ["2026-11-28"],
    {},
]
ODD_TIMES = [
    "",
    "2026-11-28",
    "2026-11-28T12:00",
    "2026-11-28T12:00:00",
    "2026-11-28T12Z",
    "2026-11-28 12:00:00Z",
    "2026-11-28T12:00:00z",
    "2026-11-28t12:00:00Z",
    "20261128T120000Z",
    "2026-W48-6T12:00:00Z",
    "2026-332T12:00:00Z",
    "2026-11-28T24:00:00Z",
    "2026-11-28T23:59:60Z",
    "2026-11-28T12:60:00Z",
    "2026-11-28T12:00:00.Z",
    "2026-11-28T12:00:00,5Z",
    "2026-11-28T12:00:00.1234567Z",
    "2026-11-28T12:00:00+01",
    "2026-11-28T12:00:00+0100",
    "2026-11-28T12:00:00+01:00:30",
    "2026-11-28T12:00:00+24:00",
    "2026-11-28T12:00:00+01:60",
    "2026-02-30T12:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "10000-01-01T00:00:00Z",
    "\uff12\uff10\uff12\uff16-11-28T12:00:00Z",
    "2026-11-28T12:00:00Z\n",
    1_796_000_000,
    None,
]


@pytest.mark.parametrize("value", ODD_DATES, ids=repr)
async def test_no_other_form_of_a_date_is_accepted(visitor, value: object):
    answer = await visitor.post(USAGE, day=value)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert error["message"] in (
        "Variable '$day': A Date is a string like 2026-11-22.",
        "Variable '$day': A Date is a day of the calendar, like 2026-11-22.",
    )


@pytest.mark.parametrize("text", ["0001-01-01", "2028-02-29", "2026-11-28", "9999-12-31"])
async def test_a_date_is_taken(visitor, text: str):
    assert SCALARS[date].parse_value(text) == date.fromisoformat(text)  # type: ignore[misc]
    assert await visitor.run(USAGE, day=text) == {"me": None}


@pytest.mark.parametrize("value", ODD_TIMES, ids=repr)
def test_no_other_form_of_a_point_in_time_is_accepted(value: Any):
    with pytest.raises(GraphQLError, match=r"^A DateTime is an? .*, like|^A DateTime is a string like"):
        SCALARS[datetime].parse_value(value)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-28T12:00:00Z", datetime(2026, 11, 28, 12, tzinfo=UTC)),
        ("2026-11-28T12:00:00.5+05:30", datetime(2026, 11, 28, 6, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-11-28T00:00:00-23:59", datetime(2026, 11, 28, 23, 59, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_point_in_time_is_accepted_and_converted_to_utc(text: str, instant: datetime):
    found = SCALARS[datetime].parse_value(text)  # type: ignore[misc]

    assert (found, found.utcoffset()) == (instant, timedelta(0))
