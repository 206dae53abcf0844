"""Which units an enterprise belongs to, level by level, each at most once."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.events.period import Month
from shared.plans.model import Plan
from shared.plans.units import UnitKind


@dataclass(frozen=True, slots=True)
class Site:
    """Where an enterprise is and what it makes, as the register says."""

    region: str
    """GB/T 2260 or NBS zone code."""
    park: str | None
    industry: str
    """GB/T 4754-2017, 2 to 4 digits."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Ids of the units an enterprise belongs to."""

    clusters: tuple[str, ...]
    industries: tuple[str, ...]
    regions: tuple[str, ...]
    """County or park, then the city, then whatever lies around them."""

    @property
    def units(self) -> tuple[str, ...]:
        """All of them, without repetition."""
        return tuple(dict.fromkeys((*self.clusters, *self.industries, *self.regions)))


def place(plan: Plan, site: Site, month: Month) -> Placement:
    """The units that the plan's rules give to an enterprise in a month.

    A cluster takes its enterprises along into its parents; an enterprise outside every cluster
    counts in the industry whose own rules select it.
    """
    clusters = _selected(plan, UnitKind.CLUSTER, site, month)
    clusters = tuple(dict.fromkeys((*clusters, *_ancestors(plan, clusters, UnitKind.CLUSTER))))
    industries = _industries(plan, site, clusters, month)
    return Placement(clusters, industries, _regions(plan, site, month))


def industries_of(plan: Plan, cluster: str, site: Site, month: Month) -> tuple[str, ...]:
    """The industries a member of `cluster` counts to: at most one, plus those around it.

    Where a cluster straddles several industries, the enterprise's own industry code decides; where
    it fits none of them, the enterprise counts to none.
    """
    unit = plan.unit(cluster)
    parents = [plan.unit(parent) for parent in unit.parents]
    industries = [parent for parent in parents if parent.kind is UnitKind.INDUSTRY]
    if len(industries) > 1:
        fitting = [
            parent
            for parent in industries
            if parent.includes(site.region, site.park, site.industry, month)
        ]
        industries = fitting[:1]
    direct = tuple(parent.id for parent in industries)
    return tuple(dict.fromkeys((*direct, *_ancestors(plan, direct, UnitKind.INDUSTRY))))


def _industries(plan: Plan, site: Site, clusters: Sequence[str], month: Month) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for cluster in clusters:
        found.update(dict.fromkeys(industries_of(plan, cluster, site, month)))
    if found:
        return tuple(found)
    own = _selected(plan, UnitKind.INDUSTRY, site, month)
    return tuple(dict.fromkeys((*own, *_ancestors(plan, own, UnitKind.INDUSTRY))))


def _regions(plan: Plan, site: Site, month: Month) -> tuple[str, ...]:
    regions = _selected(plan, UnitKind.REGION, site, month)
    city = _selected(plan, UnitKind.CITY, site, month)
    return tuple(dict.fromkeys((*regions, *city)))


def _selected(plan: Plan, kind: UnitKind, site: Site, month: Month) -> tuple[str, ...]:
    return tuple(
        unit.id
        for unit in plan.units
        if unit.kind is kind and unit.includes(site.region, site.park, site.industry, month)
    )


def _ancestors(plan: Plan, units: Sequence[str], kind: UnitKind) -> tuple[str, ...]:
    """Ids of the units of `kind` around `units`, nearest first."""
    found: dict[str, None] = {}
    waiting = list(units)
    while waiting:
        for parent in plan.unit(waiting.pop(0)).parents:
            if parent not in found and plan.unit(parent).kind is kind:
                found[parent] = None
                waiting.append(parent)
    return tuple(found)
