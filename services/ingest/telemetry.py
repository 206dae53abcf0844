"""Metrics of ingest beside the pipeline's common ones."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import structlog
from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from services.ingest.domain.reading import CONSUMED_TOPICS
from services.ingest.ports import STANDING, Outgoing
from shared.events.reasons import Reason, Refused
from shared.families import Family, empty

_log = structlog.get_logger(__name__)

ReadWarnings = Callable[[], Mapping[str, Mapping[str, int]]]

WARNINGS = Family(
    "clusterwatch_ingest_warnings_total",
    "counter",
    "Oddities that are no reason to refuse a record. Counted in the store, so every replica tells "
    "the same: aggregate with max.",
    ("topic", "warning"),
)
STANDING_WARNINGS = Family(
    "clusterwatch_ingest_standing_warnings",
    "gauge",
    "Lines whose standing version is odd: `GET /api/v1/warnings` lists them. Counted in the store, "
    "so every replica tells the same: aggregate with max.",
    ("topic", "warning"),
)
HTTP_ACCEPTED = Family(
    "clusterwatch_ingest_http_accepted_total",
    "counter",
    "Events taken through HTTP and acknowledged by Kafka.",
    ("topic",),
)
HTTP_REFUSED = Family(
    "clusterwatch_ingest_http_refused_total",
    "counter",
    "Events refused at HTTP, by reason; they were not sent to Kafka.",
    ("topic", "reason"),
)

FAMILIES = (WARNINGS, STANDING_WARNINGS, HTTP_ACCEPTED, HTTP_REFUSED)
"""All that this service exposes beside the pipeline's."""


class WarningCollector(Collector):
    """Warnings by name, from the store's own counts."""

    def __init__(self, read: ReadWarnings) -> None:
        self._read = read
        self._last: Mapping[str, Mapping[str, int]] = {}

    def describe(self) -> Iterable[Metric]:
        """Names without values: registration must not ask the store."""
        return empty([WARNINGS, STANDING_WARNINGS])

    def collect(self) -> Iterable[Metric]:
        """Both families; while the store does not answer, the last counts it gave."""
        try:
            self._last = self._read()
        except Exception:  # noqa: BLE001 - an old count beats a failed scrape
            _log.warning("warnings_not_read")
        counts = [
            (topic, name, number)
            for topic, names in sorted(self._last.items())
            for name, number in sorted(names.items())
        ]
        yield WARNINGS.metric(
            ((topic, name), number)
            for topic, name, number in counts
            if not name.startswith(STANDING)
        )
        yield STANDING_WARNINGS.metric(
            ((topic, name.removeprefix(STANDING)), number)
            for topic, name, number in counts
            if name.startswith(STANDING)
        )


class HttpCounts(Collector):
    """What came through HTTP; it is no part of reconciliation, which counts what Kafka has."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._accepted: Counter[tuple[str]] = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()
        registry.register(self)

    def took(self, topic: str, items: Iterable[Outgoing | Refused]) -> None:
        """Count the items of one request."""
        for item in items:
            if isinstance(item, Refused):
                self.refused(topic, [item.reason])
            else:
                self._accepted[(topic,)] += 1

    def refused(self, topic: str, reasons: Iterable[Reason]) -> None:
        """Count refusals."""
        self._refused.update((topic, reason.value) for reason in reasons)

    def describe(self) -> Iterable[Metric]:
        """Names without values."""
        return empty([HTTP_ACCEPTED, HTTP_REFUSED])

    def collect(self) -> Iterable[Metric]:
        """Both families; the counts are of this process."""
        # All topics from the start: the first event of one would otherwise be no increase.
        topics = sorted({(topic,) for topic in CONSUMED_TOPICS} | set(self._accepted))
        yield HTTP_ACCEPTED.metric((topic, self._accepted[topic]) for topic in topics)
        yield HTTP_REFUSED.metric(sorted(self._refused.items()))
