"""What a paper is made from, complete and frozen: nothing else is asked when it is made again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.papers.hidden import Hidden
from services.alerts.domain.papers.plan_facts import PlanFacts
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm
from shared.events.notices import Notice
from shared.events.period import Month
from shared.events.status import Status
from shared.stalling import StallingLimits

FORMAT = 1
"""Of the stored snapshot; a later reader can tell what it may expect in one."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """How far a source has reported a feed."""

    topic: str
    source: str
    newest: str
    """Newest period, YYYY-MM."""


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """What the reporting calendar said on the day."""

    today: date
    """In China."""
    newest_due: str
    """The newest reporting period whose deadline had passed."""
    deadline: date
    """Of the newest due period."""
    working_days_late: int
    """Working days from that deadline to the day."""
    official: bool
    """False where public holidays of the year were not known, only weekends."""
    minimum_coverage: float
    """Below it a report counts as late."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of an earlier issue that read differently when this one was frozen."""

    unit: str
    indicator: str
    period: str
    field: str
    said: int | float | str | None
    now: int | float | str | None
    said_in: str
    """Period of the issue that said it."""
    public: bool
    """Whether both figures may be shown to readers without the right."""

    @property
    def difference(self) -> int | float | None:
        """Now minus said; null where one of both is no number."""
        if isinstance(self.said, (int, float)) and isinstance(self.now, (int, float)):
            return self.now - self.said
        return None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issued paper, without its snapshot."""

    rhythm: Rhythm
    plan: str
    period: str
    issued_at: datetime
    issued_by: str
    sha256: str
    """Of the snapshot's canonical JSON."""


@dataclass(frozen=True, slots=True)
class Before:
    """The issue before this one of the same rhythm and plan, by time of issue, and what it said."""

    period: str
    issued_at: datetime
    sha256: str
    hidden: Hidden | None
    headlines: tuple[Status, ...] = ()
    """The newest status of each series that it was made from; empty unless the rhythm compares."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything a paper of any unit and reader is made from; complete, so never shown as it is."""

    rhythm: Rhythm
    period: str
    plan: PlanFacts
    frozen_at: datetime
    number: int
    """Of the issue within its series and year, from 1."""
    data_label: str
    """Words that stand with all figures, such as 模拟数据."""
    statuses: tuple[Status, ...]
    """Of the plan, of the months that the rhythm wants; by unit, indicator and period."""
    alerts: tuple[Alert, ...]
    """Of the plan: those that fire or are watched, and those that changed from the period's first
    day on or since the issue before; by fingerprint."""
    transitions: tuple[Transition, ...]
    """Of these alerts, in the same time, in order."""
    held: tuple[Notice, ...]
    """Reports that waited for confirmation, the oldest first; subjects are tokens."""
    feeds: tuple[FeedState, ...]
    calendar: CalendarFacts
    stalling: StallingLimits
    hidden: Hidden | None
    """Null where masking was off."""
    changes: tuple[Change, ...] = ()
    before: Before | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What a rhythm freezes beside, such as criteria and weights; plain JSON."""
    issuer: str = ""
    """Office in whose name the paper goes out; empty for none."""
    is_draft: bool = False
    """Made to be looked at, and not stored."""
    format: int = FORMAT

    @property
    def paper_period(self) -> PaperPeriod:
        """The period, parsed."""
        return PaperPeriod.parse(self.rhythm, self.period)

    @cached_property
    def by_series(self) -> Mapping[tuple[str, str], Mapping[Month, Status]]:
        """Statuses by (unit, indicator), then by period in order of time."""
        found: dict[tuple[str, str], dict[Month, Status]] = {}
        for status in sorted(self.statuses, key=lambda one: (one.unit, one.indicator, one.period)):
            series = found.setdefault((status.unit, status.indicator), {})
            series[Month.parse(status.period)] = status
        return found

    def newest(self, unit: str, indicator: str) -> Status | None:
        """The newest status of a series."""
        series = self.by_series.get((unit, indicator))
        return None if not series else series[max(series)]

    def value_status(self, unit: str, period: Month | None = None) -> Status | None:
        """Status of the indicator that a unit is judged by: of a period, else the newest."""
        facts = self.plan.by_id.get(unit)
        if facts is None:
            return None
        if period is None:
            return self.newest(unit, facts.value_indicator)
        return self.by_series.get((unit, facts.value_indicator), {}).get(period)
