"""Rule `report_late`: the deadline has passed and the reports are not there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.alerts.domain.calendar import (
    WorkingDays,
    deadline,
    newest_due,
    working_days_since,
)
from services.alerts.domain.outcome import Outcome, Phase, Signal, SignalKind
from shared.events.period import Month
from shared.events.status import Colour, Status


@dataclass(frozen=True, slots=True)
class ReportLateRule:
    """Deadline, gate and the ladder of severities."""

    enabled: bool = True
    deadline_day: int = 12
    """Day of the month after the period; moved to the next working day."""
    minimum_coverage: float = 0.95
    severity: tuple[tuple[int, Colour], ...] = (
        (1, Colour.BLUE),
        (3, Colour.YELLOW),
        (5, Colour.ORANGE),
        (10, Colour.RED),
    )
    """(working days late, colour), growing."""
    unit_kinds: tuple[str, ...] = ("cluster",)
    """Kinds of unit whose reports are waited for."""


def signal(rule: ReportLateRule, status: Status | None) -> Signal:
    """What a due period's status says after the deadline; no status: nobody reported."""
    if status is None:
        return Signal(SignalKind.FIRE, "no_status_for_due_period")
    if status.enterprises.expected == 0:
        return Signal(SignalKind.CLEAR, "nothing_expected")
    if status.enterprises.reporting == 0:
        return Signal(SignalKind.FIRE, "nobody_reported")
    if status.coverage is None:
        return Signal(SignalKind.HOLD, "coverage_unknown")
    if status.coverage < rule.minimum_coverage:
        return Signal(SignalKind.FIRE, "coverage_below_gate")
    return Signal(SignalKind.CLEAR, "reported")


def assess_lateness(
    rule: ReportLateRule, statuses: Iterable[Status], today: date, days: WorkingDays
) -> Outcome:
    """Outcome of a series on a day; only the newest due period can be late.

    A series is waited for from its first period on. Severity grows with the working days since
    the deadline of the oldest period in the unbroken stretch of late ones.
    """
    table = {Month.parse(status.period): status for status in statuses}
    period = newest_due(today, rule.deadline_day, days)
    if not table or period < min(table):
        return Outcome(Phase.INACTIVE, "not_yet_due", withdrawable=False)
    due = deadline(period, rule.deadline_day, days)
    warnings = () if due.official else ("calendar_weekends_only",)
    said = signal(rule, table.get(period))
    if said.kind is SignalKind.CLEAR:
        return _not_late(said, period, table.get(period), warnings)
    since = _first_late(rule, table, period)
    if since is None:
        return Outcome(
            Phase.INACTIVE, said.reason, period=period, withdrawable=False, warnings=warnings
        )
    oldest = deadline(since, rule.deadline_day, days)
    late = working_days_since(oldest.day, today, days)
    return Outcome(
        Phase.FIRING,
        said.reason,
        period=period,
        colour=_severity(rule, late),
        since=since,
        fired=since,
        announces=said.kind is SignalKind.FIRE,
        status=table.get(period),
        withdrawable=False,
        working_days_late=late,
        warnings=warnings,
    )


def _not_late(
    said: Signal, period: Month, status: Status | None, warnings: tuple[str, ...]
) -> Outcome:
    return Outcome(
        Phase.INACTIVE,
        said.reason,
        period=period,
        colour=Colour.GREEN,
        status=status,
        withdrawable=False,
        warnings=warnings,
    )


def _first_late(rule: ReportLateRule, table: Mapping[Month, Status], period: Month) -> Month | None:
    """Oldest late period of the stretch that ends at `period`; null when only held ones are."""
    oldest = min(table)
    found: Month | None = None
    while period >= oldest:
        said = signal(rule, table.get(period)).kind
        if said is SignalKind.CLEAR:
            break
        if said is SignalKind.FIRE:
            found = period
        period = period.reporting_before()
    return found


def _severity(rule: ReportLateRule, working_days: int) -> Colour:
    """The highest rung reached; the lowest from the first day on."""
    reached = [colour for days, colour in rule.severity if working_days >= days]
    return reached[-1] if reached else rule.severity[0][1]
