"""What the benchmarks write into their page, and the plot."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.peers import plot
from benchmarks.peers.entries import FASTAPI, INFER, TODAY, TRITON
from benchmarks.peers.figures import Figures

SVG = "{http://www.w3.org/2000/svg}"


def _round(rate: float, p99: float) -> Figures:
    return Figures(rate, 1, p99, 1, 1, 1, 1)


def test_only_the_own_part_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    readme = tmp_path / "README.md"
    readme.write_text(
        "one\n<!-- written by a --write -->\nold\nlines\n<!-- end of a -->\n"
        "<!-- written by b --write -->\nkept\n<!-- end of b -->\n"
    )
    monkeypatch.setattr(page, "README", readme)

    page.write("a", "new \\1")

    assert readme.read_text() == (
        "one\n<!-- written by a --write -->\nnew \\1\n<!-- end of a -->\n"
        "<!-- written by b --write -->\nkept\n<!-- end of b -->\n"
    )
    with pytest.raises(ValueError, match="0 places for c"):
        page.write("c", "new")


def test_the_page_has_a_place_for_each():
    for name in ("peers", "growth", "soak"):
        assert len(page.between(name).findall(page.README.read_text())) == 1


def test_bars_are_as_long_as_the_medians():
    measured = {
        (INFER, TRITON, "infer"): [_round(9000, 1)] * 3,
        (INFER, FASTAPI, "infer"): [_round(100, 20), _round(200, 10), _round(100, 10)],
        (INFER, TODAY, "infer"): [_round(400, 5), _round(300, 5), _round(300, 5)],
    }

    root = ElementTree.fromstring(plot.svg(measured))  # noqa: S314 - our own text

    widths = [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")]
    # 400 and 20 are the longest.
    assert [round(width / 210, 2) for width in widths] == [0.25, 0.75, 0.5, 0.25]
    assert [bar.attrib["class"] for bar in root.iter(f"{SVG}rect")] == ["other", "ours"] * 2
    numbers = [text.text for text in root.iter(f"{SVG}text") if text.text and text.text.isdigit()]
    assert numbers == ["100", "300", "10", "5"]
