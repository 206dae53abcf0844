"""Metrics of ingest beside the pipeline's common ones."""

from collections.abc import Callable, Iterable, Mapping

import structlog
from prometheus_client import Counter
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from services.ingest.ports import Outgoing
from shared.events.reasons import Reason, Refused
from shared.storage.reconciliation import DEAD_LETTER_WARNING

_log = structlog.get_logger(__name__)

ReadWarnings = Callable[[], Mapping[str, Mapping[str, int]]]


class WarningCollector(Collector):
    """Warnings and dead letters by reason, from the store's own counts."""

    def __init__(self, read: ReadWarnings) -> None:
        self._read = read
        self._last: Mapping[str, Mapping[str, int]] = {}

    def describe(self) -> Iterable[Metric]:
        """Names without values: registration must not ask the store."""
        return self._families({})

    def collect(self) -> Iterable[Metric]:
        """All families; while the store does not answer, the last counts it gave."""
        try:
            self._last = self._read()
        except Exception:  # noqa: BLE001 - an old count beats a failed scrape
            _log.warning("warnings_not_read")
        return self._families(self._last)

    @staticmethod
    def _families(counts: Mapping[str, Mapping[str, int]]) -> list[Metric]:
        letters = CounterMetricFamily(
            "clusterwatch_ingest_dead_letters",
            "Records refused, by reason (ingest.dead-letters.v1).",
            labels=("topic", "reason"),
        )
        warnings = CounterMetricFamily(
            "clusterwatch_ingest_warnings",
            "Oddities that are no reason to refuse a record.",
            labels=("topic", "warning"),
        )
        for topic, names in counts.items():
            for name, number in names.items():
                reason = name.removeprefix(DEAD_LETTER_WARNING)
                family = warnings if reason == name else letters
                family.add_metric((topic, reason), number)
        return [letters, warnings]


class HttpCounts:
    """What came through HTTP; it is no part of reconciliation, which counts what Kafka has."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._accepted = Counter(
            "clusterwatch_ingest_http_accepted",
            "Events taken through HTTP and acknowledged by Kafka.",
            labelnames=("topic",),
            registry=registry,
        )
        self._refused = Counter(
            "clusterwatch_ingest_http_refused",
            "Events refused at HTTP, by reason; they were not sent to Kafka.",
            labelnames=("topic", "reason"),
            registry=registry,
        )

    def took(self, topic: str, items: Iterable[Outgoing | Refused]) -> None:
        """Count the items of one request."""
        for item in items:
            if isinstance(item, Refused):
                self.refused(topic, [item.reason])
            else:
                self._accepted.labels(topic).inc()

    def refused(self, topic: str, reasons: Iterable[Reason]) -> None:
        """Count refusals."""
        for reason in reasons:
            self._refused.labels(topic, reason.value).inc()
