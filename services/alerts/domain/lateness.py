"""Rules `report_late` and `coverage_low`: the deadline has passed; nobody reported, or too few."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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

SEVERITY = ((1, Colour.BLUE), (3, Colour.YELLOW), (5, Colour.ORANGE), (10, Colour.RED))
"""(working days late, colour), growing."""


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """Deadline, gate and the ladder of severities."""

    enabled: bool = True
    deadline_day: int = 12
    """Day of the month after the period; moved to the next working day."""
    minimum_coverage: float = 0.95
    severity: tuple[tuple[int, Colour], ...] = SEVERITY
    unit_kinds: tuple[str, ...] = ("cluster",)
    """Kinds of unit whose reports are waited for."""


Say = Callable[[DeadlineRule, Status | None], Signal]
"""What a due period's status says after the deadline; null is a period without status."""


def late_signal(rule: DeadlineRule, status: Status | None) -> Signal:
    """Nobody has reported. No status for a due period means the same."""
    if status is None:
        return Signal(SignalKind.FIRE, "no_status_for_due_period")
    if status.enterprises.expected == 0:
        return Signal(SignalKind.CLEAR, "nothing_expected")
    if status.enterprises.reporting == 0:
        return Signal(SignalKind.FIRE, "nobody_reported")
    if status.coverage is not None and status.coverage < rule.minimum_coverage:
        return Signal(SignalKind.CLEAR, "reported_in_part")
    return Signal(SignalKind.CLEAR, "reported")


def thin_signal(rule: DeadlineRule, status: Status | None) -> Signal:
    """Some have reported, but fewer than the gate asks for; nobody at all is `report_late`."""
    if status is None:
        return Signal(SignalKind.HOLD, "no_status_for_due_period")
    if status.enterprises.expected == 0:
        return Signal(SignalKind.CLEAR, "nothing_expected")
    if status.enterprises.reporting == 0:
        return Signal(SignalKind.HOLD, "nobody_reported")
    if status.coverage is None:
        return Signal(SignalKind.HOLD, "coverage_unknown")
    if status.coverage < rule.minimum_coverage:
        return Signal(SignalKind.FIRE, "coverage_below_gate")
    return Signal(SignalKind.CLEAR, "reported")


def assess_report_late(
    rule: DeadlineRule, statuses: Iterable[Status], today: date, days: WorkingDays
) -> Outcome:
    """Nobody has reported a due period."""
    return _assess(rule, late_signal, statuses, today, days)


def assess_coverage_low(
    rule: DeadlineRule, statuses: Iterable[Status], today: date, days: WorkingDays
) -> Outcome:
    """Too few have reported a due period."""
    return _assess(rule, thin_signal, statuses, today, days)


def _assess(
    rule: DeadlineRule, say: Say, statuses: Iterable[Status], today: date, days: WorkingDays
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
    said = say(rule, table.get(period))
    if said.kind is SignalKind.CLEAR:
        return _not_late(said, period, table.get(period), warnings)
    since = _first_late(rule, say, table, period)
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
        colour=severity_of(rule.severity, late),
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


def _first_late(
    rule: DeadlineRule, say: Say, table: Mapping[Month, Status], period: Month
) -> Month | None:
    """Oldest late period of the stretch that ends at `period`; null when only held ones are."""
    oldest = min(table)
    found: Month | None = None
    while period >= oldest:
        said = say(rule, table.get(period)).kind
        if said is SignalKind.CLEAR:
            break
        if said is SignalKind.FIRE:
            found = period
        period = period.reporting_before()
    return found


def severity_of(ladder: Sequence[tuple[int, Colour]], working_days: int) -> Colour:
    """The highest rung reached; the lowest from the first day on."""
    reached = [colour for days, colour in ladder if working_days >= days]
    return reached[-1] if reached else ladder[0][1]
