"""The order in which `text_reader` gives the lines of a page. Its module needs nothing of Triton."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

_FILE = Path(__file__).parents[2] / "inference/models/text_reader/1/reading_order.py"
_SPEC = importlib.util.spec_from_file_location("reading_order", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
reading_order = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reading_order)

HEIGHT, PITCH = 20, 30


def line(left: int, top: int, width: int, height: int = HEIGHT) -> list[tuple[int, int]]:
    return [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]


def order(*lines: list[tuple[int, int]]) -> list[int]:
    found: list[int] = reading_order.order(np.array(lines, dtype=np.float32).reshape(-1, 4, 2))
    return found


def column(left: int, top: int, width: int, count: int) -> list[list[tuple[int, int]]]:
    return [line(left, top + PITCH * row, width) for row in range(count)]


def test_a_page_without_lines_has_no_order():
    assert order() == []


@pytest.mark.parametrize("lower", [0, 7, 15, 23])
def test_columns_are_read_one_after_the_other_wherever_their_lines_are_level(lower):
    assert order(*column(400, lower, 300, 5), *column(0, 0, 300, 5)) == [5, 6, 7, 8, 9, 0, 1, 2, 3, 4]


def test_three_columns_are_read_from_left_to_right():
    lines = [*column(800, 0, 300, 4), *column(400, 0, 300, 4), *column(0, 0, 300, 4)]

    assert order(*lines) == [8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]


def test_a_heading_above_columns_and_a_line_below_them_stay_there():
    lines = [*column(400, 60, 300, 4), *column(0, 60, 300, 4), line(100, 0, 500), line(0, 240, 700)]

    assert order(*lines) == [8, 4, 5, 6, 7, 0, 1, 2, 3, 9]


def test_a_short_line_after_a_gap_below_columns_is_not_part_of_the_left_one():
    lines = [*column(400, 0, 300, 4), *column(0, 0, 300, 4), line(0, 150, 120)]

    assert order(*lines) == [4, 5, 6, 7, 0, 1, 2, 3, 8]


def test_the_longer_column_is_read_to_its_end():
    assert order(*column(400, 0, 300, 3), *column(0, 0, 300, 5)) == [3, 4, 5, 6, 7, 0, 1, 2]


def test_prices_are_read_with_their_rows():
    lines = [*column(600, 0, 70, 4), line(0, 0, 90), line(0, 30, 300), line(0, 60, 180), line(0, 90, 60)]

    assert order(*lines) == [4, 0, 5, 1, 6, 2, 7, 3]


def test_columns_of_letters_that_run_down_are_read_from_right_to_left():
    lines = [line(left, 0, HEIGHT, 400) for left in (0, 30, 60, 90)]

    assert order(*lines) == [3, 2, 1, 0]


def test_lines_that_lie_anywhere_are_each_given_once():
    rng = np.random.default_rng(7)
    lines = [line(int(x), int(y), 60) for x, y in rng.integers(0, 2000, (300, 2))]

    assert sorted(order(*lines)) == list(range(300))
