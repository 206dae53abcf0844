"""What the plan catalogue says about the units that alerts name."""

from collections.abc import Iterator

from shared.plans.catalogue import Catalogue
from shared.plans.model import Cadence, PlanIndicator
from shared.plans.targets import TargetKind
from shared.plans.units import Unit

_MILLION = 1_000_000
"""Plans keep ratios in millionths."""


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

    def plans_with(self, unit: str) -> tuple[str, ...]:
        """Plans that have such a unit."""
        found = (plan.id for plan in self._catalogue.plans if plan.has_unit(unit))
        return tuple(dict.fromkeys(found))

    def name_of(self, plan: str, unit: str) -> str:
        """Display name of a unit."""
        found = self._unit(plan, unit)
        return unit if found is None else found.name

    def region_of(self, plan: str, unit: str) -> str:
        """Region that a unit lies in; empty for unknown units."""
        found = self._unit(plan, unit)
        return "" if found is None else found.region

    def indicator_name(self, plan: str, unit: str, indicator: str) -> str | None:
        """What the plan's document calls an indicator; null where it names none."""
        found = self._indicator(plan, unit, indicator)
        return None if found is None else found.name

    def growth_wanted(self, plan: str, unit: str, indicator: str) -> float | None:
        """Growth a year that the plan wants of an indicator, as a ratio; null without one."""
        found = self._indicator(plan, unit, indicator)
        if found is None or found.kind is not TargetKind.GROWTH or found.target is None:
            return None
        millionths = found.target.base_units
        return None if millionths is None else millionths / _MILLION

    def comes_monthly(self, plan: str, unit: str, indicator: str) -> bool:
        """Whether figures of an indicator come every month.

        What enterprises report does; an indicator that only the plan knows comes by its
        periodicity, by the year where the plan does not say.
        """
        found = self._indicator(plan, unit, indicator)
        own_feed = found is not None and found.indicator == found.id
        return not own_feed or (found is not None and found.periodicity is Cadence.MONTHLY)

    def _indicator(self, plan: str, unit: str, indicator: str) -> PlanIndicator | None:
        try:
            found = self._catalogue.plan(plan).indicators_of(unit)
        except KeyError:
            return None
        named = (one for one in found if indicator in {one.id, one.indicator})
        return next(named, None)

    def _unit(self, plan: str, unit: str) -> Unit | None:
        try:
            found = self._catalogue.plan(plan)
        except KeyError:
            return None
        return found.unit(unit) if found.has_unit(unit) else None
