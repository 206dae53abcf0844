"""Structured logs, and the pipeline metrics that every service has."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from structlog.typing import Processor

from shared.messaging.progress import Progress
from shared.messaging.relay import OutboxRelay
from shared.settings import CommonSettings

ReadCounts = Callable[[], Mapping[str, Mapping[str, int]]]


def configure_logging(settings: CommonSettings, service: str) -> None:
    """Send structured lines to standard error, in the format and from the level that is set."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(stream=sys.stderr, level=max(level, logging.WARNING))
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)


class PipelineCollector(Collector):
    """What goes through a service, read from the store's own counts at each scrape."""

    def __init__(
        self, service: str, progress: Progress, relay: OutboxRelay, read_counts: ReadCounts
    ) -> None:
        self._service = service
        self._progress = progress
        self._relay = relay
        self._read_counts = read_counts
        self._last: Mapping[str, Mapping[str, int]] = {}

    def describe(self) -> Iterable[Metric]:
        """Names without values: registration must not ask the store."""
        return (family for family in self._families({}))

    def collect(self) -> Iterable[Metric]:
        """All families; while the store does not answer, the last counts it gave."""
        try:
            self._last = self._read_counts()
        except Exception:  # noqa: BLE001 - an old count beats a failed scrape
            structlog.get_logger(__name__).warning("counts_not_read")
        return self._families(self._last)

    def _families(self, counts: Mapping[str, Mapping[str, int]]) -> list[Metric]:
        prefix = f"clusterwatch_{self._service}"
        records = GaugeMetricFamily(
            f"{prefix}_records",
            "Consumed records by the state they are in now (see /api/v1/reconciliation).",
            labels=("topic", "state"),
        )
        consumed = CounterMetricFamily(
            f"{prefix}_records_consumed", "Records consumed from a topic.", labels=("topic",)
        )
        for topic, states in counts.items():
            for state, number in states.items():
                if state == "consumed":
                    consumed.add_metric((topic,), number)
                else:
                    records.add_metric((topic, state), number)
        lag = GaugeMetricFamily(
            f"{prefix}_consumer_lag_records",
            "Records of a partition that wait to be consumed.",
            labels=("topic", "partition"),
        )
        for (topic, partition), number in sorted(self._progress.lag.items()):
            lag.add_metric((topic, str(partition)), number)
        return [records, consumed, lag, *self._process_families(prefix)]

    def _process_families(self, prefix: str) -> list[Metric]:
        failures = CounterMetricFamily(
            f"{prefix}_batch_failures", "Attempts to store a batch that failed and were repeated."
        )
        failures.add_metric((), self._progress.failures)
        size = GaugeMetricFamily(f"{prefix}_batch_records", "Records in the newest batch.")
        size.add_metric((), self._progress.last_batch_size)
        waiting = GaugeMetricFamily(
            f"{prefix}_batch_pending_seconds", "Seconds the batch in hand has been tried for."
        )
        since = self._progress.pending_since
        waiting.add_metric((), 0.0 if since is None else time.monotonic() - since)
        published = CounterMetricFamily(
            f"{prefix}_records_published", "Records that the outbox relay has published."
        )
        published.add_metric((), self._relay.published)
        return [failures, size, waiting, published]
