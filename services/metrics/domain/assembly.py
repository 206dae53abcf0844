"""Figures, judgement and explanation of one unit's indicator and period → its status."""

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import msgspec

from services.metrics.domain.assessment import Assessment, Goal, Judgement, Latest
from services.metrics.domain.feeds import Feed
from services.metrics.domain.figures import Figures, measure
from services.metrics.domain.forecast import ForecastRequest
from services.metrics.domain.forecasting import wanted_forecast
from services.metrics.domain.inputs import UnitInputs
from services.metrics.domain.judged_level import base_year_of, level_of, why_unknown
from services.metrics.domain.levels import exact, rounded
from services.metrics.domain.nowcast import Nowcast, nowcast_of
from services.metrics.domain.project_blocks import blocks_of
from services.metrics.domain.requirements import requirement_of
from services.metrics.domain.target_kinds import Figure, assessment_of, defined_base, rule_of
from services.metrics.domain.thresholds import Thresholds
from services.metrics.domain.verdicts import judge
from shared.events.period import Month
from shared.events.status import BaseFigure, Enterprises, Status, TargetFigure
from shared.plans import PlanIndicator

BY_DEFINITION = "by_definition"
"""Source of a base that nobody states: what is counted from zero, or in times of itself."""


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
    nowcast = nowcast_of(inputs, period, wanted)
    if nowcast.probability is not None:
        assessment = replace(
            assessment, probability=nowcast.probability, forecast_is_current=nowcast.current
        )
        judgement = judge(assessment, thresholds)
    status = _judged(inputs, period, figures, assessment, judgement)
    return Assembled(_explained(status, inputs, period, figures, nowcast), wanted)


def _assessment(inputs: UnitInputs, period: Month, figures: Figures) -> Assessment:
    planned = inputs.planned
    latest = Latest(level_of(inputs, period, figures), period.year, period.month)
    if planned is None:
        return Assessment(None, None, latest, coverage=figures.coverage.ratio)
    base = _base_figure(inputs, period)
    value = None if base is None else base.value
    return replace(
        assessment_of(planned, base_year_of(inputs), value, latest),
        broken=_broken_since_base(inputs, planned, period),
        coverage=figures.coverage.ratio,
        outstanding=_outstanding(inputs, figures),
    )


def _broken_since_base(inputs: UnitInputs, planned: PlanIndicator, period: Month) -> bool:
    """Whether the base is that of other borders.

    What a document states is stated within the borders of its day; of a year's total in the feed
    every month must lie within today's.
    """
    closed = Month(base_year_of(inputs), 12)
    if planned.base is not None and planned.base.from_data:
        return inputs.broken_between(closed if inputs.stock else closed.last_year, period)
    return inputs.broken_between(max(closed, inputs.plan.effective_from or closed), period)


def _outstanding(inputs: UnitInputs, figures: Figures) -> int:
    """What the reports that have not come make of this year's part of the rolling year.

    The requirement for the year-to-date is multiplied by coverage before comparing: ytd against
    required * coverage is ytd + ytd * (1 - coverage) / coverage against required.
    """
    ytd, coverage = figures.totals.ytd_or_none, figures.coverage.ratio
    rule = rule_of(inputs.planned).figure if inputs.planned else Figure.ROLLING_YEAR
    if rule is not Figure.ROLLING_YEAR or inputs.stock or ytd is None or not coverage:
        return 0
    return round(ytd * (1 - Fraction(coverage)) / Fraction(coverage))


def _judged(
    inputs: UnitInputs,
    period: Month,
    figures: Figures,
    assessment: Assessment,
    judgement: Judgement,
) -> Status:
    totals, level = figures.totals, assessment.latest.value
    required = requirement_of(inputs, period, figures, assessment.goal, judgement)
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
        required_ytd=required.ytd,
        required_year=required.year,
        target=_target_figure(inputs, assessment.goal),
        base=_base_figure(inputs, period),
        path=str(judgement.path) if inputs.planned else None,
        ratio=judgement.ratio,
        verdict=judgement.verdict,
        colour=judgement.colour,
        gap=required.gap,
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
        reasons=(*judgement.reasons, *required.reasons),
        largest_fall=figures.largest_fall,
        level=None if inputs.planned is None or level is None else rounded(exact(level)),
    )


def _explained(
    status: Status, inputs: UnitInputs, period: Month, figures: Figures, nowcast: Nowcast
) -> Status:
    """Forecast, what is known of the unit's projects, and all reason words."""
    blocks = blocks_of(inputs, period)
    base_reasons = inputs.base.reasons if inputs.base and _base_closed(inputs, period) else ()
    words = (
        status.reasons,
        why_unknown(inputs, status.level),
        base_reasons,
        figures.reasons,
        blocks.reasons,
    )
    return msgspec.structs.replace(
        status,
        as_of=status.as_of or blocks.as_of,
        forecast=nowcast.figure,
        forecast_for=nowcast.made_for if nowcast.figure else None,
        probability=nowcast.probability,
        investment=blocks.investment,
        funds=blocks.funds,
        projects=blocks.projects,
        reasons=tuple(dict.fromkeys(word for group in words for word in group)),
    )


def _target_figure(inputs: UnitInputs, goal: Goal | None) -> TargetFigure | None:
    """The target in the status' measure; a multiple of enterprises' figures would tell its base."""
    target = inputs.planned.target if inputs.planned else None
    if target is None:
        return None
    value = None
    if (
        goal is not None
        and goal.value is not None
        and (inputs.feed is Feed.ZONE or not goal.of_base)
    ):
        value = rounded(exact(goal.value))
    return TargetFigure(target.year, value, str(target.comparator))


def _base_figure(inputs: UnitInputs, period: Month) -> BaseFigure | None:
    planned = inputs.planned
    if planned is None:
        return None
    defined = defined_base(planned)
    if defined is not None:
        return BaseFigure(base_year_of(inputs), defined, BY_DEFINITION)
    base = planned.base
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
