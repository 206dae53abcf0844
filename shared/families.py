"""Families of Prometheus metrics as data: declared once, then filled, described and catalogued."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal

from prometheus_client.core import Metric
from prometheus_client.utils import floatToGoString

Kind = Literal["gauge", "counter", "histogram", "stateset", "info"]

Filling = Iterable[tuple[Sequence[str], float]]
"""Label values in the family's order, and the value."""

UNITS = ("seconds", "yuan", "persons", "joules", "ratio", "records")
"""Base units that a name may end with; OpenMetrics states them apart as well."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name as it is exposed (counters with `_total`), type, help and labels."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """Base unit in the name; empty where a number has none."""
        stem = self.name.removesuffix("_total")
        return next((unit for unit in UNITS if stem.endswith(f"_{unit}")), "")

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of all labels; the state of a state set is named like the metric."""
        return (*self.labels, self.name) if self.kind == "stateset" else self.labels

    def metric(self, filling: Filling = ()) -> Metric:
        """The family with samples; of a state set the last label value is the state."""
        metric = self._empty()
        for values, value in filling:
            metric.add_sample(self.name, dict(zip(self.label_names, values, strict=True)), value)
        return metric

    def histogram(self, filling: Iterable[tuple[Sequence[str], "Distribution"]]) -> Metric:
        """The family with the buckets, counts and sums of distributions."""
        metric = self._empty()
        for values, distribution in filling:
            labels = dict(zip(self.labels, values, strict=True))
            for bound, number in distribution.cumulative():
                metric.add_sample(f"{self.name}_bucket", {**labels, "le": bound}, number)
            metric.add_sample(f"{self.name}_count", labels, distribution.count)
            metric.add_sample(f"{self.name}_sum", labels, distribution.sum)
        return metric

    def _empty(self) -> Metric:
        stem = self.name.removesuffix("_total") if self.kind == "counter" else self.name
        stem = stem.removesuffix("_info") if self.kind == "info" else stem
        return Metric(stem, self.help, self.kind, self.unit)


@dataclass(slots=True)
class Distribution:
    """Counts of observations by bucket; bounds are inclusive, as in Prometheus."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    sum: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    def observe(self, value: float, times: int = 1) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times

    @property
    def count(self) -> int:
        """Number of observations."""
        return sum(self.counts)

    def cumulative(self) -> list[tuple[str, int]]:
        """Bounds as Prometheus writes them, with the observations up to each."""
        names = [*map(floatToGoString, self.bounds), "+Inf"]
        return list(zip(names, accumulate(self.counts), strict=True))


def empty(families: Iterable[Family]) -> list[Metric]:
    """Families without samples, for `describe()`: registration must not ask a store."""
    return [
        family.histogram(()) if family.kind == "histogram" else family.metric()
        for family in families
    ]
