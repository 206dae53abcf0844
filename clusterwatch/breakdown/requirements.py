"""What a target requires of every year and month on its way. Pure: figures in, figures out.

The required values are those of the verdicts (`judge`), so that the paper and the wall agree.
A value that is not known is None with its reason; nothing is divided by twelve and nothing is
zero because it is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from clusterwatch.breakdown import words
from clusterwatch.breakdown.known import Known, KnownBase
from services.metrics.domain.assessment import Goal, Judgement, Latest
from services.metrics.domain.levels import exact, growth_rate
from services.metrics.domain.paths import Point
from services.metrics.domain.shares import CumulativeShare, ShareSource, required_year_to_date
from services.metrics.domain.target_kinds import (
    RULES,
    assessment_of,
    base_of,
    goal_of,
    rule_of,
)
from services.metrics.domain.verdicts import judge
from shared.plans import PathKind, Plan, PlanIndicator, TargetKind
from shared.plans.targets import Target

MONTHS = tuple(range(2, 13))
"""The eleven periods of a year: January is not collected, February stands for both."""

_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class YearBreakdown:
    """One year: all values in base units."""

    year: int
    required: int | None
    months: tuple[int | None, ...]
    """By `MONTHS`: year-to-date for flows of a year, otherwise the level at the month's end."""
    reasons: tuple[str, ...] = ()
    """Why values are missing, or how they are meant."""


@dataclass(frozen=True, slots=True)
class TargetBreakdown:
    """One target and what it requires on its way."""

    plan: Plan
    indicator: PlanIndicator
    target: Target | None
    goal: Goal
    base: Point | None
    base_source: str
    path: PathKind
    """The path used, which may differ from the plan's where that crosses zero."""
    growth: float | None
    """Required growth a year on a path of constant growth, as a ratio."""
    years: tuple[YearBreakdown, ...]
    reasons: tuple[str, ...]


def break_down(
    plan: Plan, known: Known, years: Sequence[int] | None = None
) -> list[TargetBreakdown]:
    """Every target of a plan, in the plan's order; an indicator without one gets a row, too.

    `years` are calendar years; by default all from the year after the plan's base year on.
    """
    chosen = tuple(years) if years is not None else years_of(plan)
    return [
        _target_breakdown(plan, indicator, target, known, chosen)
        for indicator in plan.indicators
        for target in _judged_targets(indicator)
    ]


def years_of(plan: Plan) -> tuple[int, ...]:
    """The years from the plan's base year, exclusive, to its last target year."""
    dated = [t.year for i in plan.indicators for t in i.targets if t.year is not None]
    return tuple(range(plan.base_year + 1, max([plan.target_year, *dated]) + 1))


def _judged_targets(indicator: PlanIndicator) -> Sequence[Target | None]:
    """Each target by itself; stations of a milestones path belong to the target that decides."""
    if not indicator.targets or indicator.path is PathKind.MILESTONES:
        return [indicator.target]
    return indicator.targets


def _target_breakdown(
    plan: Plan,
    indicator: PlanIndicator,
    target: Target | None,
    known: Known,
    years: Sequence[int],
) -> TargetBreakdown:
    if indicator.path is not PathKind.MILESTONES and target is not None:
        indicator = replace(indicator, targets=(target,))
    base_year = indicator.base.year if indicator.base else plan.base_year
    found = _base(plan, indicator, known)
    value = None if found is None else found.value
    base = base_of(indicator, base_year, value)
    goal = goal_of(indicator, base)
    at_target = judge(assessment_of(indicator, base_year, value, Latest(None, base_year + 1)))
    way = _Way(plan, indicator, goal, base_year, value, known)
    missing = words.why_missing(indicator, goal, base)
    return TargetBreakdown(
        plan=plan,
        indicator=indicator,
        target=target,
        goal=goal,
        base=base,
        base_source=_base_source(indicator, base, found),
        path=at_target.path,
        growth=_growth(at_target.path, base, goal),
        years=tuple(way.year(year, missing) for year in years),
        reasons=(*missing, *words.notes(at_target.reasons)),
    )


def _base(plan: Plan, indicator: PlanIndicator, known: Known) -> KnownBase | None:
    base = indicator.base
    if base is None:
        return None
    if base.from_data:
        return known.base(plan, indicator)
    return None if base.base_units is None else KnownBase(base.base_units, base.source)


def _base_source(indicator: PlanIndicator, base: Point | None, found: KnownBase | None) -> str:
    if base is None:
        return ""
    if RULES[indicator.kind].zero_base:
        return words.COUNTED_FROM_ZERO
    return words.source(found.source) if found is not None else ""


def _growth(path: PathKind, base: Point | None, goal: Goal) -> float | None:
    if path is not PathKind.CAGR or base is None or goal.year is None:
        return None
    if base.value is None or goal.value is None or goal.year <= base.year:
        return None
    return growth_rate(exact(base.value), exact(goal.value), Fraction(goal.year - base.year))


@dataclass(frozen=True, slots=True)
class _Way:
    """From base to target, with all that is known of it."""

    plan: Plan
    indicator: PlanIndicator
    goal: Goal
    base_year: int
    base_value: int | None
    known: Known

    def year(self, year: int, missing: tuple[str, ...]) -> YearBreakdown:
        blank = (None,) * len(MONTHS)
        if not self._covers(year):
            return YearBreakdown(year, None, blank, (words.OUTSIDE,))
        required = None if missing else self._judged(year).required_year
        if required is None:
            return YearBreakdown(year, None, blank, missing)
        if not rule_of(self.indicator).paced:
            levels = tuple(self._judged(year, month).required for month in MONTHS)
            return YearBreakdown(year, required, levels, words.meaning_of(self.indicator.kind))
        return self._paced(year, required)

    def _covers(self, year: int) -> bool:
        """Whether the target says anything of this year."""
        last = self.goal.year if self.goal.year is not None else self.plan.target_year
        if self.indicator.kind in {TargetKind.MILESTONE, TargetKind.TEXT}:
            return True
        return self.base_year < year <= last

    def _judged(self, year: int, month: int = _DECEMBER) -> Judgement:
        latest = Latest(None, year, month)
        return judge(assessment_of(self.indicator, self.base_year, self.base_value, latest))

    def _paced(self, year: int, required: int) -> YearBreakdown:
        """Year-to-date by the historical cumulative share; December is the whole year."""
        months: list[int | None] = []
        sources: dict[str, None] = {}
        for month in MONTHS[:-1]:
            share = self.known.share(self.plan, self.indicator, year, month)
            if share is None:
                months.append(None)
                continue
            sources[share.source] = None
            pace = CumulativeShare(share.value, 1, ShareSource.OWN)
            months.append(required_year_to_date(required, pace))
        if None in months:
            sources[words.NO_SHARE] = None
        return YearBreakdown(year, required, (*months, required), (words.YTD, *sources))
