"""The /metrics page: cached bytes of the figures, pipeline counts at each scrape.

Each unit's lines are kept and rendered again only when its figures change, so a new snapshot
costs little more than joining them. A scrape sends the joined bytes as they are; compressed, it
continues a copy of the compressor that has read them already.
"""

import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry

from services.metrics.adapters.lines import Heads, heads, lines_of
from services.metrics.telemetry import Exported, Snapshot
from shared.pages import Page, gzip_wanted

_END = b"# EOF\n"
_GZIP = 16 + zlib.MAX_WBITS
_FAST = 1
"""Level 1 takes a third of the time of the default and leaves a twelfth of the bytes."""

Key = tuple[str, str, str]
Lines = tuple[bytes, ...]


@dataclass(slots=True)
class _Rendered:
    """One snapshot's lines, joined per format when a format is first asked for."""

    units: Sequence[Exported] = ()
    lines: Sequence[Lines] = ()
    bodies: dict[bool, bytes] = field(default_factory=dict)
    compressors: dict[bool, tuple[bytes, Any]] = field(default_factory=dict)

    @property
    def partitions(self) -> frozenset[int]:
        return frozenset(unit.partition for unit in self.units)

    def body(self, openmetrics: bool) -> bytes:  # noqa: FBT001 - the cache's key
        if openmetrics not in self.bodies:
            self.bodies[openmetrics] = _joined(heads(openmetrics=openmetrics), self.lines)
        return self.bodies[openmetrics]

    def compressed(self, openmetrics: bool) -> tuple[bytes, Any]:  # noqa: FBT001 - likewise
        """The body compressed, and the compressor to continue with (by a copy)."""
        if openmetrics not in self.compressors:
            compressor = zlib.compressobj(_FAST, zlib.DEFLATED, _GZIP)
            start = compressor.compress(self.body(openmetrics))
            self.compressors[openmetrics] = start, compressor
        return self.compressors[openmetrics]

    def without(self, lost: frozenset[int]) -> "_Rendered":
        kept = [
            (unit, lines)
            for unit, lines in zip(self.units, self.lines, strict=True)
            if unit.partition not in lost
        ]
        return _Rendered([unit for unit, _ in kept], [lines for _, lines in kept])


class MetricsPage:
    """Renders for Accept headers; `owned` tells the partitions of this replica now."""

    def __init__(
        self, pipeline: CollectorRegistry, owned: Callable[[], Collection[int]] | None = None
    ) -> None:
        self._pipeline = pipeline
        self._owned = owned
        self._rendered = _Rendered()
        self._lines: dict[Key, tuple[Exported, Lines]] = {}
        self._asked: set[tuple[bool, bool]] = set()
        self._lock = Lock()
        self._replacing = Lock()
        self.compared_at = datetime.fromtimestamp(0, UTC)
        """When the figures were last known to be those of the store."""

    def replace(self, snapshot: Snapshot) -> None:
        """Take a new snapshot, rendered as it was asked for so far; called off the event path."""
        with self._replacing:
            known = self._lines
            fresh = {_key(unit): self._lines_of(unit, known) for unit in snapshot.units}
            rendered = _Rendered(
                [unit for unit, _ in fresh.values()], [lines for _, lines in fresh.values()]
            )
            for openmetrics, gzip in sorted(self._asked):
                _ = rendered.compressed(openmetrics) if gzip else rendered.body(openmetrics)
            self._lines = fresh
            with self._lock:
                self._rendered = rendered
                self.compared_at = snapshot.taken_at

    def confirm(self, now: datetime) -> None:
        """Say that the snapshot in hand is still what the store says."""
        self.compared_at = now

    @staticmethod
    def _lines_of(
        unit: Exported, known: dict[Key, tuple[Exported, Lines]]
    ) -> tuple[Exported, Lines]:
        before = known.get(_key(unit))
        return before if before is not None and before[0] == unit else (unit, lines_of(unit))

    def render(self, accept: str, accept_encoding: str = "") -> Page:
        """The page in the format and encoding that the headers ask for."""
        encoder, kind = choose_encoder(accept)
        openmetrics, gzip = kind.startswith("application/openmetrics"), gzip_wanted(accept_encoding)
        rest = bytes(encoder(self._pipeline))
        with self._lock:
            self._asked.add((openmetrics, gzip))
            self._drop_lost()
            if not gzip:
                return Page(self._rendered.body(openmetrics) + rest, kind)
            start, compressor = self._rendered.compressed(openmetrics)
            end = compressor.copy()
        return Page(start + end.compress(rest) + end.flush(), kind, "gzip")

    def _drop_lost(self) -> None:
        """Units of a partition that another replica owns are its to show, from now on."""
        if self._owned is None:
            return
        lost = self._rendered.partitions.difference(self._owned())
        if lost:
            self._rendered = self._rendered.without(lost)


def _key(unit: Exported) -> Key:
    status = unit.shown.status
    return status.plan, status.unit, status.indicator


def _joined(of_families: Heads, units: Sequence[Lines]) -> bytes:
    parts: list[bytes] = []
    for number, head in enumerate(of_families):
        parts.append(head)
        parts.extend([lines[number] for lines in units])
    return b"".join(parts)
