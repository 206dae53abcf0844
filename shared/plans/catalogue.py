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
    """Load plan files; None loads the shipped ones.

    Raises `PlanError` with every problem of every file.
    """
    plans: list[Plan] = []
    found: list[Problem] = []
    for path in shipped_plans() if paths is None else paths:
        try:
            plans.append(load_plan(path))
        except PlanError as error:
            found += error.problems
    found += _clashes(plans)
    if found:
        raise PlanError(found)
    return Catalogue(tuple(plans))


def load_plan(path: Path) -> Plan:
    """Load one plan file. Raises `PlanError` with every problem of it."""
    return build_plan(*read_yaml(path))


def build_plan(value: Value, problems: Problems) -> Plan:
    """Make a plan of a file's values. Raises `PlanError`."""
    plan = read_plan(Fields(value, "", problems))
    check_plan(plan, problems)
    if problems.found:
        raise PlanError(sorted(problems.found, key=lambda problem: problem.line))
    return plan


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
