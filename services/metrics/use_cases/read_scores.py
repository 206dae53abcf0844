"""Scores of a plan and its regions, and what a growth would lead to; both masked as the views."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.metrics.domain.paths import moment
from services.metrics.domain.scores import LeftOut, Mean, mean_of, score_of
from services.metrics.domain.what_if import landing
from services.metrics.use_cases.project_views import JsonObject
from services.metrics.use_cases.read_clusters import ReadClusters, Selection
from services.metrics.use_cases.views import ClusterView
from shared.events.period import Month
from shared.plans import Plan, Unit, UnitKind
from shared.plans.comparing import meets

SMALLEST_GROWTH, LARGEST_GROWTH = -0.99, 10.0
"""Growth a year that is worth an answer: beyond it is a slip of the decimal point."""

_LOOK_BACK = 6
"""Reporting periods searched for one that is judged well enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """A cluster behind a score; a null score says by `left_out` why."""

    cluster: str
    name: str
    verdict: str
    colour: str
    score: float | None
    left_out: str | None
    """no_target, not_judged or suppressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreView:
    """The mean score (0 to 100) of the clusters of the plan or of one region."""

    unit: str
    name: str
    kind: str
    plan: str
    plan_version: str
    period: str | None
    score: float | None
    """Null where less than half of the clusters with a target is judged."""
    judged: int
    of: int
    """Clusters with a target that are not masked."""
    parts: list[ScorePart]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfView:
    """Where a growth a year from the period on leads, in the base unit `unit`."""

    cluster: str
    name: str
    plan: str
    plan_version: str
    indicator: str
    unit: str
    period: str | None
    growth: float
    start: int | None
    """The rolling year that the growth starts from."""
    target: JsonObject | None
    lands: JsonObject | None
    """`year` and `value`; null with a reason."""
    meets_target: bool | None
    growth_needed: float | None
    suppressed: bool
    reasons: list[str]
    data_label: str | None


def scores(read: ReadClusters, plan: Plan, period: Month | None) -> list[ScoreView]:
    """The plan's score, then each region's; all in one period, so that they can be compared.

    Without a period the newest one in which the plan as a whole has a score.
    """
    views, parts = _scored(read, plan, period)
    of_period = next((view.period for view in views if view.period), None)
    groups = [(plan.unit(plan.city), list(zip(views, parts, strict=True)))]
    for region in plan.units:
        if region.kind is UnitKind.REGION and region.id != plan.city:
            members = [pair for pair in groups[0][1] if pair[0].region == region.id]
            if members:
                groups.append((region, members))
    return [_score_view(plan, unit, of_period, members) for unit, members in groups]


_Scores = list[float | LeftOut]


def _scored(
    read: ReadClusters, plan: Plan, period: Month | None
) -> tuple[list[ClusterView], _Scores]:
    newest = read.clusters(plan, Selection(period, None, UnitKind.CLUSTER))
    if period is not None:
        return newest, _scores(newest)
    known = [Month.parse(view.period) for view in newest if view.period]
    tried = max(known) if known else None
    for _ in range(_LOOK_BACK):
        if tried is None:
            break
        views = read.clusters(plan, Selection(tried, None, UnitKind.CLUSTER))
        found = _scores(views)
        if mean_of(found).score is not None:
            return views, found
        tried = tried.reporting_before()
    return newest, _scores(newest)


def _scores(views: Sequence[ClusterView]) -> _Scores:
    return [score_of(v.verdict, v.ratio, suppressed=v.suppressed) for v in views]


def _score_view(
    plan: Plan,
    unit: Unit,
    period: str | None,
    members: Sequence[tuple[ClusterView, float | LeftOut]],
) -> ScoreView:
    mean: Mean = mean_of([score for _, score in members])
    return ScoreView(
        unit=unit.id,
        name=unit.name,
        kind=str(unit.kind),
        plan=plan.id,
        plan_version=plan.version,
        period=period,
        score=_shown(mean.score),
        judged=mean.judged,
        of=mean.of,
        parts=[
            ScorePart(
                cluster=view.cluster,
                name=view.name,
                verdict=view.verdict,
                colour=view.colour,
                score=None if isinstance(score, LeftOut) else _shown(score),
                left_out=str(score) if isinstance(score, LeftOut) else None,
            )
            for view, score in members
        ],
    )


def _shown(score: float | None) -> float | None:
    return None if score is None else round(score, 1)


def what_if(view: ClusterView, plan: Plan, growth: float) -> WhatIfView:
    """Where the unit's rolling year lands in the target year with this growth a year."""
    target = view.target
    year = target["year"] if target is not None else None
    year = year if isinstance(year, int) else plan.target_year
    lands, met, reasons = None, None, []
    if view.suppressed:
        reasons.append("suppressed")
    elif view.rolling_year is None or view.period is None:
        reasons.append("no_latest_value")
    else:
        period = Month.parse(view.period)
        lands = landing(view.rolling_year, moment(period.year, period.month), growth, year)
        if lands is None:
            reasons.append("negative_level" if view.rolling_year < 0 else "target_year_past")
    wanted = target["value"] if target is not None else None
    if not isinstance(wanted, int):
        reasons.append("no_target_value")
    elif lands is not None and target is not None:
        met = meets(lands.value, str(target["comparator"]), wanted, view.direction)
    return WhatIfView(
        cluster=view.cluster,
        name=view.name,
        plan=view.plan,
        plan_version=view.plan_version,
        indicator=view.indicator,
        unit=view.unit,
        period=view.period,
        growth=growth,
        start=view.rolling_year,
        target=target,
        lands={"year": lands.year, "value": lands.value} if lands is not None else None,
        meets_target=met,
        growth_needed=view.catch_up_rate,
        suppressed=view.suppressed,
        reasons=reasons,
        data_label=view.data_label,
    )
