"""What lists on pages offer."""

from services.alerts.api.reach import Reach
from shared.access.readers import Reader
from shared.plans import UnitKind

Groups = list[tuple[str, list[tuple[str, str]]]]
"""Titles, each with values and texts."""

DURATIONS = [
    ("2", "2 小时"),
    ("8", "8 小时"),
    ("24", "1 天"),
    ("72", "3 天"),
    ("168", "1 周"),
    ("720", "30 天"),
]
HOURS = frozenset(hours for hours, _ in DURATIONS)


def unit_groups(reach: Reach, reader: Reader, *, regions: bool = False) -> Groups:
    """Units (or regions) that a reader may see, by plan."""
    visible = reach.units(reader)
    kinds = {UnitKind.REGION, UnitKind.CITY}
    groups = []
    for plan in reach.catalogue.plans:
        units = [
            (unit.id, unit.name)
            for unit in plan.units
            if (unit.kind in kinds) is regions
            and (visible is None or (plan.id, unit.id) in visible)
        ]
        if units:
            groups.append((plan.title, units))
    return groups


def plans(reach: Reach, reader: Reader) -> list[tuple[str, str]]:
    """Plans that a reader may see."""
    allowed = reader.scope.plans
    return [
        (plan.id, plan.title)
        for plan in reach.catalogue.plans
        if allowed is None or plan.id in allowed
    ]
