"""What a plan requires of a year and of the year so far, and how far off a unit is."""

from fractions import Fraction
from typing import NamedTuple

from services.metrics.domain.assessment import Goal, Judgement
from services.metrics.domain.figures import Figures
from services.metrics.domain.inputs import UnitInputs, past_years
from services.metrics.domain.levels import exact, rounded
from services.metrics.domain.shares import cumulative_share, gap, required_year_to_date
from services.metrics.domain.target_kinds import MICRO, Figure, rule_of
from shared.events.period import Month

SHARE_UNKNOWN = "cumulative_share_unknown"


class Requirement(NamedTuple):
    """Required amounts in base units; `gap` is negative where the unit is behind."""

    year: int | None
    ytd: int | None
    gap: int | None
    reasons: tuple[str, ...] = ()


NOTHING_REQUIRED = Requirement(None, None, None)


def requirement_of(
    inputs: UnitInputs, period: Month, figures: Figures, goal: Goal | None, judgement: Judgement
) -> Requirement:
    """Amounts that the path, or a growth a year, asks for."""
    planned = inputs.planned
    if planned is None:
        return NOTHING_REQUIRED
    rule = rule_of(planned)
    if rule.figure is Figure.GROWTH and not inputs.stock:
        return _of_growth(inputs, period, figures, goal)
    if not rule.paced:
        behind = None if judgement.gap is None else planned.direction * judgement.gap
        return Requirement(judgement.required_year, None, behind)
    required, reasons = _year_to_date(inputs, period, judgement.required_year)
    missed = gap(figures.totals.ytd_or_none, required, figures.coverage.ratio)
    return Requirement(judgement.required_year, required, missed, reasons)


def _of_growth(
    inputs: UnitInputs, period: Month, figures: Figures, goal: Goal | None
) -> Requirement:
    """Last year's figure as the same reports state it now, and so much more.

    The year's requirement rests on last year's stored total while the year is not over, because
    nobody restates it earlier.
    """
    totals = figures.totals
    if goal is None or goal.value is None or figures.growth is None:
        return NOTHING_REQUIRED
    factor = 1 + exact(goal.value) / MICRO
    required = _times(totals.comparable_last_year, factor)
    before = inputs.state(period.last_year.december).totals.ytd_or_none
    year = required if period == period.december else _times(before, factor)
    return Requirement(year, required, totals.comparable_ytd - (required or 0))


def _times(amount: int | None, factor: Fraction) -> int | None:
    return None if amount is None else rounded(amount * factor)


def _year_to_date(
    inputs: UnitInputs, period: Month, required_year: int | None
) -> tuple[int | None, tuple[str, ...]]:
    if required_year is None:
        return None, ()
    own, parent = inputs.past_years(period), past_years(inputs.parent_cells, period)
    required = required_year_to_date(required_year, cumulative_share(period.month, own, parent))
    return required, () if required is not None else (SHARE_UNKNOWN,)
