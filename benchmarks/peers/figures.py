"""What a round measures, and how rounds are compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from statistics import median


@dataclass(frozen=True, slots=True)
class Figures:
    """One round. `cpu_us` is processor time of the serving processes per call.

    The resident memory of these processes: before, at the most, and right after. All in units of 10^6 bytes.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    before_mb: float
    peak_mb: float
    after_mb: float


Rounds = Sequence[Figures]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of all rounds, and the least and the most of them."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f}-{self.most:.2f})"


def spread(values: Sequence[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def middle(rounds: Rounds) -> Figures:
    """The median of each figure by itself."""
    return Figures(*(median(getattr(one, field.name) for one in rounds) for field in fields(Figures)))


def ratio(over: Rounds, under: Rounds, *, of: Callable[[Figures], float]) -> Spread:
    """Compared within each round: what slows the machine down for a while then meets both."""
    return spread([of(one) / of(other) for one, other in zip(over, under, strict=True)])


def added(over: Rounds, under: Rounds, *, to: Rounds) -> Spread:
    """What `over` adds to the p50 of `to`, as a multiple of what `under` adds."""
    return spread(
        [(a.p50_ms - base.p50_ms) / (b.p50_ms - base.p50_ms) for a, b, base in zip(over, under, to, strict=True)]
    )
