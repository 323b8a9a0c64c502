"""The arithmetic of the benchmark of peers."""

from benchmarks.peers import report
from benchmarks.peers.entries import FASTAPI, INFER, ONE, TODAY, TRITON, UPLOAD
from benchmarks.peers.figures import Figures, Spread, added, middle, ratio, spread
from benchmarks.peers.goals import Goal, goals


def _round(rate: float = 1.0, p50: float = 1.0, p99: float = 1.0, cpu: float = 1.0, before: float = 100.0) -> Figures:
    return Figures(rate, p50, p99, cpu, before_mb=before, peak_mb=200, after_mb=101)


def _by_name(found: list[Goal]) -> dict[str, Goal]:
    return {goal.what: goal for goal in found}


def test_a_spread_is_the_median_the_least_and_the_most():
    assert spread([3.0, 1.0, 2.0, 9.0, 2.5]) == Spread(2.5, 1.0, 9.0)
    assert str(spread([3.0, 1.0, 2.0])) == "2.00 (1.00-3.00)"


def test_the_middle_of_rounds_is_the_median_of_each_figure():
    rounds = [_round(10, 3, 30, 5), _round(20, 1, 20, 4), _round(30, 2, 10, 6)]

    assert middle(rounds) == Figures(20, 2, 20, 5, 100, 200, 101)


def test_a_ratio_is_made_within_each_round():
    # The machine was half as fast in the second round.
    ours, theirs = [_round(200), _round(100), _round(240)], [_round(100), _round(50), _round(100)]

    assert ratio(ours, theirs, of=lambda one: one.rate) == Spread(2.0, 2.0, 2.4)


def test_added_time_is_counted_above_the_model_server_of_the_same_round():
    ours, theirs = [_round(p50=1.6), _round(p50=3.0)], [_round(p50=2.0), _round(p50=4.0)]

    # (1.6 - 1) / (2 - 1) and (3 - 2) / (4 - 2).
    found = added(ours, theirs, to=[_round(p50=1.0), _round(p50=2.0)])

    assert [round(value, 6) for value in (found.least, found.median, found.most)] == [0.5, 0.55, 0.6]


def test_each_goal_is_judged_by_its_median():
    measured = {
        (INFER, TODAY, "infer"): [_round(200, p99=9, cpu=6), _round(230, p99=11, cpu=6), _round(10, p99=8, cpu=6)],
        (INFER, FASTAPI, "infer"): [_round(100, p99=10, cpu=10), _round(100, p99=10, cpu=10), _round(100, p99=10)],
    }

    found = _by_name(goals(measured))

    assert set(found) == {f"`infer`: {what}, of FastAPI" for what in ("requests/s", "p99", "processor time a call")}
    assert (found["`infer`: requests/s, of FastAPI"].found, found["`infer`: requests/s, of FastAPI"].verdict) == (
        Spread(2.0, 0.1, 2.3),
        "yes",
    )
    assert found["`infer`: p99, of FastAPI"].verdict == "yes"
    assert found["`infer`: processor time a call, of FastAPI"].verdict == "**no**"
    assert found["`infer`: processor time a call, of FastAPI"].wanted == "at most 0.5"


def test_a_ratio_that_no_goal_holds_has_no_verdict():
    measured = {(INFER, service, "infer"): [_round()] for service in (TODAY, TRITON)}

    assert {goal.verdict for goal in goals(measured)} == {""}


def test_memory_is_counted_in_tensors_in_flight():
    measured = {(UPLOAD, TODAY, "shape back"): [_round()], (UPLOAD, TODAY, "base64 back"): [_round(before=98)]}

    found = _by_name(goals(measured))

    # 102 MB above 98 for four tensors of 4,915,200 bytes, and 3 MB that stay.
    taken = found["4.9 MB, shape back: memory taken, of the tensors in flight"]
    kept = found["4.9 MB, shape back: memory kept afterwards, of the same"]
    assert round(taken.found.median, 3) == round(102 / 19.6608, 3)
    assert taken.verdict == "**no**"
    assert round(kept.found.median, 3) == round(3 / 19.6608, 3)
    assert kept.verdict == "yes"


def test_one_connection_needs_all_three_services():
    two = {(ONE, service, "infer"): [_round(p50=2)] for service in (TODAY, FASTAPI)}

    assert goals(two) == []
    assert [goal.found.median for goal in goals(two | {(ONE, TRITON, "infer"): [_round(p50=1)]})] == [1.0]


def test_the_report_for_operators_has_the_calls_of_a_core():
    measured = {
        (INFER, TODAY, "infer"): [_round(cpu=500)],
        (INFER, TRITON, "infer"): [_round(cpu=100)],
    }

    text = report.text(measured, {})

    assert "A core gives about 2,000 calls of `infer` a second: a call takes 500 µs" in text
    assert "at least R / 1,333 processes" in text
