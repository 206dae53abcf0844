"""The yearly assessment (年考核): each broken-down target of the year against what was achieved.

Required is what the plan's path asks of the year, as the status of December states it; in the
target year that is the target itself. Both are compared by the target's own comparator: exactly
100 does not meet 突破100. Nothing is judged without a target, and a null is never a failure.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.alerts.domain.papers.plan_facts import IndicatorFacts, TargetFacts
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import ReaderView
from shared.confidentiality import Shown
from shared.events.period import Month
from shared.events.status import Status, Verdict
from shared.plans import TargetKind
from shared.plans.comparing import meets
from shared.plans.targets import Comparator


class Result(StrEnum):
    """What the year came to."""

    MET = "met"
    MISSED = "missed"
    NOT_ASSESSABLE = "not_assessable"
    """There is a target, and the year cannot be held against it; the reason says why."""
    SUPPRESSED = "suppressed"
    """The reader sees the direction alone: whether the year's value was met would narrow it."""
    NOT_JUDGED = "not_judged"
    """There is nothing to be judged by."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """One target of one unit in one year; amounts in base units, growth in millionths."""

    indicator: IndicatorFacts
    target: TargetFacts | None
    result: Result
    reason: str = ""
    """Why it is not judged or not assessable."""
    level: int | None = None
    required: int | None = None
    shown: Shown | None = None
    """The status of December as the reader may see it; null without one."""

    @property
    def surplus(self) -> int | None:
        """Achieved above required in the wanted direction; negative is missed."""
        if self.level is None or self.required is None:
            return None
        return self.indicator.direction * (self.level - self.required)

    @property
    def is_growth(self) -> bool:
        """Whether level and required are growth rates in millionths."""
        return is_growth(self.indicator)


def is_growth(indicator: IndicatorFacts) -> bool:
    """Whether the target is a growth a year."""
    return indicator.kind == TargetKind.GROWTH


def assess_year(
    snapshot: Snapshot, view: ReaderView, units: Collection[str], year: int
) -> tuple[Assessed, ...]:
    """Every indicator of some units, in the plan's order."""
    return tuple(
        _assessed(snapshot, view, indicator, year)
        for indicator in snapshot.plan.indicators
        if indicator.unit in units
    )


def _assessed(
    snapshot: Snapshot, view: ReaderView, indicator: IndicatorFacts, year: int
) -> Assessed:
    target = indicator.target
    series = snapshot.by_series.get((indicator.unit, indicator.indicator), {})
    status = series.get(Month(year, 12))
    shown = None if status is None else view.show(status)

    def result(what: Result, reason: str = "") -> Assessed:
        return Assessed(indicator, target, what, reason, shown=shown)

    idle = next(_why_not_judged(snapshot, indicator, target, year), None)
    if idle is not None:
        return result(Result.NOT_JUDGED, idle)
    if status is None or shown is None or target is None:
        return result(Result.NOT_ASSESSABLE, "not_reported")
    if shown.suppressed:
        return result(Result.SUPPRESSED)
    seen = shown.status
    level, required = seen.level, _required(indicator, target, seen, year)
    if level is None and status.level is not None:
        return result(Result.SUPPRESSED)
    blocked = _why_not_assessable(seen, level, required)
    if level is None or required is None or blocked is not None:
        return result(Result.NOT_ASSESSABLE, blocked or "no_figure")
    comparator = Comparator.AT_LEAST if is_growth(indicator) else target.comparator
    met = meets(level, str(comparator), required, indicator.direction)
    return Assessed(
        indicator,
        target,
        Result.MET if met else Result.MISSED,
        level=level,
        required=required,
        shown=shown,
    )


def _why_not_judged(
    snapshot: Snapshot, indicator: IndicatorFacts, target: TargetFacts | None, year: int
) -> Iterator[str]:
    """Reasons that lie in the plan alone."""
    if target is None or indicator.kind == TargetKind.TEXT:
        yield "no_target"
        return
    if target.value is None and indicator.kind not in {TargetKind.MULTIPLE, TargetKind.MILESTONE}:
        yield target.missing or "no_target"
    if year <= snapshot.plan.base_year:
        yield "before_the_plan"
    if target.year is not None and year > target.year:
        yield "target_year_past"
    if indicator.kind == TargetKind.MILESTONE and target.year is not None and year < target.year:
        yield "not_due"


def _required(
    indicator: IndicatorFacts, target: TargetFacts, status: Status, year: int
) -> int | None:
    """What the year asks for, in the measure of the level.

    Without a base there is no path; the target itself can be held against the figure in its own
    year, and before only once it is met.
    """
    if is_growth(indicator):
        return target.value
    if indicator.kind == TargetKind.MILESTONE:
        return 1
    if status.required_year is None and (target.year == year or status.verdict is Verdict.ACHIEVED):
        return target.value
    return status.required_year


_BLOCKING = frozenset({Verdict.INCOMPLETE, Verdict.NOT_ASSESSABLE})


def _why_not_assessable(status: Status, level: int | None, required: int | None) -> str | None:
    """Reasons that lie in the figures: thin coverage, a broken series, no base."""
    if status.verdict in _BLOCKING:
        return str(status.verdict)
    if required is None:
        return str(Verdict.NO_BASE)
    return "no_figure" if level is None else None
