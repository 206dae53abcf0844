"""Figures, judgement and explanation of one unit's indicator and period → its status."""

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import msgspec

from services.metrics.domain.assessment import Assessment, Judgement, Latest
from services.metrics.domain.comparison import rolling_year
from services.metrics.domain.figures import Figures, measure
from services.metrics.domain.forecast import ForecastRequest
from services.metrics.domain.forecasting import digest_of, wanted_forecast
from services.metrics.domain.inputs import UnitInputs, past_years
from services.metrics.domain.investment import investment_block
from services.metrics.domain.paths import Point
from services.metrics.domain.shares import cumulative_share, gap, required_year_to_date
from services.metrics.domain.target_kinds import RULES, Figure, base_of, goal_of, growth_of
from services.metrics.domain.thresholds import Thresholds
from services.metrics.domain.verdicts import judge
from shared.events.period import Month
from shared.events.status import (
    BaseFigure,
    Enterprises,
    ForecastFigure,
    Status,
    TargetFigure,
)
from shared.plans import PathKind

SHARE_UNKNOWN = "cumulative_share_unknown"


class Assembled(NamedTuple):
    """A status, and the full forecast that it wants (None: the pace is all there is)."""

    status: Status
    wanted: ForecastRequest | None


def assemble(inputs: UnitInputs, period: Month, thresholds: Thresholds) -> Assembled:
    """The status of one period; the same inputs give the same status, `version` left at 0."""
    figures = measure(inputs, period)
    assessment = _assessment(inputs, period, figures)
    judgement = judge(assessment, thresholds)
    wanted = None
    if assessment.coverage is None or assessment.coverage >= thresholds.coverage:
        wanted = wanted_forecast(inputs, period, assessment.goal, judgement.required_year)
    forecast = _forecast(inputs, period, wanted)
    if forecast.probability is not None:
        foreseen = replace(
            assessment,
            probability=forecast.probability,
            forecast_is_current=forecast.current,
        )
        judgement = judge(foreseen, thresholds)
    status = _judged(inputs, period, figures, judgement)
    return Assembled(_explained(status, inputs, period, figures, forecast), wanted)


def _assessment(inputs: UnitInputs, period: Month, figures: Figures) -> Assessment:
    planned = inputs.planned
    latest = Latest(_level(inputs, figures), period.year, period.month)
    if planned is None:
        return Assessment(None, None, latest, coverage=figures.coverage.ratio)
    figure = _base_figure(inputs, period) or BaseFigure(inputs.plan.base_year, None, "")
    base = base_of(planned, figure.year, figure.value)
    decides = planned.target
    return Assessment(
        goal=goal_of(planned, base),
        base=base,
        latest=latest,
        direction=planned.direction,
        path=planned.path,
        milestones=tuple(
            Point(target.year, target.base_units)
            for target in planned.targets
            if planned.path is PathKind.MILESTONES
            and target.year is not None
            and target is not decides
        ),
        coverage=figures.coverage.ratio,
        outstanding=_outstanding(inputs, figures),
    )


def _outstanding(inputs: UnitInputs, figures: Figures) -> int:
    """What the reports that have not come make of this year's part of the rolling year.

    The requirement for the year-to-date is multiplied by coverage before comparing: ytd against
    required * coverage is ytd + ytd * (1 - coverage) / coverage against required.
    """
    ytd, coverage = figures.totals.ytd_or_none, figures.coverage.ratio
    rule = RULES[inputs.planned.kind].figure if inputs.planned else Figure.ROLLING_YEAR
    if rule is not Figure.ROLLING_YEAR or inputs.stock or ytd is None or not coverage:
        return 0
    return round(ytd * (1 - Fraction(coverage)) / Fraction(coverage))


def _level(inputs: UnitInputs, figures: Figures) -> int | None:
    """The figure that the plan holds against its target; a rolling year without a plan."""
    rule = RULES[inputs.planned.kind].figure if inputs.planned else Figure.ROLLING_YEAR
    if rule is Figure.ROLLING_YEAR:
        return figures.totals.month_or_none if inputs.stock else figures.rolling_year
    if rule is Figure.STAND:
        return figures.totals.month_or_none
    if rule is Figure.GROWTH and figures.totals.comparable_count:
        return growth_of(figures.totals.comparable_ytd, figures.totals.comparable_last_year)
    return None


def _judged(inputs: UnitInputs, period: Month, figures: Figures, judgement: Judgement) -> Status:
    totals = figures.totals
    return Status(
        plan=inputs.plan.id,
        plan_version=inputs.plan.version,
        unit=inputs.unit.id,
        unit_kind=str(inputs.unit.kind),
        name=inputs.unit.name,
        region=inputs.unit.region,
        indicator=inputs.indicator,
        period=str(period),
        measure=inputs.measure,
        version=0,
        as_of=inputs.state(period).as_of,
        month=totals.month_or_none,
        ytd=totals.ytd_or_none,
        month_last_year=totals.month_last_year_or_none,
        ytd_last_year=totals.ytd_last_year_or_none,
        rolling_year=figures.rolling_year,
        ytd_growth=figures.growth,
        required_ytd=None,
        required_year=judgement.required_year,
        target=_target_figure(inputs),
        base=_base_figure(inputs, period),
        path=str(judgement.path) if inputs.planned else None,
        ratio=judgement.ratio,
        verdict=judgement.verdict,
        colour=judgement.colour,
        gap=None,
        catch_up_rate=judgement.catch_up_rate,
        forecast=None,
        forecast_for=None,
        probability=None,
        coverage=figures.coverage.ratio,
        enterprises=Enterprises(figures.coverage.expected, figures.coverage.reporting),
        contributors=totals.contributors,
        decomposition=figures.decomposition,
        largest_contribution=figures.largest,
        investment=None,
        confidential=figures.confidential,
        reasons=judgement.reasons,
    )


def _explained(
    status: Status, inputs: UnitInputs, period: Month, figures: Figures, forecast: "_Forecast"
) -> Status:
    """Pace within the year, forecast, investment and all reason words."""
    required_ytd, pace_reasons = _required_ytd(inputs, period, status.required_year)
    investment, investment_reasons = investment_block(inputs, period)
    base_reasons = inputs.base.reasons if inputs.base and _base_closed(inputs, period) else ()
    as_of = status.as_of
    if not as_of and investment is not None:
        as_of = inputs.investment_cells[Month.parse(investment.period)].as_of
    words = (status.reasons, base_reasons, figures.reasons, pace_reasons, investment_reasons)
    return msgspec.structs.replace(
        status,
        as_of=as_of,
        required_ytd=required_ytd,
        gap=gap(status.ytd, required_ytd, status.coverage),
        forecast=forecast.figure,
        forecast_for=forecast.made_for if forecast.figure else None,
        probability=forecast.probability,
        investment=investment,
        reasons=tuple(dict.fromkeys(word for group in words for word in group)),
    )


def _required_ytd(
    inputs: UnitInputs, period: Month, required_year: int | None
) -> tuple[int | None, tuple[str, ...]]:
    if required_year is None or inputs.planned is None or not RULES[inputs.planned.kind].paced:
        return None, ()
    own, parent = inputs.past_years(period), past_years(inputs.parent_cells, period)
    required = required_year_to_date(required_year, cumulative_share(period.month, own, parent))
    return required, () if required is not None else (SHARE_UNKNOWN,)


def _target_figure(inputs: UnitInputs) -> TargetFigure | None:
    target = inputs.planned.target if inputs.planned else None
    if target is None:
        return None
    return TargetFigure(target.year, target.base_units, str(target.comparator))


def _base_figure(inputs: UnitInputs, period: Month) -> BaseFigure | None:
    base = inputs.planned.base if inputs.planned else None
    if base is None:
        return None
    value = base.base_units
    if base.from_data:
        value = inputs.base.value if inputs.base and _base_closed(inputs, period) else None
    return BaseFigure(base.year, value, base.source)


def _base_closed(inputs: UnitInputs, period: Month) -> bool:
    """Whether the base year is over: what comes later never changes an earlier status."""
    base = inputs.planned.base if inputs.planned else None
    return base is not None and period >= Month(base.year, 12)


class _Forecast(NamedTuple):
    figure: ForecastFigure | None
    made_for: int
    """Version of the inputs it was made for."""
    probability: float | None = None
    current: bool = True


def _forecast(inputs: UnitInputs, period: Month, wanted: ForecastRequest | None) -> _Forecast:
    """The stored forecast while one is wanted, which may be of earlier inputs; else the pace."""
    stored = inputs.forecasts.get(period)
    version = inputs.input_version(period)
    made = stored.made if stored is not None and wanted is not None else None
    if made is None or made.result is None or wanted is None:
        return _Forecast(_pace(inputs, period), version)
    result = made.result
    figure = ForecastFigure(
        result.year,
        result.median,
        result.p10,
        result.p90,
        str(result.method),
        result.probability_this_year,
    )
    current = made.digest == digest_of(wanted)
    made_for = version if current else made.input_version
    return _Forecast(figure, made_for, result.probability, current)


def _pace(inputs: UnitInputs, period: Month) -> ForecastFigure | None:
    """Last year's total x comparable growth of the year so far; in December the year itself."""
    totals = inputs.totals
    if period == period.december:
        done = rolling_year(period, totals)
        return None if done is None else ForecastFigure(period.year, done, None, None, "reported")
    last = totals.get(period.last_year.december)
    now = totals.get(period)
    if last is None or now is None or last.ytd_count == 0 or now.comparable_last_year <= 0:
        return None
    median = last.ytd * now.comparable_ytd // now.comparable_last_year
    return ForecastFigure(period.year, median, None, None, "pace")
