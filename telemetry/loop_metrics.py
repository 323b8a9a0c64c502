"""Counters and histograms that only the event loop counts into, several times for each request.

The library's take a lock for each number, and check each time whether the metric has its labels: six calls for one
observation. These take one. Threads may read them.
"""

from bisect import bisect_left
from collections.abc import Sequence

from prometheus_client.metrics import Counter, Histogram
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString


class LoopCounter(Counter):
    """As the library's, without exemplars. Amounts must not be negative."""

    def _metric_init(self) -> None:
        self._count = 0.0

    def inc(self, amount: float = 1) -> None:  # type: ignore[override]
        self._count += amount

    def _child_samples(self) -> Sequence[Sample]:
        return [Sample("_total", {}, self._count)]


class LoopHistogram(Histogram):
    """As the library's, without exemplars. Its bounds must not be negative."""

    def _metric_init(self) -> None:
        self._counts = [0] * len(self._upper_bounds)
        self._total = 0.0

    def observe(self, amount: float) -> None:  # type: ignore[override]
        self._counts[bisect_left(self._upper_bounds, amount)] += 1
        self._total += amount

    def _child_samples(self) -> Sequence[Sample]:
        samples, so_far = [], 0
        for bound, count in zip(self._upper_bounds, self._counts, strict=True):
            so_far += count
            samples.append(Sample("_bucket", {"le": floatToGoString(bound)}, so_far))  # type: ignore[no-untyped-call]  # as in metrics.py
        return [*samples, Sample("_count", {}, so_far), Sample("_sum", {}, self._total)]
