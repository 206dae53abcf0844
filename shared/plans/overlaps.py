"""Finds membership rules that would put one enterprise into two units of one level."""

from itertools import combinations

from shared.plans.model import Plan
from shared.plans.units import MembershipRule, Unit, UnitKind

_EXCLUSIVE_KINDS = (UnitKind.CLUSTER, UnitKind.INDUSTRY, UnitKind.REGION)


def overlapping_units(plan: Plan) -> list[tuple[Unit, Unit, MembershipRule]]:
    """Pairs of units of one kind that can claim the same enterprise, with the second one's rule.

    A unit inside another of its kind (a sub-cluster) may share its enterprises with it.
    """
    found = []
    for kind in _EXCLUSIVE_KINDS:
        peers = [unit for unit in plan.units if unit.kind is kind]
        for first, second in combinations(peers, 2):
            if _nested(plan, first, second):
                continue
            rule = _clash(first, second)
            if rule is not None:
                found.append((first, second, rule))
    return found


def can_meet(first: MembershipRule, second: MembershipRule) -> bool:
    """Whether some enterprise in some month could satisfy both rules."""
    return (
        _share(first.regions, second.regions)
        and _parks_meet(first, second)
        and _prefixes_meet(first.industries, second.industries)
        and _months_meet(first, second)
    )


def _clash(first: Unit, second: Unit) -> MembershipRule | None:
    for mine in first.membership:
        for theirs in second.membership:
            if can_meet(mine, theirs):
                return theirs
    return None


def _share(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    return not first or not second or not set(first).isdisjoint(second)


def _parks_meet(first: MembershipRule, second: MembershipRule) -> bool:
    if not first.parks and not second.parks:
        return True  # an enterprise in no park at all
    allowed = set(first.parks or second.parks)
    if first.parks and second.parks:
        allowed &= set(second.parks)
    return bool(allowed - set(first.not_parks) - set(second.not_parks))


def _prefixes_meet(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    if not first or not second:
        return True
    return any(a.startswith(b) or b.startswith(a) for a in first for b in second)


def _months_meet(first: MembershipRule, second: MembershipRule) -> bool:
    return _begins_in_time(first, second) and _begins_in_time(second, first)


def _begins_in_time(rule: MembershipRule, other: MembershipRule) -> bool:
    """Whether `rule` begins before `other` has ended."""
    return rule.valid_from is None or other.valid_to is None or rule.valid_from <= other.valid_to


def _nested(plan: Plan, first: Unit, second: Unit) -> bool:
    return first.id in ancestors(plan, second) or second.id in ancestors(plan, first)


def ancestors(plan: Plan, unit: Unit) -> set[str]:
    """Ids of all units above this one; also right when the parents form a circle."""
    found: set[str] = set()
    waiting = list(unit.parents)
    while waiting:
        parent = waiting.pop()
        if parent in found or not plan.has_unit(parent):
            continue
        found.add(parent)
        waiting += plan.unit(parent).parents
    return found
