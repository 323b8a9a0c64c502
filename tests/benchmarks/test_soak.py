"""What the soak calls growth, and what it calls a difference."""

from dataclasses import replace
from uuid import UUID

from benchmarks.soak.counts import Counts
from benchmarks.soak.verdicts import Growth, growths

ADA, BOB = UUID(int=1), UUID(int=2)
MEMORY = "worker: memory, MB"


def _read(name: str, *values: float) -> Growth:
    """The readings come every ten seconds."""
    (found,) = growths([(number * 10.0, {name: value}) for number, value in enumerate(values, 1)])
    return found


def _counts() -> Counts:
    usage = {(ADA, "text"): (5, 1, 5), (BOB, "costly"): (1, 0, 7)}
    return Counts(usage, dict(usage), {ADA: 5, BOB: 7}, {ADA: 5, BOB: 7}, slots=0, running=0, logged=0)


def test_what_grows_while_it_warms_up_and_high_readings_are_no_growth():
    found = _read(MEMORY, 10, 50, 90, 100, 100, 170, 100, 100, 100)

    assert found == Growth(MEMORY, thirds=(50, 100, 100), most=170, growth=0)
    assert (found.bound, found.failure) == (5, None)


def test_a_steady_growth_above_the_bound_fails_and_one_at_the_bound_does_not():
    # From the fourth reading to the ninth there are five steps.
    assert _read(MEMORY, *(100 + number for number in range(9))).failure is None
    leaking = _read(MEMORY, *(100 + 1.5 * number for number in range(9)))

    assert leaking.growth == 7.5
    assert leaking.failure == f"{MEMORY}: grew by 7.5 in the last two thirds of the run, and may by 5."


def test_a_lag_that_grows_fails():
    found = _read("rollup: lag, s", 0, 0, 0, 1, 2, 3, 4, 5, 6)

    assert found.failure == "rollup: lag, s: grew by 5.0 in the last two thirds of the run, and may by 2."
    # As Redis keeps credentials for a while, its memory has no bound.
    assert _read("Redis: memory, MB", *range(9)).failure is None


def test_equal_counts_have_no_differences():
    assert _counts().differences == []


def test_each_count_that_differs_is_named():
    counts = _counts()
    one_more = replace(counts, usage={**counts.usage, (ADA, "text"): (6, 1, 5)})
    without = replace(counts, usage={(ADA, "text"): (5, 1, 5)})
    nobodys = replace(counts, usage={**counts.usage, (BOB, ""): (0, 0, 1)})

    assert one_more.differences == [
        f"text of user {ADA}: the load counted (5, 1, 5) calls, failed and units, `usage` has (6, 1, 5)."
    ]
    assert without.differences == [
        f"costly of user {BOB}: the load counted (1, 0, 7) calls, failed and units, `usage` has nothing."
    ]
    assert nobodys.differences == [
        f" of user {BOB}: the load counted nothing calls, failed and units, `usage` has (0, 0, 1)."
    ]
    assert replace(counts, spent={ADA: 5, BOB: 6}).differences == [
        f"User {BOB}: Redis has spent 6 units on the last day, `usage_days` has 7."
    ]


def test_what_is_left_after_the_drain_is_a_difference():
    assert replace(_counts(), slots=1, running=2, logged=3).differences == [
        "1 slots are left.",
        "2 calls that run are left.",
        "3 calls in Redis' logs are left.",
    ]
