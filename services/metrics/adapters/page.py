"""The /metrics page: figures rendered once per snapshot, pipeline counts at each scrape."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Lock

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from services.metrics.domain.masking import Shown
from services.metrics.telemetry import ClusterCollector, Snapshot

_END = b"# EOF\n"


class MetricsPage:
    """Renders for an Accept header; the figures' part is cached bytes per format."""

    def __init__(self, pipeline: CollectorRegistry) -> None:
        self._pipeline = pipeline
        self._snapshot = Snapshot(datetime.fromtimestamp(0, UTC))
        self._figures = CollectorRegistry()
        self._figures.register(ClusterCollector(lambda: self._snapshot))
        self._rendered: dict[str, bytes] = {}
        self._accepted: dict[str, str] = {}
        self._lock = Lock()

    def replace(self, shown: Sequence[Shown], now: datetime) -> None:
        """Take a new snapshot, and render it in every format that was asked for so far."""
        with self._lock:
            self._snapshot = Snapshot(now, tuple(shown))
            self._rendered = {
                kind: _body(accept, self._figures) for kind, accept in self._accepted.items()
            }

    def render(self, accept: str) -> tuple[bytes, str]:
        """Page and content type."""
        encoder, kind = choose_encoder(accept)
        with self._lock:
            figures = self._rendered.get(kind)
            if figures is None:
                self._accepted[kind] = accept
                figures = self._rendered[kind] = _body(accept, self._figures)
        return figures + encoder(self._pipeline), kind


def _body(accept: str, registry: CollectorRegistry) -> bytes:
    encoder: Callable[[Collector], bytes] = choose_encoder(accept)[0]
    return bytes(encoder(registry)).removesuffix(_END)
