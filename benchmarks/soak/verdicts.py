"""What the readings say: how much each figure grew after the warm-up, and whether that is too much."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from benchmarks.soak.readings import Figures

# By how much a figure may grow from the end of the first third to the end, by the end of its name.
BOUNDS = {"memory, MB": 5.0, "open files": 10.0, "lag, s": 2.0, "logs": 200.0, "that wait": 20.0}
# Redis keeps the credentials of each visit for a while.
_UNBOUNDED = "Redis: memory, MB"

Readings = Sequence[tuple[float, Figures]]


@dataclass(frozen=True, slots=True)
class Growth:
    """`thirds` are the medians of the thirds of the run, `most` the largest reading. `growth` is that of the last two
    thirds: it is the median of the slopes between all pairs of readings, so that single high ones do not count."""

    name: str
    thirds: tuple[float, float, float]
    most: float
    growth: float

    @property
    def bound(self) -> float | None:
        if self.name == _UNBOUNDED:
            return None
        return next((bound for end, bound in BOUNDS.items() if self.name.endswith(end)), None)

    @property
    def failure(self) -> str | None:
        if self.bound is None or self.growth <= self.bound:
            return None
        return f"{self.name}: grew by {self.growth:.1f} in the last two thirds of the run, and may by {self.bound:g}."


def growths(readings: Readings) -> list[Growth]:
    end = readings[-1][0]
    return [_growth(name, [(at, figures[name]) for at, figures in readings], end) for name in readings[-1][1]]


def _growth(name: str, series: Sequence[tuple[float, float]], end: float) -> Growth:
    thirds = [[value for at, value in series if end * part < at * 3 <= end * (part + 1)] for part in range(3)]
    measured = [(at, value) for at, value in series if at * 3 > end]
    slopes = [(later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in combinations(measured, 2)]
    first, second, third = map(median, thirds)
    most = max(value for _, value in series)
    return Growth(name, (first, second, third), most, median(slopes) * (measured[-1][0] - measured[0][0]))
