"""The figure of a unit that the plan holds against its target."""

from services.metrics.domain.figures import Figures
from services.metrics.domain.inputs import UnitInputs
from services.metrics.domain.target_kinds import Figure, growth_of, rule_of, since_base
from shared.events.period import Month

YEARS_SINCE_BASE_MISSING = "years_since_base_missing"
"""Reason word: the sum since the base lacks a year, so it is not known."""


def level_of(inputs: UnitInputs, period: Month, figures: Figures) -> int | None:
    """The level in base units (growth in millionths); a rolling year where no plan judges it."""
    stands = figures.totals.month_or_none
    match rule_of(inputs.planned).figure if inputs.planned else Figure.ROLLING_YEAR:
        case Figure.ROLLING_YEAR:
            return stands if inputs.stock else figures.rolling_year
        case Figure.STAND | Figure.DONE:
            return stands
        case Figure.SINCE_BASE:
            return _since_base(inputs, period)
        case Figure.GROWTH:
            return stands if inputs.stock else _growth(figures)
        case Figure.NOTHING:
            return None


def why_unknown(inputs: UnitInputs, level: int | None) -> tuple[str, ...]:
    """Reason words of a level that could not be computed."""
    sums_up = inputs.planned is not None and rule_of(inputs.planned).figure is Figure.SINCE_BASE
    return (YEARS_SINCE_BASE_MISSING,) if sums_up and level is None else ()


def base_year_of(inputs: UnitInputs) -> int:
    """The year that the plan's path starts from."""
    base = inputs.planned.base if inputs.planned else None
    return inputs.plan.base_year if base is None else base.year


def _since_base(inputs: UnitInputs, period: Month) -> int | None:
    """Totals of the years since the base, and what this year has brought so far."""
    annual = {
        month.year: totals.ytd_or_none
        for month, totals in inputs.totals.items()
        if month == (period if month.year == period.year else month.december)
    }
    return since_base(annual, base_year_of(inputs), period.year)


def _growth(figures: Figures) -> int | None:
    if figures.growth is None:
        return None
    return growth_of(figures.totals.comparable_ytd, figures.totals.comparable_last_year)
