"""What adds up to what: the sums by which a hidden figure could be computed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from shared.plans import Plan, Unit, UnitKind

_AREAS = frozenset({UnitKind.REGION, UnitKind.CITY})


@dataclass(frozen=True, slots=True)
class Relation:
    """A parent, its children of one kind, and a rest that nobody publishes.

    parent = children + rest. The rest is what belongs to none of the children.
    """

    parent: str
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The sums of all plans that are followed: units of several plans may nest."""

    relations: tuple[Relation, ...]
    kinds: Mapping[str, UnitKind]
    """Kind by unit: hiding a county costs readers more than hiding a cluster."""


def hierarchy_of(plans: Iterable[Plan]) -> Hierarchy:
    """The sums of these plans; the same sum in two plans is one."""
    all_plans = list(plans)
    found: dict[Relation, None] = {}
    for plan in all_plans:
        found.update(dict.fromkeys(_relations(plan)))
    found.update(dict.fromkeys(_same_areas(all_plans)))
    kinds = {unit.id: unit.kind for plan in all_plans for unit in plan.units}
    return Hierarchy(tuple(found), kinds)


def _relations(plan: Plan) -> Iterable[Relation]:
    groups: dict[tuple[str, UnitKind], list[str]] = {}
    for unit in plan.units:
        for parent in sorted(_parents(plan, unit) - {unit.id}):
            groups.setdefault((parent, unit.kind), []).append(unit.id)
    return [Relation(parent, tuple(sorted(units))) for (parent, _), units in groups.items()]


def _parents(plan: Plan, unit: Unit) -> set[str]:
    if unit.kind is UnitKind.CLUSTER:
        # A cluster counts in its primary parent alone where the plan names one.
        parents = {unit.primary_parent} if unit.primary_parent else set(unit.parents)
        return {*parents, unit.region}
    if unit.kind is UnitKind.INDUSTRY:
        return {*unit.parents, plan.city}
    return set(unit.parents)


def _same_areas(plans: Iterable[Plan]) -> Iterable[Relation]:
    """Areas of different plans with the same codes and parks are the same enterprises."""
    areas = {
        unit.id: (frozenset(unit.codes), frozenset(unit.parks))
        for plan in plans
        for unit in plan.units
        if unit.kind in _AREAS and (unit.codes or unit.parks)
    }
    pairs = combinations(sorted(areas), 2)
    return [Relation(one, (other,)) for one, other in pairs if areas[one] == areas[other]]
