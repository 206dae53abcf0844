"""Series of zones and clusters: figures that no enterprise reports, by the indicators of plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.ingest.domain import subjects
from services.ingest.domain.attribution import deciding
from services.ingest.domain.facts import Content, Told
from services.ingest.domain.lines import Figures, Line, Origin, version_of
from services.ingest.domain.register import WHOLE
from shared.events.inputs import IndicatorEvent
from shared.events.measures import scaled
from shared.events.period import Month, PeriodKind, parse_any_period
from shared.events.reasons import Reason, Refused
from shared.plans import Plan, Unit, UnitKind
from shared.plans.measures import MEASURES
from shared.plans.model import PlanIndicator

_SUFFIXES = {PeriodKind.MONTH: "", PeriodKind.QUARTER: "@quarter", PeriodKind.YEAR: "@year"}
_FURTHER_UNITS: Mapping[str, Mapping[str, Decimal]] = {
    "ratio": {"1": Decimal(1_000_000), "‰": Decimal(1_000)},
    "yuan": {"CNY": Decimal(1), "kCNY": Decimal(1_000)},
}
"""Spellings of the feed that plans do not use, by base unit."""


@dataclass(frozen=True, slots=True)
class Stated:
    """An indicator that a plan states for one of its units."""

    unit: Unit
    indicator: PlanIndicator
    region: str
    """How the feed must name the region: its code, or the id of a park without one."""

    @property
    def cluster(self) -> str | None:
        """How the feed must name the cluster; None for counties, parks and the city."""
        inside = self.unit.kind in {UnitKind.CLUSTER, UnitKind.INDUSTRY}
        return self.unit.id if inside else None


class SeriesCatalogue:
    """What `stats.indicator.v1` may report: the plans' indicators that no other feed has."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._versions: dict[str, list[Plan]] = {}
        for plan in plans:
            for indicator in plan.indicators:
                self._versions.setdefault(indicator.id, []).append(plan)
        units = [unit for plan in plans for unit in plan.units]
        self._regions = {code for unit in units for code in unit.codes}
        self._regions |= {unit.id for unit in units if not unit.codes and _is_area(unit)}

    def stated(self, indicator: str, month: Month) -> Stated | None:
        """The indicator as the plan version of a month states it; None for an unknown one."""
        for plan in deciding(self._versions.get(indicator, ()), month):
            item = plan.indicator(indicator)
            unit = plan.unit(item.unit)
            return Stated(unit, item, _region_of(plan, unit))
        return None

    def read(self, event: IndicatorEvent, origin: Origin) -> Line:
        """Validate one figure of a series. Raises `Refused`."""
        period, kind = parse_any_period(event.period)
        stated = self._known(event, period)
        self._check_place(event, stated)
        figures = Figures(month=_value(event, stated.indicator))
        return Line(
            subject=subjects.series(event.region, event.cluster),
            topic=origin.topic,
            indicator=event.indicator + _SUFFIXES[kind],
            period=period,
            figures=figures,
            version=version_of(event, origin, figures),
            source=origin.source,
            broker_ms=origin.broker_ms,
        )

    def _known(self, event: IndicatorEvent, month: Month) -> Stated:
        stated = self.stated(event.indicator, month)
        if stated is None:
            detail = (
                f"no plan has an indicator {event.indicator!r}: `clusterwatch plans` lists them"
            )
        elif stated.indicator.indicator != event.indicator:
            detail = f"{event.indicator} is made from reports of {stated.indicator.indicator}"
        elif stated.indicator.measure not in MEASURES:
            detail = f"the plan states {event.indicator} in words, without a figure"
        else:
            return stated
        raise Refused(Reason.UNKNOWN_INDICATOR, "indicator", detail)

    def _check_place(self, event: IndicatorEvent, stated: Stated) -> None:
        meant = f"{event.indicator} is stated for {stated.unit.id}"
        if event.region != stated.region:
            known = event.region in self._regions
            reason = Reason.OUT_OF_RANGE if known else Reason.UNKNOWN_REGION
            raise Refused(reason, "region", f"{meant}: write the region as {stated.region!r}")
        if event.cluster == stated.cluster:
            return
        if event.cluster is None:
            detail = f"{meant}: write the cluster as {stated.cluster!r}"
            raise Refused(Reason.MISSING_FIELD, "cluster", detail)
        remedy = f"write the cluster as {stated.cluster!r}" if stated.cluster else "leave it out"
        raise Refused(Reason.OUT_OF_RANGE, "cluster", f"{meant}: {remedy}")


def plan_indicator(line: str) -> str:
    """The plan's indicator of a line's, which also says whether it is a quarter or a year."""
    return line.partition("@")[0]


def siblings(line: str) -> tuple[str, ...]:
    """Indicators of the year's, the quarter's and the month's line that end in one month.

    In this order: the longest period is the most definite figure.
    """
    indicator = plan_indicator(line)
    return tuple(indicator + _SUFFIXES[kind] for kind in sorted(PeriodKind, reverse=True))


def series_facts(lines: Sequence[Line], catalogue: SeriesCatalogue) -> Told:
    """The fact of one indicator in one month, from the standing lines that end in that month."""
    if not lines:
        return {}
    order = siblings(lines[0].indicator)
    line = min(lines, key=lambda each: order.index(each.indicator))
    stated = catalogue.stated(plan_indicator(line.indicator), line.period)
    if stated is None:
        return {}
    return {stated.unit.id: Content(line.version.revision, line.figures, WHOLE)}


def _value(event: IndicatorEvent, indicator: PlanIndicator) -> int:
    base = MEASURES[indicator.measure].base_unit
    units = {name: m.factor for name, m in MEASURES.items() if m.base_unit == base}
    units |= _FURTHER_UNITS.get(base, {})
    factor = units.get(event.unit)
    if factor is None:
        detail = f"{indicator.id} is in {indicator.measure}, not in {event.unit!r}"
        raise Refused(Reason.UNKNOWN_UNIT, "unit", detail)
    return scaled(event.value, factor, "value")


def _region_of(plan: Plan, unit: Unit) -> str:
    area = plan.unit(unit.region) if plan.has_unit(unit.region) else unit
    return area.region_code or area.id


def _is_area(unit: Unit) -> bool:
    return unit.kind in {UnitKind.REGION, UnitKind.CITY}
