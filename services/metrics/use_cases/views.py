"""What the read API says of a unit: contract names, masked where it must be."""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from services.metrics.use_cases.project_views import JsonObject, funds_view, projects_view
from shared.confidentiality import Shown
from shared.events.period import Month
from shared.events.status import Status
from shared.plans import Plan, PlanIndicator, Unit
from shared.plans.measures import decimals_of

_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class LastJudged:
    """The newest earlier period whose verdict was not grey."""

    period: str
    verdict: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterView:
    """A unit in one period. Amounts are integers in the base unit `unit`; null is not zero."""

    cluster: str
    name: str
    kind: str
    """cluster, industry, region or city."""
    region: str
    parents: list[str]
    plan: str
    plan_version: str
    period: str | None
    indicator: str
    unit: str
    month: int | None = None
    ytd: int | None = None
    month_last_year: int | None = None
    ytd_last_year: int | None = None
    rolling_year: int | None = None
    level: int | None = None
    """What is held against the target; a growth in millionths with the comparator growth_pa."""
    decimals: int = 0
    """Amounts are whole numbers of 10^-decimals of `unit`: 6 for ratios and averages."""
    ytd_growth: float | None = None
    required_ytd: int | None = None
    required_year: int | None = None
    target: JsonObject | None = None
    base: JsonObject | None = None
    path: str | None = None
    direction: int = 1
    """1 where more is wanted, -1 where less is."""
    ratio: float | None = None
    verdict: str = "not_assessable"
    colour: str = "grey"
    on_track: bool | None = None
    """Null where nothing is judged; all that a suppressed unit shows."""
    last_judged: LastJudged | None = None
    months_since_on_track: int | None = None
    """0 now, null never yet."""
    gap: int | None = None
    catch_up_rate: float | None = None
    forecast: JsonObject | None = None
    probability: float | None = None
    """Of meeting the target in its year."""
    outlook: str | None = None
    """The probability in words: likely, uncertain, unlikely, very_unlikely."""
    forecast_current: bool | None = None
    """False while the forecast shown was made for earlier figures."""
    coverage: float | None = None
    enterprises: JsonObject = field(default_factory=dict)
    decomposition: JsonObject | None = None
    investment: JsonObject | None = None
    funds: list[JsonObject] = field(default_factory=list)
    """Funds received, one object a currency; never added to investment."""
    projects: JsonObject | None = None
    """By stage, contracted totals by currency, open ones, and those `stalled` by today."""
    suppressed: bool = False
    as_of: str | None = None
    data_age_days: int | None = None
    version: int | None = None
    reasons: list[str] = field(default_factory=list)
    data_label: str | None = None
    """Words to show with the figures, such as 模拟数据 for simulated ones."""


def view_of(plan: Plan, shown: Shown, now: datetime, last: LastJudged | None) -> ClusterView:
    """The view of a stored status."""
    status = shown.status
    unit = plan.unit(status.unit)
    return ClusterView(
        cluster=status.unit,
        name=status.name,
        kind=status.unit_kind,
        region=status.region,
        parents=list(unit.parents),
        plan=status.plan,
        plan_version=status.plan_version,
        period=status.period,
        indicator=status.indicator,
        unit=status.measure,
        month=status.month,
        ytd=status.ytd,
        month_last_year=status.month_last_year,
        ytd_last_year=status.ytd_last_year,
        rolling_year=status.rolling_year,
        level=status.level,
        decimals=decimals_of(status.measure),
        ytd_growth=status.ytd_growth,
        required_ytd=status.required_ytd,
        required_year=status.required_year,
        target=_object(status.target),
        base=_object(status.base),
        path=status.path,
        ratio=status.ratio,
        verdict=shown.verdict,
        colour=shown.colour,
        on_track=None if shown.track is None else shown.track == "on_track",
        last_judged=last,
        months_since_on_track=status.months_since_on_track,
        gap=status.gap,
        catch_up_rate=status.catch_up_rate,
        forecast=_object(status.forecast),
        probability=status.probability,
        outlook=outlook_of(status.probability),
        forecast_current=_is_current(status),
        coverage=status.coverage,
        enterprises=_object(status.enterprises) or {},
        decomposition=_object(status.decomposition),
        investment=_object(status.investment),
        funds=funds_view(status.funds),
        projects=projects_view(status.projects, now),
        suppressed=shown.suppressed,
        as_of=status.as_of or None,
        data_age_days=_age_days(status.as_of, now),
        version=status.version,
        reasons=list(status.reasons),
    )


def outlook_of(probability: float | None) -> str | None:
    """A probability in words."""
    if probability is None:
        return None
    bounds = ((0.10, "very_unlikely"), (0.33, "unlikely"), (0.66, "uncertain"))
    return next((word for bound, word in bounds if probability < bound), "likely")


def _is_current(status: Status) -> bool | None:
    return None if status.forecast is None else "forecast_not_current" not in status.reasons


def empty_view(
    plan: Plan,
    unit: Unit,
    indicator: str,
    measure: str,
    planned: PlanIndicator | None,
    period: Month | None,
) -> ClusterView:
    """The view of a unit that nothing was reported of; it says so by its reason."""
    target = planned.target if planned else None
    base = planned.base if planned else None
    return ClusterView(
        cluster=unit.id,
        name=unit.name,
        kind=str(unit.kind),
        region=unit.region,
        parents=list(unit.parents),
        plan=plan.id,
        plan_version=plan.version,
        period=str(period) if period else None,
        indicator=indicator,
        unit=measure,
        decimals=decimals_of(measure),
        target={
            "year": target.year,
            "value": target.base_units,
            "comparator": str(target.comparator),
        }
        if target
        else None,
        base={"year": base.year, "value": base.base_units, "source": base.source} if base else None,
        enterprises={"expected": 0, "reporting": 0},
        reasons=["no_reports"],
    )


def _object(value: msgspec.Struct | None) -> JsonObject | None:
    return None if value is None else msgspec.structs.asdict(value)


def _age_days(as_of: str, now: datetime) -> int | None:
    if not as_of:
        return None
    return max(0, int((now - datetime.fromisoformat(as_of)).total_seconds() // _SECONDS_A_DAY))
