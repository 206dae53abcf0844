"""What the plan catalogue says about the units that alerts name."""

from collections.abc import Iterator

from shared.plans.catalogue import Catalogue
from shared.plans.units import Unit


class Directory:
    """Names, regions and responsible bodies; unknown ids answer with themselves or nothing."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def plan_title(self, plan: str) -> str:
        """Title of the plan's document."""
        try:
            return self._catalogue.plan(plan).title
        except KeyError:
            return plan

    def accountable_body(self, plan: str, unit: str) -> str | None:
        """责任主体 of a unit."""
        found = self._unit(plan, unit)
        return None if found is None else found.accountable_body

    def responsible_units(self, plan: str, unit: str) -> tuple[str, ...]:
        """责任单位 of a unit."""
        found = self._unit(plan, unit)
        return () if found is None else found.responsible_units

    def regions_around(self, plan: str, region: str) -> frozenset[str]:
        """The region itself and every region it lies in."""
        return frozenset(self._climb(plan, region))

    def _climb(self, plan: str, region: str) -> Iterator[str]:
        seen: set[str] = set()
        waiting = [region]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            yield current
            found = self._unit(plan, current)
            if found is not None:
                waiting += [*found.parents, found.region]

    def parent_of(self, plan: str, unit: str) -> str | None:
        """The unit that a cluster is part of and compared with: its primary or only parent."""
        found = self._unit(plan, unit)
        if found is None or not found.parents:
            return None
        return found.primary_parent or found.parents[0]

    def is_value_indicator(self, plan: str, unit: str, indicator: str) -> bool:
        """Whether the indicator is the one a unit is judged by; true for unknown units."""
        found = self._unit(plan, unit)
        return found is None or found.value_indicator == indicator

    def _unit(self, plan: str, unit: str) -> Unit | None:
        try:
            found = self._catalogue.plan(plan)
        except KeyError:
            return None
        return found.unit(unit) if found.has_unit(unit) else None
