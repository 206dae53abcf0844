"""Metrics of alerts beside the pipeline's common ones."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import structlog
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from services.alerts.use_cases.deliver import DeliveryCounts
from shared.families import Family, empty

_log = structlog.get_logger(__name__)

AlertCounts = Mapping[tuple[str, str, str], int]
"""By rule, state and plan."""
StatusCounts = Mapping[tuple[str, str], int]
"""Deliveries by channel and status."""


LIVE = Family(
    "clusterwatch_alerts_live",
    "gauge",
    "1 when alerts are told, 0 while a first load is only recorded.",
)
ALERTS = Family(
    "clusterwatch_alerts_alerts",
    "gauge",
    "Alerts by rule, state and plan. Counted in the store, so every replica tells the same: "
    "aggregate with max.",
    ("rule", "state", "plan"),
)
DELIVERIES = Family(
    "clusterwatch_alerts_deliveries",
    "gauge",
    "Deliveries in the ledger by channel and status. Counted in the store, so every replica tells "
    "the same: aggregate with max.",
    ("channel", "status"),
)
ATTEMPTS = Family(
    "clusterwatch_alerts_delivery_attempts_total",
    "counter",
    "Attempts of this process to deliver, by channel and outcome.",
    ("channel", "outcome"),
)
UNKNOWN_FIELDS = Family(
    "clusterwatch_alerts_unknown_fields_total",
    "counter",
    "Fields of statuses that this version does not know and ignored.",
)

FAMILIES = (LIVE, ALERTS, DELIVERIES, ATTEMPTS, UNKNOWN_FIELDS)
"""All that this service exposes beside the pipeline's."""


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
        return empty(FAMILIES)

    def collect(self) -> Iterable[Metric]:
        """All families; while the store does not answer, the last snapshot."""
        try:
            self._last = self._read()
        except Exception:  # noqa: BLE001 - an old count beats a failed scrape
            _log.warning("alert_counts_not_read")
        yield LIVE.metric([((), float(self._last.live))])
        yield ALERTS.metric(sorted(self._last.alerts.items()))
        yield DELIVERIES.metric(sorted(self._last.deliveries.items()))
        yield ATTEMPTS.metric(sorted(self._attempts.attempts.items()))
        yield UNKNOWN_FIELDS.metric([((), self._unknown_fields())])
