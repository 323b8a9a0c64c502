"""Bars of rate and p99 of all services, as SVG. It is readable on a light and on a dark page."""

from collections.abc import Callable, Iterator, Mapping
from xml.sax.saxutils import escape

from benchmarks.peers.entries import INFER, TODAY, TRITON, Key
from benchmarks.peers.figures import Figures, Rounds, Spread, spread

_LABELS, _BARS, _VALUES, _ROW, _TOP = 130, 210, 60, 30, 56
_PANEL = _LABELS + _BARS + _VALUES
_STYLE = """text { font: 13px system-ui, sans-serif; fill: #24292f } .other { fill: #8c959f } .ours { fill: #1f6feb }
line { stroke: #24292f; stroke-width: 1.5 } .title { font-weight: 600 }
@media (prefers-color-scheme: dark) { text { fill: #d0d7de } line { stroke: #d0d7de } .ours { fill: #4493f8 } }"""


def svg(measured: Mapping[Key, Rounds]) -> str:
    """Of `infer` with 16 connections. Triton alone does no work of a service, and its bar would leave no room."""
    found = {
        service: rounds for (group, service, _), rounds in measured.items() if group == INFER and service != TRITON
    }
    height = _TOP + _ROW * len(found) + 8
    panels = [
        *_panel(found, "requests a second (more is better)", lambda one: one.rate, left=0),
        *_panel(found, "p99 in ms (less is better)", lambda one: one.p99_ms, left=_PANEL),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _PANEL} {height}" role="img">',
            "<title>Requests a second and p99 of each service, 16 connections</title>",
            f"<style>{_STYLE}</style>",
            '<text class="title" x="0" y="16">infer, 16 connections: medians, least and most of the rounds</text>',
            *panels,
            "</svg>\n",
        ]
    )


def _panel(found: Mapping[str, Rounds], title: str, of: Callable[[Figures], float], *, left: int) -> Iterator[str]:
    yield f'<text x="{left + _LABELS}" y="{_TOP - 14}">{escape(title)}</text>'
    values = {service: spread([of(one) for one in rounds]) for service, rounds in found.items()}
    scale = _BARS / max(value.most for value in values.values())
    for number, (service, value) in enumerate(values.items()):
        yield from _bar(service, value, scale, left=left, top=_TOP + number * _ROW)


def _bar(service: str, value: Spread, scale: float, *, left: int, top: int) -> Iterator[str]:
    kind, start, middle = "ours" if service == TODAY else "other", left + _LABELS, top + _ROW / 2 - 4
    ends = start + value.least * scale, start + value.most * scale
    yield f'<text x="{start - 8}" y="{middle + 4}" text-anchor="end">{escape(service)}</text>'
    yield f'<rect class="{kind}" x="{start}" y="{top}" width="{value.median * scale:.1f}" height="{_ROW - 8}"/>'
    yield f'<line x1="{ends[0]:.1f}" y1="{middle}" x2="{ends[1]:.1f}" y2="{middle}"/>'
    yield f'<text x="{ends[1] + 6:.1f}" y="{middle + 4}">{value.median:,.0f}</text>'
