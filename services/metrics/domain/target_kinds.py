"""How each kind of target is followed: which figure counts, from which base, against what.

The catalogue gives every indicator a kind and a path; this table says what the kind means for the
figures, so that nobody compares a cumulative figure with an annual one or interpolates a floor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from services.metrics.domain.assessment import Assessment, Goal, Latest
from services.metrics.domain.levels import exact, rounded
from services.metrics.domain.paths import Point
from shared.plans.model import PlanIndicator
from shared.plans.targets import PathKind, Target, TargetKind

MICRO = 1_000_000
"""Ratios are kept as integers of one millionth."""


class Figure(StrEnum):
    """The figure that is held against the target."""

    ROLLING_YEAR = "rolling_year"
    """Total of the last twelve months; in December the year's total."""
    STAND = "stand"
    """What stands at the end of the period."""
    SINCE_BASE = "since_base"
    """Sum of everything since the end of the base year."""
    GROWTH = "growth"
    """Growth against the same period of last year, in millionths."""
    DONE = "done"
    """One when done, zero before."""
    NOTHING = "nothing"
    """Shown, never judged."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a kind of target means for figures and bases."""

    figure: Figure
    paced: bool = False
    """Whether a year-to-date can be required of it (by the historical cumulative share)."""
    zero_base: bool = False
    """Counted from zero at the end of the base year."""


RULES: Mapping[TargetKind, Rule] = {
    TargetKind.ANNUAL_FLOW: Rule(Figure.ROLLING_YEAR, paced=True),
    TargetKind.STOCK: Rule(Figure.STAND),
    TargetKind.SHARE: Rule(Figure.STAND),
    TargetKind.RATE: Rule(Figure.STAND),
    TargetKind.PER_CAPITA: Rule(Figure.STAND),
    TargetKind.INCREMENT: Rule(Figure.SINCE_BASE, zero_base=True),
    TargetKind.YEARLY_COUNT: Rule(Figure.ROLLING_YEAR, paced=True),
    TargetKind.MULTIPLE: Rule(Figure.ROLLING_YEAR, paced=True),
    TargetKind.RANK: Rule(Figure.STAND),
    TargetKind.COVERAGE: Rule(Figure.STAND),
    TargetKind.FLOOR: Rule(Figure.STAND),
    TargetKind.CEILING: Rule(Figure.STAND),
    TargetKind.GROWTH: Rule(Figure.GROWTH),
    TargetKind.MILESTONE: Rule(Figure.DONE),
    TargetKind.TEXT: Rule(Figure.NOTHING),
}

_TIMES = "倍"
_TIMES_RULE = Rule(Figure.STAND)


def rule_of(indicator: PlanIndicator) -> Rule:
    """What the indicator's kind means; a multiple that is itself reported in times just stands."""
    return _TIMES_RULE if _in_times(indicator) else RULES[indicator.kind]


def is_flow(indicator: PlanIndicator) -> bool:
    """Whether figures of a year add up to it: a period then has what the year brought so far."""
    return rule_of(indicator).figure in {Figure.ROLLING_YEAR, Figure.SINCE_BASE}


def _in_times(indicator: PlanIndicator) -> bool:
    return indicator.kind is TargetKind.MULTIPLE and indicator.measure == _TIMES


def assessment_of(
    indicator: PlanIndicator, base_year: int, base_value: int | None, latest: Latest
) -> Assessment:
    """What `judge` needs for a plan indicator; add coverage and forecast with `replace`.

    `latest` is the figure its rule names, in base units; `base_value` the known base, or None.
    Earlier dated targets are stations of a milestones path.
    """
    base = base_of(indicator, base_year, base_value)
    goal = goal_of(indicator, base)
    stations = [t for t in indicator.targets if t.year is not None and t is not indicator.target]
    return Assessment(
        goal=goal,
        base=base,
        latest=latest,
        direction=indicator.direction,
        path=_path_of(indicator, goal, latest),
        milestones=tuple(Point(t.year or 0, t.base_units) for t in stations),
    )


def _path_of(indicator: PlanIndicator, goal: Goal, latest: Latest) -> PathKind:
    """The plan's path; a milestone is judged once it is done or due, as a count of one."""
    if indicator.kind is not TargetKind.MILESTONE:
        return indicator.path
    due = goal.year is not None and latest.at >= goal.year
    return PathKind.YEARLY if due or latest.value else PathKind.NONE


def base_of(indicator: PlanIndicator, base_year: int, value: int | None) -> Point | None:
    """The base its path starts from; `value` is the known base in base units, or None.

    What is counted from zero has the base zero, whatever stood before; a multiple that is reported
    in times began as one; what is due every year has no base at all.
    """
    defined = defined_base(indicator)
    if defined is not None:
        return Point(base_year, defined)
    if indicator.kind in {TargetKind.YEARLY_COUNT, TargetKind.GROWTH}:
        return None
    return None if value is None else Point(base_year, value)


def defined_base(indicator: PlanIndicator) -> int | None:
    """The base that follows from the kind alone: zero, or one time (in millionths)."""
    if RULES[indicator.kind].zero_base:
        return 0
    return MICRO if _in_times(indicator) else None


def goal_of(indicator: PlanIndicator, base: Point | None, target: Target | None = None) -> Goal:
    """The goal in base units; its value is None while it is not known, never zero.

    `target` is one of the indicator's targets, by default the one that decides. A multiple is
    taken of the base; a growth a year stays a rate in millionths, with ``>=``.
    """
    chosen = target if target is not None else indicator.target
    year = None if chosen is None else chosen.year
    if indicator.kind is TargetKind.TEXT:
        return Goal(None, year)
    if indicator.kind is TargetKind.MILESTONE:
        return Goal(1, year, ">=")
    if indicator.kind is TargetKind.MULTIPLE:
        comparator = "=" if chosen is None else str(chosen.comparator)
        value = multiple_of(base, indicator.multiple)
        return Goal(value, year, comparator, of_base=indicator.multiple is not None)
    if chosen is None:
        return Goal(None, None)
    comparator = ">=" if indicator.kind is TargetKind.GROWTH else str(chosen.comparator)
    return Goal(chosen.base_units, year, comparator)


def multiple_of(base: Point | None, multiple: Decimal | None) -> int | None:
    """翻番, 倍增: a multiple of the base in whole base units; None without a base."""
    if base is None or base.value is None or multiple is None:
        return None
    return rounded(exact(base.value) * exact(multiple))


def since_base(annual: Mapping[int, int | None], base_year: int, year: int) -> int | None:
    """Sum of the years after the base year up to `year`; None while one of them is missing."""
    values = [annual.get(each) for each in range(base_year + 1, year + 1)]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def growth_of(current: int | None, last_year: int | None) -> int | None:
    """Growth in millionths; None where last year's figure is missing, zero or negative."""
    if current is None or last_year is None or last_year <= 0:
        return None
    return rounded((Fraction(current, last_year) - 1) * MICRO)
