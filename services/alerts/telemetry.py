"""Metrics of alerts beside the pipeline's common ones."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.alerts.use_cases.deliver import DeliveryCounts

_log = structlog.get_logger(__name__)

AlertCounts = Mapping[tuple[str, str, str], int]
"""By rule, state and plan."""
StatusCounts = Mapping[tuple[str, str], int]
"""Deliveries by channel and status."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store says at a scrape."""

    live: bool = False
    alerts: AlertCounts = field(default_factory=dict)
    deliveries: StatusCounts = field(default_factory=dict)


class AlertsCollector(Collector):
    """Alerts, deliveries and mode, read from the store at each scrape."""

    def __init__(
        self,
        read: Callable[[], Snapshot],
        attempts: DeliveryCounts,
        unknown_fields: Callable[[], int],
    ) -> None:
        self._read = read
        self._attempts = attempts
        self._unknown_fields = unknown_fields
        self._last = Snapshot()

    def describe(self) -> Iterable[Metric]:
        """Names without values: registration must not ask the store."""
        return self._families(Snapshot())

    def collect(self) -> Iterable[Metric]:
        """All families; while the store does not answer, the last snapshot."""
        try:
            self._last = self._read()
        except Exception:  # noqa: BLE001 - an old count beats a failed scrape
            _log.warning("alert_counts_not_read")
        return self._families(self._last)

    def _families(self, snapshot: Snapshot) -> list[Metric]:
        live = GaugeMetricFamily(
            "clusterwatch_alerts_live",
            "1 when alerts are told, 0 while a first load is only recorded.",
        )
        live.add_metric((), float(snapshot.live))
        alerts = GaugeMetricFamily(
            "clusterwatch_alerts_alerts",
            "Alerts by rule, state and plan.",
            labels=("rule", "state", "plan"),
        )
        for labels, number in sorted(snapshot.alerts.items()):
            alerts.add_metric(labels, number)
        deliveries = GaugeMetricFamily(
            "clusterwatch_alerts_deliveries",
            "Deliveries in the ledger by channel and status.",
            labels=("channel", "status"),
        )
        for pair, number in sorted(snapshot.deliveries.items()):
            deliveries.add_metric(pair, number)
        attempts = CounterMetricFamily(
            "clusterwatch_alerts_delivery_attempts",
            "Attempts to deliver by channel and outcome.",
            labels=("channel", "outcome"),
        )
        for pair, number in sorted(self._attempts.attempts.items()):
            attempts.add_metric(pair, number)
        unknown = CounterMetricFamily(
            "clusterwatch_alerts_unknown_fields",
            "Fields of statuses that this version does not know and ignored.",
        )
        unknown.add_metric((), self._unknown_fields())
        return [live, alerts, deliveries, attempts, unknown]
