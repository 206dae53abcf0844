"""Metrics of the service itself: its snapshot, its forecasts, and how late figures are."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from shared.families import Distribution, Family, empty
from shared.messaging.progress import DELAY_BOUNDS

_SNAPSHOT = Family(
    "clusterwatch_metrics_snapshot_timestamp_seconds",
    "gauge",
    "When the figures of this page were last compared with the store; 0 before the first time.",
)
_WAITING = Family(
    "clusterwatch_metrics_forecasts_waiting",
    "gauge",
    "Forecasts that had settled and were due when the forecaster last looked.",
)
_MADE = Family(
    "clusterwatch_metrics_forecasts_total",
    "counter",
    "Forecasts made again since the process started, by method (none: no history).",
    ("method",),
)
_END_TO_END = Family(
    "clusterwatch_metrics_end_to_end_delay_seconds",
    "histogram",
    "From Kafka's time of the newest report behind a fact until the fact is in the figures' store.",
)

SERVICE_FAMILIES = (_SNAPSHOT, _WAITING, _MADE, _END_TO_END)


@dataclass(slots=True)
class ServiceCounts:
    """What the service's jobs tell; written on the event loop, read at scrapes."""

    forecasts_waiting: int = 0
    forecasts: dict[str, int] = field(default_factory=dict)
    delays: Distribution = field(default_factory=lambda: Distribution(DELAY_BOUNDS))

    def made(self, method: str | None) -> None:
        """Count a forecast."""
        word = method or "none"
        self.forecasts[word] = self.forecasts.get(word, 0) + 1

    def stored(self, inputs: Mapping[int, int], now: float) -> None:
        """Measure how long ago the newest inputs behind facts came to Kafka.

        `inputs` are numbers of facts by that time, in milliseconds since 1970; `now` in seconds.
        """
        for moment, number in inputs.items():
            self.delays.observe(max(now - moment / 1000, 0.0), number)


class ServiceCollector(Collector):
    """Families of the service itself."""

    def __init__(self, counts: ServiceCounts, compared_at: Callable[[], datetime]) -> None:
        self._counts = counts
        self._compared_at = compared_at

    def describe(self) -> Iterable[Metric]:
        """Names without values."""
        return empty(SERVICE_FAMILIES)

    def collect(self) -> Iterable[Metric]:
        """All families."""
        made = sorted(self._counts.forecasts.items())
        yield _SNAPSHOT.metric([((), self._compared_at().timestamp())])
        yield _WAITING.metric([((), self._counts.forecasts_waiting)])
        yield _MADE.metric([((method,), number) for method, number in made])
        yield _END_TO_END.histogram([((), self._counts.delays)])
