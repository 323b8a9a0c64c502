from datetime import timedelta

import pytest

from graph import durations


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT0S", timedelta(0)),
        ("PT30S", timedelta(seconds=30)),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("PT0.000001S", timedelta(microseconds=1)),
        ("PT90M", timedelta(minutes=90)),
        ("PT1H", timedelta(hours=1)),
        ("PT1H2M3.25S", timedelta(hours=1, minutes=2, seconds=3.25)),
        ("P1D", timedelta(days=1)),
        ("P7DT12H", timedelta(days=7, hours=12)),
        ("P2W", timedelta(days=14)),
        ("P1M", timedelta(days=30)),
        ("P1MT1M", timedelta(days=30, minutes=1)),
        ("P1Y", timedelta(days=365)),
        ("P1Y1M1W1DT1H1M1S", timedelta(days=365 + 30 + 7 + 1, hours=1, minutes=1, seconds=1)),
        ("P100Y", timedelta(days=36_500)),
        ("P007D", timedelta(days=7)),
    ],
)
def test_iso_8601_is_read(text: str, duration: timedelta):
    assert durations.parse(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "1D", "P1", "PD", "P1H", "PT1D", "PT1Y", "P-1D", "-P1D", "+P1D", "p1d", "P1d",
    " P1D", "P1D ",
    "P1D\n", "P1.5D", "PT1.5H", "PT.5S", "PT1.S", "PT1,5S", "PT1S1M", "P1D1Y", "P1D1D", "PT0.0000001S", "P٣D",
    "P1000000000Y", "PT1e3S", "PNaND", "P1DT1D", "P0001-00-00T00:00:00", "P" + "1" * 5000 + "D"],
)  # fmt: skip
def test_an_invalid_duration_is_refused(text: str):
    with pytest.raises(ValueError, match="expected a duration like"):
        durations.parse(text)


@pytest.mark.parametrize("text", ["P101Y", "P36500DT1S", "PT999999999H", "P999999999D"])
def test_more_than_a_hundred_years_are_refused(text: str):
    with pytest.raises(ValueError, match="at most 100 years"):
        durations.parse(text)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "PT0S"),
        (timedelta(seconds=1), "PT1S"),
        (timedelta(milliseconds=1500), "PT1.5S"),
        (timedelta(microseconds=1), "PT0.000001S"),
        (timedelta(seconds=60), "PT1M"),
        (timedelta(seconds=3600), "PT1H"),
        (timedelta(seconds=3661), "PT1H1M1S"),
        (timedelta(hours=24), "P1D"),
        (timedelta(days=7, hours=12), "P7DT12H"),
        (timedelta(days=365), "P365D"),
        (timedelta(days=36_500), "P36500D"),
    ],
)
def test_answers_have_days_hours_minutes_and_seconds(duration: timedelta, text: str):
    assert durations.write(duration) == text
    assert durations.parse(text) == duration


TENSOR = '{name: "IN", shape: [1], data: {values: [1]}}'
TIMED = f'query ($t: Duration) {{ infer(model: "costly", inputs: [{TENSOR}], timeout: $t) {{ version }} }}'


@pytest.mark.parametrize("value", ["1 s", "", 1, 1.5, True, ["PT1S"], {}])
async def test_a_duration_in_a_request_is_a_string(visitor, value: object):
    answer = await visitor.post(TIMED, t=value)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert "Duration" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("value", ["PT20S", "P1Y", None])
async def test_a_duration_in_a_request_is_read(visitor, value: str | None):
    assert await visitor.run(TIMED, t=value) == {"infer": {"version": "1"}}
