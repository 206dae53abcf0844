"""Stored statuses as OpenMetrics with timestamps, for a Prometheus that was not there.

A period has one sample a series, at the moment by which its figures are known to all: midnight in
China at the end of the month after the reporting month. The months' real days of publication
differ by year and are not stored; the end of the next month is after all of them. Periods whose
moment is not past yet are left out: the scrape shows them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from services.metrics.adapters.lines import heads, lines_of
from services.metrics.domain.exported import Exported, exported
from services.metrics.telemetry import READINGS
from services.metrics.use_cases.read_clusters import ReadClusters
from shared.clock import CHINA
from shared.events.period import Month

RECENT = timedelta(hours=3)
"""Prometheus keeps the last hours in its head block, which imported blocks must not overlap."""


def known_at(period: Month) -> datetime:
    """When the figures of a reporting month are known to all."""
    after_next = period.following.following
    return datetime(after_next.year, after_next.month, 1, tzinfo=CHINA)


def history_of(read: ReadClusters, now: datetime) -> Iterator[tuple[datetime, Exported]]:
    """Every stored status whose moment is past, masked as the page of metrics is."""
    for plan in read.plans():
        for shown in read.all_periods(plan):
            moment = known_at(Month.parse(shown.status.period))
            if moment <= now - RECENT:
                yield moment, exported(plan, shown, partition=0)


def openmetrics(history: Iterable[tuple[datetime, Exported]]) -> Iterator[bytes]:
    """A file for `promtool tsdb create-blocks-from openmetrics`, in pieces.

    Samples of a series stand together, oldest first; of a state set those of all its states.
    """
    families = [dict[object, list[bytes]]() for _ in READINGS]
    for moment, unit in history:
        stamp = f" {int(moment.timestamp())}\n".encode()
        for reading, series, lines in zip(READINGS, families, lines_of(unit), strict=True):
            together = reading.family.kind == "stateset"
            for line in lines.splitlines():
                key = unit.labels if together else line.rpartition(b" ")[0]
                series.setdefault(key, []).append(line + stamp)
    for head, series in zip(heads(openmetrics=True), families, strict=True):
        yield head
        yield b"".join(line for lines in series.values() for line in lines)
    yield b"# EOF\n"
