"""Checks across the parts of a plan: references, duplicates, circles, overlapping rules."""

from collections.abc import Iterable

from shared.plans.model import Plan
from shared.plans.overlaps import ancestors, overlapping_units
from shared.plans.problems import Problems
from shared.plans.targets import Comparator, PathKind, TargetKind
from shared.plans.units import UnitKind


def check_plan(plan: Plan, problems: Problems) -> None:
    """Add every problem that only shows when the whole plan is known."""
    _check_duplicates(plan, problems)
    _check_units(plan, problems)
    _check_indicators(plan, problems)
    _check_references(plan, problems)
    _check_overlaps(plan, problems)


def unit_fields(plan: Plan) -> dict[str, str]:
    """Where each unit stands in the file: unit id → field path."""
    counters: dict[str, int] = {}
    paths: dict[str, str] = {}
    for unit in plan.units:
        section = _SECTIONS[unit.kind]
        index = counters.get(section, 0)
        counters[section] = index + 1
        paths.setdefault(unit.id, f"{section}[{index}]")
    return paths


_SECTIONS = {
    UnitKind.CITY: "regions",
    UnitKind.REGION: "regions",
    UnitKind.INDUSTRY: "industries",
    UnitKind.CLUSTER: "clusters",
}


def _check_duplicates(plan: Plan, problems: Problems) -> None:
    unit_entries: list[tuple[str, str]] = []
    counters: dict[str, int] = {}
    for unit in plan.units:
        section = _SECTIONS[unit.kind]
        index = counters.get(section, 0)
        counters[section] = index + 1
        unit_entries.append((unit.id, f"{section}[{index}].id"))
    _report_duplicates(unit_entries, problems)
    for section, ids in (
        ("indicators", [indicator.id for indicator in plan.indicators]),
        ("history", [figure.id for figure in plan.history]),
        ("milestones", [milestone.id for milestone in plan.milestones]),
        ("mechanisms", [mechanism.id for mechanism in plan.mechanisms]),
        ("notes", [note.id for note in plan.notes]),
    ):
        entries = [(entry, f"{section}[{index}].id") for index, entry in enumerate(ids)]
        _report_duplicates(entries, problems)


def _report_duplicates(entries: Iterable[tuple[str, str]], problems: Problems) -> None:
    first: dict[str, str] = {}
    for entry, field in entries:
        if entry and entry in first:
            line = problems.line_of(first[entry])
            problems.add(field, f"{entry!r} is already used on line {line}", "give another id")
        first.setdefault(entry, field)


def _check_units(plan: Plan, problems: Problems) -> None:
    if plan.city and not plan.has_unit(plan.city):
        problems.add("plan.city", f"{plan.city!r} is not a region", "add it under regions")
    paths = unit_fields(plan)
    for unit in plan.units:
        path = paths[unit.id]
        for index, parent in enumerate(unit.parents):
            if parent and not plan.has_unit(parent):
                place = "within" if unit.kind in {UnitKind.REGION, UnitKind.CITY} else "parents"
                field = f"{path}.{place}" + (f"[{index}]" if place == "parents" else "")
                problems.add(field, f"{parent!r} is not a unit", "name a unit of this plan")
        if unit.id in ancestors(plan, unit):
            problems.add(path, f"{unit.id!r} is its own ancestor", "break the circle of parents")
        if unit.region and not plan.has_unit(unit.region):
            problems.add(
                f"{path}.region", f"{unit.region!r} is not a region", "add it under regions"
            )


def _check_indicators(plan: Plan, problems: Problems) -> None:
    for index, indicator in enumerate(plan.indicators):
        path = f"indicators[{index}]"
        if indicator.unit and not plan.has_unit(indicator.unit):
            problems.add(
                f"{path}.unit", f"{indicator.unit!r} is not a unit", "name a unit of this plan"
            )
        if indicator.kind is TargetKind.MULTIPLE and indicator.multiple is None:
            problems.add(f"{path}.multiple", "is missing", "write how many times the base, e.g. 2")
        for number, target in enumerate(indicator.targets):
            field = f"{path}.targets[{number}]"
            growth = target.comparator is Comparator.GROWTH
            if growth and indicator.kind is not TargetKind.GROWTH:
                problems.add(
                    f"{field}.comparator", "growth_pa fits only kind growth", "use another one"
                )
            base = indicator.base
            if base is not None and target.year is not None and target.year <= base.year:
                problems.add(f"{field}.year", "is not after the base year", "check both years")
        years = [target.year for target in indicator.targets if target.year is not None]
        if indicator.path is PathKind.MILESTONES and len(years) < len(indicator.targets):
            problems.add(f"{path}.path", "milestones need dated targets", "date them")


def _check_references(plan: Plan, problems: Problems) -> None:
    units = {unit.id for unit in plan.units}
    indicators = {indicator.id for indicator in plan.indicators}
    named: list[tuple[str, str | None]] = []
    named += [(f"history[{n}].unit", figure.unit) for n, figure in enumerate(plan.history)]
    named += [(f"projects[{n}].unit", project.unit) for n, project in enumerate(plan.projects)]
    named += [(f"projects[{n}].region", project.region) for n, project in enumerate(plan.projects)]
    named += [(f"milestones[{n}].unit", step.unit) for n, step in enumerate(plan.milestones)]
    _report_unknown(named, units, "a unit of this plan", problems)
    named = [(f"indicators[{n}].part_of", entry.part_of) for n, entry in enumerate(plan.indicators)]
    named += [(f"history[{n}].indicator", entry.indicator) for n, entry in enumerate(plan.history)]
    _report_unknown(named, indicators, "an indicator of this plan", problems)
    known = units | indicators | {figure.id for figure in plan.history}
    known |= {duty.id for duty in plan.mechanisms} | {step.id for step in plan.milestones}
    about = [
        (f"notes[{n}].about[{m}]", entry)
        for n, note in enumerate(plan.notes)
        for m, entry in enumerate(note.about)
    ]
    _report_unknown(about, known, "a unit, indicator or mechanism of this plan", problems)


def _report_unknown(
    named: Iterable[tuple[str, str | None]], known: set[str], what: str, problems: Problems
) -> None:
    for field, entry in named:
        if entry and entry not in known:
            problems.add(field, f"{entry!r} is not {what}", "correct the id, or add it")


def _check_overlaps(plan: Plan, problems: Problems) -> None:
    paths = unit_fields(plan)
    for first, second, rule in overlapping_units(plan):
        place = " ".join(rule.parks or rule.regions) or "everywhere"
        industries = " ".join(rule.industries) or "every industry"
        problems.add(
            f"{paths[second.id]}.membership",
            f"overlaps with the rules of {first.id!r} ({place}: {industries})",
            "give each place and industry to one unit of a level only",
        )
