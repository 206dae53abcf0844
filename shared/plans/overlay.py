"""Applies an operator's overlay to a plan: it adds, it never contradicts the document."""

from dataclasses import replace

from shared.plans.fields import Fields
from shared.plans.model import Plan, PlanIndicator
from shared.plans.overlaps import overlapping_units
from shared.plans.parse_indicators import safe_path
from shared.plans.parse_overlay import (
    IndicatorEntry,
    Overlay,
    TargetEntry,
    UnitEntry,
    read_indicator_entry,
    read_unit_entry,
)
from shared.plans.problems import Problems
from shared.plans.regions import Area, RegionTable
from shared.plans.targets import Base, Comparator, Target
from shared.plans.units import Unit, UnitKind

_REMEDY = "an overlay adds what is missing; a changed document is a new version of the plan file"


def apply_overlay(plan: Plan, overlay: Overlay, root: Fields) -> Plan:
    """The plan with the overlay's entries, its version and its source in everything they touch.

    Problems go to the collector of `root`; with any, the plan must not be used.
    """
    indicators = {indicator.id: indicator for indicator in plan.indicators}
    for fields in root.children("indicators"):
        known = indicators.get(fields.text("id"))
        entry = read_indicator_entry(fields, known)
        if known is None:
            _unknown(root.problems, entry.field, entry.id, "an indicator")
        else:
            indicators[entry.id] = _with_indicator(known, entry, overlay, root.problems)
    units = _overlaid_units(plan, overlay, root)
    root.finish()
    result = replace(
        plan,
        version=f"{plan.version}+{overlay.version}",
        effective_from=overlay.effective_from or plan.effective_from,
        units=tuple(units.values()),
        indicators=tuple(indicators.values()),
        overlays=(*plan.overlays, overlay.source),
    )
    for first, second, _ in overlapping_units(result):
        message = f"the rules of {first.id!r} and {second.id!r} overlap"
        root.problems.add("units", message, "give each place and industry to one unit of a level")
    return result


def _overlaid_units(plan: Plan, overlay: Overlay, root: Fields) -> dict[str, Unit]:
    units = {unit.id: unit for unit in plan.units}
    table = _region_table(plan)
    for fields in root.children("units"):
        known = units.get(fields.text("id"))
        entry = read_unit_entry(fields, known.region if known else plan.city, table)
        if known is None:
            _unknown(root.problems, entry.field, entry.id, "a unit")
        else:
            units[entry.id] = _with_unit(known, entry, overlay)
    return units


def _region_table(plan: Plan) -> RegionTable:
    regions = [unit for unit in plan.units if unit.kind in {UnitKind.CITY, UnitKind.REGION}]
    return RegionTable(
        Area(unit.id, unit.primary_parent, unit.codes, unit.parks) for unit in regions
    )


def _with_unit(unit: Unit, entry: UnitEntry, overlay: Overlay) -> Unit:
    given = {
        "aliases": (*unit.aliases, *entry.aliases) if entry.aliases else None,
        "accountable_body": entry.accountable_body,
        "responsible_units": entry.responsible_units or None,
        "membership": entry.membership,
        "series_breaks": (*unit.series_breaks, *entry.series_breaks)
        if entry.series_breaks
        else None,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    overlaid = _marked(unit.overlaid, list(changed), overlay)
    return replace(unit, overlaid=overlaid, **changed)  # type: ignore[arg-type]


def _with_indicator(
    indicator: PlanIndicator, entry: IndicatorEntry, overlay: Overlay, problems: Problems
) -> PlanIndicator:
    targets = indicator.targets
    for target in entry.targets:
        targets = _with_target(indicator, targets, target, overlay, problems)
    base = _with_base(indicator, entry, overlay, problems)
    _check_years(entry, base, problems)
    given = {
        "targets": targets if entry.targets else None,
        "base": base if entry.base else None,
        "population": entry.population,
        "path": entry.path,
        "accountable_body": entry.accountable_body,
        "responsible_units": entry.responsible_units or None,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    overlaid = _marked(indicator.overlaid, list(changed), overlay)
    result = replace(indicator, overlaid=overlaid, **changed)  # type: ignore[arg-type]
    return replace(result, path=safe_path(result.path, result.base, result.targets))


def _with_target(
    indicator: PlanIndicator,
    targets: tuple[Target, ...],
    entry: TargetEntry,
    overlay: Overlay,
    problems: Problems,
) -> tuple[Target, ...]:
    """`targets` with the entry in the place of the empty one of its year, or added."""
    stated = next((target for target in targets if target.year == entry.year), None)
    if stated is not None and stated.value is not None:
        message = f"{stated.source} already states {stated.comparator} {stated.value:f}"
        problems.add(f"{entry.field}.value", message, _REMEDY)
        return targets
    comparator = entry.comparator or (stated.comparator if stated else Comparator.AT_LEAST)
    target = Target(entry.year, entry.value, comparator, indicator.measure, source=overlay.source)
    if stated is None:
        return (*targets, target)
    return tuple(target if each is stated else each for each in targets)


def _with_base(
    indicator: PlanIndicator, entry: IndicatorEntry, overlay: Overlay, problems: Problems
) -> Base | None:
    """The overlay's base, unless the document states one."""
    stated = indicator.base
    if entry.base is None:
        return stated
    if stated is not None and stated.value is not None:
        message = f"{stated.source} already states {stated.value:f} in {stated.year}"
        problems.add(f"{entry.field}.base", message, _REMEDY)
        return stated
    return entry.base if entry.base.from_data else replace(entry.base, source=overlay.source)


def _check_years(entry: IndicatorEntry, base: Base | None, problems: Problems) -> None:
    for target in entry.targets:
        if base is not None and target.year is not None and target.year <= base.year:
            problems.add(f"{target.field}.year", "is not after the base year", "check both years")


def _marked(before: tuple[str, ...], names: list[str], overlay: Overlay) -> tuple[str, ...]:
    return (*before, *(f"{name}: {overlay.source}" for name in names))


def _unknown(problems: Problems, field: str, entry: str, what: str) -> None:
    problems.add(f"{field}.id", f"{entry!r} is not {what} of the plan", "correct the id")
