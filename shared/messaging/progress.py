"""How a consumer is doing, for health checks and metrics."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """How a consumer is doing, for health checks and metrics; times are monotonic seconds."""

    batches: int = 0
    records: int = 0
    last_batch_size: int = 0
    failures: int = 0
    pending_since: float | None = None
    """When the batch in hand was first tried; None while nothing waits."""
    last_error: str | None = None
    lag: dict[tuple[str, int], int] = field(default_factory=dict)
    unread_since: float | None = None
    """Since when records wait in Kafka and none arrives; None while all is read or some arrive."""

    def stalled(self, now: float, limit_seconds: float) -> str | None:
        """What has been at a standstill for longer than the limit, if anything."""
        if self.pending_since is not None and now - self.pending_since > limit_seconds:
            return f"a batch has waited too long to be stored: {self.last_error}"
        if self.unread_since is not None and now - self.unread_since > limit_seconds:
            return "records wait in Kafka, but none arrives"
        return None
