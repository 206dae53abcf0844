"""What is followed of one unit: its plan's indicators, and whatever else was reported of it."""

from dataclasses import dataclass

from services.metrics.domain.feeds import feed_of, measure_of, planned_for
from services.metrics.use_cases.project_views import JsonObject
from services.metrics.use_cases.read_clusters import ReadClusters, Selection
from services.metrics.use_cases.views import ClusterView
from shared.events.facts import FUNDS, PROJECT
from shared.events.measures import INDICATORS
from shared.plans import Plan, PlanIndicator, Unit
from shared.plans.measures import decimals_of

_NAMES = {FUNDS: "到位资金", PROJECT: "项目"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorView:
    """One indicator of a unit, and where it stands by its newest figure."""

    indicator: str
    """To ask `/clusters/{cluster}?indicator=` for."""
    name: str
    plan_indicator: str | None
    """Id in the plan of what judges it; null where the plan says nothing of it."""
    feed: str
    """output, investment, funds, projects, or zone for a figure of the unit as a whole."""
    kind: str | None
    """Kind of target, such as annual_flow, share or growth."""
    unit: str
    decimals: int
    """Amounts are whole numbers of 10^-decimals of the unit: 6 for ratios and averages."""
    path: str | None
    direction: int
    periodicity: str | None
    relevance: str | None
    target: JsonObject | None
    period: str | None
    """Newest period with a figure; null before any."""
    level: int | None
    """What is held against the target."""
    verdict: str
    colour: str
    on_track: bool | None
    suppressed: bool


def indicators_of(read: ReadClusters, plan: Plan, unit: Unit) -> list[IndicatorView]:
    """The plan's indicators in the document's order, then the others by name."""
    stated = dict.fromkeys(i.indicator for i in plan.indicators_of(unit.id))
    names = [*stated, *sorted(set(read.indicators(plan, unit)) - stated.keys())]
    return [_view(plan, read.cluster(plan, unit, Selection(None, name))) for name in names]


def _view(plan: Plan, view: ClusterView) -> IndicatorView:
    planned = planned_for(plan, view.cluster, view.indicator)
    measure = measure_of(plan, view.cluster, view.indicator)
    return IndicatorView(
        indicator=view.indicator,
        name=_name(view.indicator, planned),
        plan_indicator=planned.id if planned else None,
        feed=str(feed_of(view.indicator, zone=planned is not None and planned.own_feed)),
        kind=str(planned.kind) if planned else None,
        unit=measure,
        decimals=decimals_of(measure),
        path=str(planned.path) if planned else None,
        direction=view.direction,
        periodicity=str(planned.periodicity) if planned and planned.periodicity else None,
        relevance=str(planned.relevance) if planned else None,
        target=view.target,
        period=view.period,
        level=view.level,
        verdict=view.verdict,
        colour=view.colour,
        on_track=view.on_track,
        suppressed=view.suppressed,
    )


def _name(indicator: str, planned: PlanIndicator | None) -> str:
    if planned is not None:
        return planned.name
    known = INDICATORS.get(indicator)
    return known.name_zh if known is not None else _NAMES.get(indicator, indicator)
