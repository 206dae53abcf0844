"""Attribution: which units a report counts in, with which share, de-duplicated for each unit."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from services.ingest.domain.register import WHOLE, ClusterShare, Entry
from shared.events.period import Month
from shared.plans import Plan, Unit, UnitKind

_ALWAYS = Month(1, 1)
_REMEMBERED = 50_000
"""Attributions kept in memory, some 100 MB at most."""

_NOTHING_SETTLED: Mapping[str, int] = MappingProxyType({})

Shares = Mapping[str, int]
"""Unit id → weight in ten-thousandths."""


def cluster_shares(plan: Plan, entry: Entry, month: Month) -> dict[str, int]:
    """Weights in the clusters of a plan: as the register lists them, else by the plan's rules.

    By rules an enterprise belongs wholly to the first cluster that includes it.
    """
    return _level_shares(plan, entry, month, UnitKind.CLUSTER)


def industry_shares(plan: Plan, entry: Entry, month: Month, clusters: Shares) -> dict[str, int]:
    """Weights in the city's industries.

    Listed ones count as listed. Otherwise each cluster brings its weight to its parents, and an
    enterprise in no cluster belongs to the industry whose rules include it.
    """
    listed = _listed(plan, entry.memberships or (), UnitKind.INDUSTRY)
    if listed:
        return listed
    shares: dict[str, int] = {}
    for cluster, weight in clusters.items():
        for parent in industry_parents(plan, plan.unit(cluster), entry, month):
            shares[parent] = min(WHOLE, shares.get(parent, 0) + weight)
    if shares or entry.memberships is not None:
        return shares
    return _by_rules(plan, entry, month, UnitKind.INDUSTRY)


def industry_parents(plan: Plan, cluster: Unit, entry: Entry, month: Month) -> tuple[str, ...]:
    """City industries that a member of a cluster counts in.

    The primary parent where the plan names one. Of several others, those whose own rules include
    the enterprise, so that it counts once; the first where none does.
    """
    if cluster.primary_parent:
        return (cluster.primary_parent,)
    units = [plan.unit(parent) for parent in cluster.parents if plan.has_unit(parent)]
    industries = [unit for unit in units if unit.kind is UnitKind.INDUSTRY]
    own = [
        unit
        for unit in industries
        if unit.includes(entry.region, entry.park, entry.industry, month)
    ]
    return tuple(unit.id for unit in own or industries[:1])


def areas(plan: Plan, region: str, park: str | None) -> tuple[str, ...]:
    """The county or park an enterprise or project lies in, and the city; a park wins."""
    regions = [unit for unit in plan.units if unit.kind is UnitKind.REGION]
    found = [unit for unit in regions if park is not None and park in unit.parks]
    found = found or [unit for unit in regions if region in unit.codes]
    city = plan.unit(plan.city)
    if not found:
        return (city.id,) if region in city.codes else ()
    return (found[0].id, city.id)


def _level_shares(plan: Plan, entry: Entry, month: Month, kind: UnitKind) -> dict[str, int]:
    if entry.memberships is not None:
        return _listed(plan, entry.memberships, kind)
    return _by_rules(plan, entry, month, kind)


def _listed(plan: Plan, memberships: Iterable[ClusterShare], kind: UnitKind) -> dict[str, int]:
    return {
        share.cluster: share.weight
        for share in memberships
        if plan.has_unit(share.cluster) and plan.unit(share.cluster).kind is kind
    }


def _by_rules(plan: Plan, entry: Entry, month: Month, kind: UnitKind) -> dict[str, int]:
    for unit in plan.units:
        if unit.kind is kind and unit.includes(entry.region, entry.park, entry.industry, month):
            return {unit.id: WHOLE}
    return {}


def distribute(
    value: int, shares: Shares, settled: Mapping[str, int] = _NOTHING_SETTLED
) -> dict[str, int]:
    """Parts of an amount by weight, rounded half to even.

    Where the weights make a whole, the largest share takes the remainder, so that the parts sum
    to the amount exactly. Parts in `settled` are given; the remainder is for the others.
    """
    if len(shares) == 1 and WHOLE in shares.values():
        return dict.fromkeys(shares, value)
    parts = {unit: round(Fraction(value * weight, WHOLE)) for unit, weight in shares.items()}
    parts |= settled
    free = shares.keys() - settled.keys()
    if free and sum(shares.values()) == WHOLE:
        largest = max(free, key=lambda unit: (shares[unit], unit))
        parts[largest] += value - sum(parts.values())
    return parts


class Attribution:
    """Weights of one report in all units of one plan, and the amounts that follow."""

    def __init__(self, plan: Plan, entry: Entry, month: Month) -> None:
        self._clusters = cluster_shares(plan, entry, month)
        self._industries = industry_shares(plan, entry, month, self._clusters)
        self._areas = areas(plan, entry.region, entry.park)
        self._children = self._inherited(plan, entry, month)
        self.weights: Mapping[str, int] = {
            **self._clusters,
            **self._industries,
            **dict.fromkeys(self._areas, WHOLE),
        }
        """Weight in each unit, in ten-thousandths."""
        self.undivided = all(weight == WHOLE for weight in self.weights.values())
        """Whether the whole report counts in each of its units."""

    def _inherited(self, plan: Plan, entry: Entry, month: Month) -> dict[str, tuple[str, ...]]:
        """Industries whose weight comes from clusters alone, with those clusters."""
        children: dict[str, list[str]] = {}
        for cluster in self._clusters:
            for parent in industry_parents(plan, plan.unit(cluster), entry, month):
                children.setdefault(parent, []).append(cluster)
        return {
            parent: tuple(clusters)
            for parent, clusters in children.items()
            if self._industries.get(parent) == sum(self._clusters[c] for c in clusters)
        }

    def amounts(self, value: int | None) -> dict[str, int | None]:
        """What an amount contributes to each unit; null stays null."""
        if value is None or self.undivided:
            return dict.fromkeys(self.weights, value)
        clusters = distribute(value, self._clusters)
        # The parts of its clusters, so that an industry is exactly the sum of its clusters.
        inherited = {
            parent: sum(clusters[child] for child in children)
            for parent, children in self._children.items()
        }
        industries = distribute(value, self._industries, inherited)
        return {**clusters, **industries, **dict.fromkeys(self._areas, value)}


class Attributor:
    """Attributions in every plan that is followed.

    They are remembered: between two months in which a dated rule begins or ends, all months of a
    register entry are attributed alike.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = tuple(plans)
        self.turns = _turns(plans)
        """Months in which attribution may change while the register does not, in order."""
        self._parks = _parks_without_code(plans)
        self._known: dict[tuple[Entry, int], tuple[Attribution, ...]] = {}

    def of(self, entry: Entry, month: Month) -> tuple[Attribution, ...]:
        """How a report of this month is attributed while this register entry holds.

        One attribution for each plan that has a unit for it.
        """
        key = (entry, bisect_right(self.turns, month))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = (Attribution(plan, entry, month) for plan in deciding(self._plans, month))
            known = self._known[key] = tuple(item for item in found if item.weights)
        return known

    def park_of(self, cluster: str | None) -> str | None:
        """The park that a cluster lies in, where that park has no region code of its own."""
        return None if cluster is None else self._parks.get(cluster)


def deciding(plans: Sequence[Plan], month: Month) -> Iterable[Plan]:
    """Of each plan the version that decides in a month; its first one for months before it."""
    versions: dict[str, list[Plan]] = {}
    for plan in plans:
        versions.setdefault(plan.id, []).append(plan)
    for candidates in versions.values():
        ordered = sorted(candidates, key=_effective_from)
        begun = [plan for plan in ordered if _effective_from(plan) <= month]
        yield (begun or ordered[:1])[-1]


def _effective_from(plan: Plan) -> Month:
    return plan.effective_from or _ALWAYS


def _turns(plans: Sequence[Plan]) -> list[Month]:
    """Months in which a plan's version or a dated membership rule begins or ends, in order."""
    rules = [rule for plan in plans for unit in plan.units for rule in unit.membership]
    versions = {_effective_from(plan) for plan in plans}
    begins = {rule.valid_from for rule in rules if rule.valid_from is not None}
    ends = {rule.valid_to.following for rule in rules if rule.valid_to is not None}
    return sorted(versions | begins | ends)


def _parks_without_code(plans: Sequence[Plan]) -> dict[str, str]:
    """Park by the clusters in it."""
    places = [
        (unit.id, plan.unit(unit.region))
        for plan in plans
        for unit in plan.units
        if unit.kind is UnitKind.CLUSTER and plan.has_unit(unit.region)
    ]
    return {cluster: area.parks[0] for cluster, area in places if area.parks and not area.codes}
