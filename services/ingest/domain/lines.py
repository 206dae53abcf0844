"""Report lines: validated, in base units, ready to be compared with what stands."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Protocol

import msgspec

from services.ingest.domain import subjects
from services.ingest.domain.subjects import Subject
from services.ingest.domain.versions import Version, check_not_in_future, digest
from shared.events.inputs import Number, OutputEvent
from shared.events.measures import INDICATORS, Indicator, factor_of, scaled
from shared.events.period import Month
from shared.events.reasons import Reason, Refused

REMEMBERED_LINES = 16_384
"""Lines whose identity and neighbours in time are remembered, some 1.5 KB each in all: those of
several batches. With many enterprises the same line seldom comes again, however many are kept."""

reporting_month = lru_cache(maxsize=4_096)(Month.parse_reporting)
"""`Month.parse_reporting`, remembered: thousands of lines are about the same few months."""


class Figures(msgspec.Struct, frozen=True, gc=False):
    """The four numbers of a line, in base units; null where nothing was reported."""

    month: int | None = None
    ytd: int | None = None
    month_last_year: int | None = None
    ytd_last_year: int | None = None


class ProjectDetails(msgspec.Struct, frozen=True, gc=False):
    """What a project's line says beside its four numbers: where it is, and how far it has come.

    Amounts are in yuan, the contracted total in whole units of its currency; days are ISO dates.
    """

    region: str
    industry: str = ""
    """Empty where the feed has none."""
    cluster: str | None = None
    stage: str = ""
    """Empty where the feed has none."""
    planned_total: int | None = None
    since_start: int | None = None
    completed_on: str | None = None
    park: str | None = None
    started_on: str | None = None
    occurred_on: str | None = None
    contracted_total: int | None = None
    currency: str | None = None
    manufacturing: bool | None = None
    origin: str | None = None
    top500: bool | None = None


class Line(msgspec.Struct, frozen=True, gc=False):
    """One version of one line: (subject, indicator, period)."""

    subject: Subject
    topic: str
    indicator: str
    period: Month
    figures: Figures
    version: Version
    source: str
    broker_ms: int
    """When the broker received it, milliseconds since 1970."""
    project: ProjectDetails | None = None


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where an event came from."""

    event_id: str
    source: str
    topic: str
    broker_ms: int


def read_output(event: OutputEvent, origin: Origin) -> Line:
    """Validate one line of an enterprise's monthly report. Raises `Refused`."""
    subject, indicator, period = _place(event.uscc, event.period, event.indicator, origin.topic)
    figures = figures_of(event, indicator)
    if (figures.month if indicator.stock else figures.ytd) is None:
        raise _misses(indicator)
    version = version_of(event, origin, figures, None)
    source, broker_ms = origin.source, origin.broker_ms
    return Line(subject, origin.topic, indicator.id, period, figures, version, source, broker_ms)


# Remembered: what is reported again and again need not be checked again.
@lru_cache(maxsize=REMEMBERED_LINES)
def _place(uscc: str, period: str, indicator: str, topic: str) -> tuple[Subject, Indicator, Month]:
    """What a line is about. Raises `Refused`."""
    subject = subjects.enterprise(uscc)
    month = reporting_month(period)
    found = INDICATORS.get(indicator)
    if found is None or found.topic != topic:
        known = ", ".join(i.id for i in INDICATORS.values() if i.topic == topic)
        raise Refused(Reason.UNKNOWN_INDICATOR, "indicator", f"{indicator!r} is not one of {known}")
    return subject, found, month


def check_region(code: str, regions: Collection[str]) -> None:
    """Refuse a region code that no plan covers. Raises `Refused`."""
    if code not in regions:
        raise Refused(
            Reason.UNKNOWN_REGION, "region", f"{code!r} is in no plan (known: {sorted(regions)})"
        )


def check_cluster(unit: str, clusters: Collection[str], field: str) -> None:
    """Refuse a cluster that no plan has. Raises `Refused` with `OUT_OF_RANGE`."""
    if unit not in clusters:
        raise Refused(Reason.OUT_OF_RANGE, field, f"no plan has a cluster {unit!r}")


class _Reported(Protocol):
    """The four numbers of an event, in its unit."""

    @property
    def unit(self) -> str: ...
    @property
    def month(self) -> Number | None: ...
    @property
    def ytd(self) -> Number | None: ...
    @property
    def month_last_year(self) -> Number | None: ...
    @property
    def ytd_last_year(self) -> Number | None: ...


def figures_of(event: _Reported, indicator: Indicator) -> Figures:
    """The reported numbers in base units, null for null. Raises `Refused`.

    A wrong unit is refused even when the line has no number in it.
    """
    factor = factor_of(event.unit, indicator)
    month, ytd = event.month, event.ytd
    month_before, ytd_before = event.month_last_year, event.ytd_last_year
    return Figures(
        None if month is None else scaled(month, factor, "month"),
        None if ytd is None else scaled(ytd, factor, "ytd"),
        None if month_before is None else scaled(month_before, factor, "month_last_year"),
        None if ytd_before is None else scaled(ytd_before, factor, "ytd_last_year"),
    )


def _misses(indicator: Indicator) -> Refused:
    if indicator.stock:
        detail = f"{indicator.id} is a level: its month is needed"
        return Refused(Reason.MISSING_FIELD, "month", detail)
    detail = f"{indicator.id} needs ytd, which is authoritative"
    return Refused(Reason.MISSING_FIELD, "ytd", detail)


class _Versioned(Protocol):
    """What every event says about its version."""

    @property
    def revision(self) -> int: ...
    @property
    def reported_at(self) -> datetime: ...


def version_of(event: _Versioned, origin: Origin, *content: object) -> Version:
    """Rank of an event whose normalised content this is. Raises `Refused` for a future one."""
    reported_at_us = check_not_in_future(event.reported_at, origin.broker_ms)
    return Version(event.revision, reported_at_us, origin.event_id, digest(content))
