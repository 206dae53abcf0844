"""Structured logs, and the pipeline metrics that every service has."""

import logging
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import structlog
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from structlog.typing import Processor

from shared.families import Family, empty
from shared.messaging.progress import Progress
from shared.messaging.relay import OutboxRelay
from shared.redaction import HarmlessFormatter, Redactor, redacting, secrets_of
from shared.settings import CommonSettings
from shared.storage import outbox, reconciliation

Counts = Mapping[str, Mapping[str, int]]
"""By topic, then by state or reason."""


def configure_logging(settings: CommonSettings, service: str) -> None:
    """Send structured lines to standard error, in the format and from the level that is set."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    redact = Redactor(secrets_of(settings))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(HarmlessFormatter(redact))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
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
            redacting(redact),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)


def _family(
    name: str, kind: Literal["gauge", "counter", "histogram", "info"], help_: str, *labels: str
) -> Family:
    return Family(f"clusterwatch_pipeline_{name}", kind, help_, ("component", *labels))


_SHARED = "Counted in the store, so every replica tells the same: aggregate with max."

RECORDS = _family(
    "records",
    "gauge",
    "Consumed records by the state they are in now (see /api/v1/reconciliation); "
    f"parked and held ones wait. {_SHARED}",
    "topic",
    "state",
)
CONSUMED = _family(
    "records_consumed_total", "counter", f"Records consumed from a topic. {_SHARED}", "topic"
)
DEAD_LETTERS = _family(
    "dead_letters_total",
    "counter",
    f"Records refused and sent to ingest.dead-letters.v1, by reason. {_SHARED}",
    "topic",
    "reason",
)
OUTBOX = _family(
    "outbox_records",
    "gauge",
    f"Records that wait to be published; on PostgreSQL an upper bound. {_SHARED}",
)
COUNTED = _family(
    "counts_timestamp_seconds",
    "gauge",
    "When the counts were last read from the store; they stand still while it does not answer.",
)
LAG = _family(
    "consumer_lag_records",
    "gauge",
    "Records of a partition that wait to be consumed, told by the replica that owns it.",
    "topic",
    "partition",
)
STOPPED = _family(
    "topic_stopped",
    "gauge",
    "1 for a topic that is not read any more because nearly everything in it was refused.",
    "topic",
)
FAILURES = _family(
    "batch_failures_total",
    "counter",
    "Attempts to store a batch that failed and were repeated.",
)
BATCHES = _family("batch_records", "histogram", "Records in a stored batch.")
PENDING = _family("batch_pending_seconds", "gauge", "Seconds the batch in hand has been tried for.")
DELAY = _family(
    "delay_seconds",
    "histogram",
    "From Kafka's time of a record until its effects are stored; a first load or a replay of old "
    "records counts with their age.",
    "topic",
)
PUBLISHED = _family(
    "records_published_total",
    "counter",
    "Records that this process's outbox relay has published.",
)
BUILD = _family("build_info", "info", "Version of the program and of Python.", "version", "python")

PIPELINE_FAMILIES = (
    RECORDS,
    CONSUMED,
    DEAD_LETTERS,
    OUTBOX,
    COUNTED,
    LAG,
    STOPPED,
    FAILURES,
    BATCHES,
    PENDING,
    DELAY,
    PUBLISHED,
    BUILD,
)
"""What every service exposes; the label `component` is the service."""


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """What the store says at a scrape."""

    records: Counts = field(default_factory=dict)
    dead_letters: Counts = field(default_factory=dict)
    outbox: int = 0
    read_at: float = 0.0
    """Seconds since 1970."""


class PipelineCollector(Collector):
    """What goes through a service, read from the store's own counts at each scrape."""

    def __init__(
        self,
        service: str,
        progress: Progress,
        relay: OutboxRelay,
        read: Callable[[], StoreCounts],
    ) -> None:
        self._service = service
        self._progress = progress
        self._relay = relay
        self._read = read
        self._last = StoreCounts()

    def describe(self) -> Iterable[Metric]:
        """Names without values: registration must not ask the store."""
        return empty(PIPELINE_FAMILIES)

    def collect(self) -> Iterable[Metric]:
        """All families; while the store does not answer, the last counts it gave."""
        try:
            self._last = self._read()
        except Exception:  # noqa: BLE001 - an old count beats a failed scrape
            structlog.get_logger(__name__).warning("counts_not_read")
        yield from self._stored(self._last)
        yield from self._process()

    def _stored(self, counts: StoreCounts) -> Iterable[Metric]:
        me = self._service
        yield RECORDS.metric(
            ((me, topic, state), states.get(state, 0))
            for topic, states in sorted(counts.records.items())
            for state in reconciliation.State
        )
        yield CONSUMED.metric(
            ((me, topic), states.get(reconciliation.CONSUMED, 0))
            for topic, states in sorted(counts.records.items())
        )
        yield DEAD_LETTERS.metric(
            ((me, topic, reason), number)
            for topic, reasons in sorted(counts.dead_letters.items())
            for reason, number in sorted(reasons.items())
        )
        yield OUTBOX.metric([((me,), counts.outbox)])
        yield COUNTED.metric([((me,), counts.read_at)])

    def _process(self) -> Iterable[Metric]:
        me, progress = (self._service,), self._progress
        since = progress.pending_since
        yield LAG.metric(
            ((*me, topic, str(partition)), number)
            for (topic, partition), number in sorted(progress.lag.items())
        )
        yield STOPPED.metric(((*me, topic), 1.0) for topic in sorted(progress.stopped))
        yield FAILURES.metric([(me, progress.failures)])
        yield BATCHES.histogram([(me, progress.batch_sizes)])
        yield PENDING.metric([(me, 0.0 if since is None else time.monotonic() - since)])
        yield DELAY.histogram(
            ((*me, topic), delays) for topic, delays in sorted(progress.delays.items())
        )
        yield PUBLISHED.metric([(me, self._relay.published)])
        yield BUILD.metric([((*me, program_version(), platform.python_version()), 1.0)])


@cache
def program_version() -> str:
    """Version of the installed program."""
    try:
        return version("clusterwatch")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"


def store_counts(connection: Connection) -> StoreCounts:
    """All counts of a store in one view."""
    return StoreCounts(
        reconciliation.read(connection),
        reconciliation.dead_letters(connection),
        outbox.depth(connection),
        datetime.now(UTC).timestamp(),
    )
