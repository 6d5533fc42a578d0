"""A histogram of ages that takes many at once: one of `prometheus_client` takes them one by one, 2 us each."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector


class AgeHistogram(Collector):
    """By the value of one label. `bounds`: the buckets' upper edges in seconds, growing, without infinity."""

    def __init__(self, name: str, meaning: str, label: str, bounds: Sequence[float]) -> None:
        self.name, self.meaning, self.label, self.bounds = name, meaning, label, tuple(map(float, bounds))
        self._buckets: dict[str, list[int]] = {}
        """Observations between an edge and the next, by label value."""
        self._sums: dict[str, float] = {}

    def observe(self, value: str, times: Sequence[int], now: float) -> None:
        """What began at these times (milliseconds since 1970) ended now (seconds); what begins later took no time."""
        if times:
            growing, millis = sorted(times), now * 1000
            gone = growing[: bisect_right(growing, millis)]
            # All that is younger than an edge began after it: counted from the end, as edges grow.
            begins = [bisect_left(growing, millis - bound * 1000) for bound in self.bounds]
            buckets = self._buckets.setdefault(value, [0] * (len(self.bounds) + 1))
            for number, (end, begin) in enumerate(zip([len(growing), *begins], [*begins, 0], strict=True)):
                buckets[number] += end - begin
            self._sums[value] = self._sums.get(value, 0.0) + (len(gone) * millis - sum(gone)) / 1000

    def describe(self) -> Iterator[HistogramMetricFamily]:
        """Its name, for the registry."""
        yield self._family()

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """As it is now."""
        family = self._family()
        for value, buckets in self._buckets.items():
            cumulative = zip([*map(str, self.bounds), "+Inf"], map(float, accumulate(buckets)), strict=True)
            family.add_metric([value], list(cumulative), self._sums[value])
        yield family

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self.name, self.meaning, labels=[self.label])
