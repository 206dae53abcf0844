"""The plan as a snapshot keeps it: what papers need, so that a later edition changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from shared.plans import Plan, UnitKind
from shared.plans.targets import Target


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit as the plan had it."""

    id: str
    name: str
    kind: UnitKind
    region: str
    parents: tuple[str, ...]
    primary_parent: str | None
    labels: tuple[str, ...]
    value_indicator: str
    accountable_body: str | None
    responsible_units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A dated target in base units; a null value is redacted or assigned elsewhere."""

    year: int | None
    value: int | None
    comparator: str
    missing: str | None = None
    """Why there is no value."""
    approximate: bool = False
    """The document says about, without a tolerance."""
    source: str = ""
    lines: tuple[int, ...] = ()
    """Of the document, where they differ from the indicator's."""


@dataclass(frozen=True, slots=True)
class IndicatorFacts:
    """An indicator of a unit as the plan had it."""

    id: str
    unit: str
    indicator: str
    """Indicator of the feed."""
    name: str
    measure: str
    kind: str
    direction: int
    targets: tuple[TargetFacts, ...]
    own_feed: bool
    """Whether it comes as a figure of the unit as a whole."""
    origins: tuple[str, ...]
    periodicity: str | None
    accountable_body: str | None
    responsible_units: tuple[str, ...]
    section: str | None = None
    """Where the document says it: section and lines."""
    lines: tuple[int, ...] = ()

    @property
    def target(self) -> TargetFacts | None:
        """The target that decides: the latest dated one, else the first; null without any."""
        dated = [target for target in self.targets if target.year is not None]
        if dated:
            return max(dated, key=lambda target: target.year or 0)
        return self.targets[0] if self.targets else None


@dataclass(frozen=True)
class PlanFacts:
    """The plan's version that decided, as far as papers speak of it."""

    id: str
    version: str
    title: str
    issuer: str
    is_draft: bool
    city: str
    base_year: int
    target_year: int
    units: tuple[UnitFacts, ...]
    """In the document's order."""
    indicators: tuple[IndicatorFacts, ...]

    @cached_property
    def by_id(self) -> Mapping[str, UnitFacts]:
        """Units by id."""
        return {unit.id: unit for unit in self.units}

    def around(self, unit: str) -> frozenset[str]:
        """Ids of a unit and of all that it lies in."""
        seen: set[str] = set()
        waiting = [unit]
        while waiting:
            current = waiting.pop()
            found = self.by_id.get(current)
            if current not in seen and found is not None:
                waiting += [*found.parents, found.region]
            seen.add(current)
        return frozenset(seen)

    def inside(self, unit: str, kind: UnitKind | None = None) -> tuple[UnitFacts, ...]:
        """Units that lie in a unit, without itself, in the document's order."""
        return tuple(
            one
            for one in self.units
            if one.id != unit and kind in {None, one.kind} and unit in self.around(one.id)
        )

    def indicators_of(self, unit: str) -> tuple[IndicatorFacts, ...]:
        """The unit's indicators in the document's order."""
        return tuple(one for one in self.indicators if one.unit == unit)


def plan_facts(plan: Plan) -> PlanFacts:
    """What papers need of a plan."""
    return PlanFacts(
        id=plan.id,
        version=plan.version,
        title=plan.title,
        issuer=plan.issuer,
        is_draft=plan.status == "draft",
        city=plan.city,
        base_year=plan.base_year,
        target_year=plan.target_year,
        units=tuple(
            UnitFacts(
                id=unit.id,
                name=unit.name,
                kind=unit.kind,
                region=unit.region,
                parents=unit.parents,
                primary_parent=unit.primary_parent,
                labels=unit.labels,
                value_indicator=unit.value_indicator,
                accountable_body=unit.accountable_body,
                responsible_units=unit.responsible_units,
            )
            for unit in plan.units
        ),
        indicators=_indicators(plan),
    )


def _indicators(plan: Plan) -> tuple[IndicatorFacts, ...]:
    return tuple(
        IndicatorFacts(
            id=one.id,
            unit=one.unit,
            indicator=one.indicator,
            name=one.name,
            measure=one.measure,
            kind=str(one.kind),
            direction=one.direction,
            targets=tuple(map(_target, one.targets)),
            own_feed=one.own_feed,
            origins=one.origins,
            periodicity=None if one.periodicity is None else str(one.periodicity),
            accountable_body=one.accountable_body,
            responsible_units=one.responsible_units,
            section=one.locator.section if one.locator else None,
            lines=one.locator.lines if one.locator else (),
        )
        for one in plan.indicators
    )


def _target(target: Target) -> TargetFacts:
    return TargetFacts(
        year=target.year,
        value=target.base_units,
        comparator=str(target.comparator),
        missing=None if target.missing is None else str(target.missing),
        approximate=target.approximate,
        source=target.source,
        lines=target.lines,
    )
