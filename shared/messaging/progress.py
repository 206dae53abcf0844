"""How a consumer is doing, for health checks and metrics."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.events.records import Record
from shared.families import Distribution

DELAY_BOUNDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400, 604_800)
"""Seconds: a live record takes fractions, a backlog minutes, what waited for a broken service
hours or days."""

_BATCH_BOUNDS = (1, 2, 5, 10, 50, 100, 500, 1_000, 2_000, 5_000, 10_000, 100_000)
"""Up to the largest batch that can be set."""


@dataclass(slots=True)
class Progress:
    """How a consumer is doing, for health checks and metrics; times are monotonic seconds."""

    batches: int = 0
    records: int = 0
    batch_sizes: Distribution = field(default_factory=lambda: Distribution(_BATCH_BOUNDS))
    delays: dict[str, Distribution] = field(default_factory=dict)
    """Seconds from Kafka's time of a record until its effects were stored, by topic."""
    failures: int = 0
    pending_since: float | None = None
    """When the batch in hand was first tried; None while nothing waits."""
    attempt_since: float | None = None
    """When the present attempt to store it began."""
    store_away: bool = False
    """The last attempt failed because of the store: a restart would not mend that."""
    last_error: str | None = None
    lag: dict[tuple[str, int], int] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    """Topics that are not read any more, with the reason."""
    unread_since: float | None = None
    """Since when records wait in Kafka and none arrives; None while all is read or some arrive."""

    def stored(self, records: Sequence[Record], now: float) -> None:
        """Account for a stored batch; `now` in seconds since 1970."""
        self.batches += 1
        self.records += len(records)
        self.batch_sizes.observe(len(records))
        self.last_error = None
        # Kafka's time is that of its own append, which many records share.
        moments = Counter([(record.topic, record.timestamp_ms) for record in records])
        for (topic, timestamp_ms), number in moments.items():
            delays = self.delays.get(topic)
            if delays is None:
                delays = self.delays[topic] = Distribution(DELAY_BOUNDS)
            delays.observe(max(now - timestamp_ms / 1000, 0.0), number)

    def stalled(self, now: float, limit_seconds: float) -> str | None:
        """What has been at a standstill for longer than the limit, if anything."""
        since = self.attempt_since if self.store_away else self.pending_since
        if since is not None and now - since > limit_seconds:
            return f"a batch has waited too long to be stored: {self.last_error}"
        if self.unread_since is not None and now - self.unread_since > limit_seconds:
            return "records wait in Kafka, but none arrives"
        return None
