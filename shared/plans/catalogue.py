"""The catalogue: every plan that is followed, loaded once and passed to the services."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from shared.events.period import Month
from shared.plans.checks import check_plan
from shared.plans.fields import Fields
from shared.plans.model import Plan
from shared.plans.nodes import Value, read_yaml
from shared.plans.overlay import apply_overlay
from shared.plans.parse_overlay import read_overlay_head
from shared.plans.parse_plan import read_plan
from shared.plans.problems import PlanError, Problem, Problems
from shared.plans.units import Unit

SHIPPED = Path(__file__).parent
"""Folder of the plan files that come with the product."""


@dataclass(frozen=True)
class Catalogue:
    """Plans in the order they were loaded; a plan may be there in several dated versions."""

    plans: tuple[Plan, ...]

    def plan(self, plan_id: str, month: Month | None = None) -> Plan:
        """The version of a plan that decides in `month` (default: the newest).

        Raises `KeyError` when there is none.
        """
        versions = [plan for plan in self.plans if plan.id == plan_id]
        if month is not None:
            versions = [
                plan
                for plan in versions
                if plan.effective_from is None or plan.effective_from <= month
            ]
        if not versions:
            raise KeyError(plan_id)
        return max(versions, key=lambda plan: plan.effective_from or _ALWAYS)

    def deciding(self, plan_id: str, month: Month) -> Plan:
        """The version that decides in a month; before the first one begins, the first.

        Raises `KeyError` when no version has this id.
        """
        try:
            return self.plan(plan_id, month)
        except KeyError:
            versions = [plan for plan in self.plans if plan.id == plan_id]
            if not versions:
                raise
            return min(versions, key=lambda plan: plan.effective_from or month)

    @cached_property
    def own_feeds(self) -> frozenset[str]:
        """Ids of the plan indicators that no other feed has (`PlanIndicator.own_feed`)."""
        return frozenset(i.id for plan in self.plans for i in plan.indicators if i.own_feed)

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Every unit of every plan once, by id; ids mean the same place in all plans."""
        return {unit.id: unit for plan in reversed(self.plans) for unit in plan.units}


_ALWAYS = Month(1, 1)
_FIRST = "suzhou-2027"  # the plan the product was made for comes first in every list


def shipped_plans() -> tuple[Path, ...]:
    """The plan files that come with the product, in a fixed order."""
    return tuple(sorted(SHIPPED.glob("*.yaml"), key=lambda path: (path.stem != _FIRST, path.name)))


def load_catalogue(paths: Sequence[Path] | None = None) -> Catalogue:
    """Load plan files and overlays; where no plan is among them, the shipped plans.

    Overlays are applied in their order, to the plans they name. Raises `PlanError` with every
    problem of every file.
    """
    found: list[Problem] = []
    files = _read_all(paths or (), found)
    overlays = [(value, problems) for value, problems in files if _is_overlay(value)]
    if len(overlays) == len(files) and not found:
        files += _read_all(shipped_plans(), found)
    plans: list[Plan] = []
    for value, problems in files:
        if not _is_overlay(value):
            plans.append(build_plan(value, problems))
            found += _in_order(problems)
    found = found or _clashes(plans)
    if found:
        raise PlanError(found)
    for value, problems in overlays:
        plans = _overlaid(plans, value, problems)
        found += _in_order(problems)
    if found:
        raise PlanError(found)
    return Catalogue(tuple(plans))


def _read_all(paths: Sequence[Path], found: list[Problem]) -> list[tuple[Value, Problems]]:
    files = []
    for path in paths:
        try:
            files.append(read_yaml(path))
        except PlanError as error:
            found += error.problems
    return files


def _is_overlay(value: Value) -> bool:
    return isinstance(value, dict) and "overlay" in value


def build_plan(value: Value, problems: Problems) -> Plan:
    """The plan of one file's content; what is wrong with it is added to `problems`."""
    plan = read_plan(Fields(value, "", problems))
    check_plan(plan, problems)
    return plan


def _in_order(problems: Problems) -> list[Problem]:
    """The problems of one file from its top to its bottom."""
    return sorted(dict.fromkeys(problems.found), key=lambda problem: problem.line)


def _overlaid(plans: list[Plan], value: Value, problems: Problems) -> list[Plan]:
    """`plans` with an overlay: in place of the plan's versions, or as a new dated version."""
    overlay = read_overlay_head(Fields(value, "", problems))
    versions = [plan for plan in plans if plan.id == overlay.plan]
    if not versions:
        known = ", ".join(dict.fromkeys(plan.id for plan in plans))
        if overlay.plan:
            problems.add("overlay.plan", f"{overlay.plan!r} is unknown", f"use one of: {known}")
        return plans

    def applied(plan: Plan) -> Plan:
        root = Fields(value, "", problems)
        root.has("overlay")
        return apply_overlay(plan, overlay, root)

    month = overlay.effective_from
    if month is None:
        return [applied(plan) if plan in versions else plan for plan in plans]
    try:
        decides = Catalogue(tuple(versions)).plan(overlay.plan, month)
    except KeyError:
        problems.add("overlay.effective_from", "is before the plan", "write a later month")
        return plans
    place = plans.index(decides)
    kept = [] if decides.effective_from == month else [decides]
    return [*plans[:place], *kept, applied(decides), *plans[place + 1 :]]


def _clashes(plans: Sequence[Plan]) -> list[Problem]:
    """Same plan and date twice, or one unit id with two meanings."""
    found = []
    versions: set[tuple[str, Month | None]] = set()
    units: dict[str, tuple[Plan, Unit]] = {}
    for plan in plans:
        if (plan.id, plan.effective_from) in versions:
            message = f"is there twice with the same effective_from ({plan.effective_from})"
            found.append(Problem(plan.id, 1, "plan", message, "date the versions"))
        versions.add((plan.id, plan.effective_from))
        for unit in plan.units:
            other_plan, other = units.setdefault(unit.id, (plan, unit))
            if other_plan.id != plan.id and not _same_place(unit, other):
                message = f"{unit.id!r} has other members or another kind than in {other_plan.id}"
                found.append(Problem(plan.id, 1, "units", message, "use another id"))
    return found


def _same_place(first: Unit, second: Unit) -> bool:
    return first.kind is second.kind and first.membership == second.membership
