"""Reads indicators, targets and bases of a plan file."""

from decimal import Decimal

from shared.plans.fields import Fields
from shared.plans.measures import MEASURES
from shared.plans.model import Attribute, Cadence, PlanIndicator, Relevance, Threshold
from shared.plans.parse_units import read_locator
from shared.plans.targets import (
    DOCUMENT,
    FEED,
    Base,
    Comparator,
    Missing,
    PathKind,
    Target,
    TargetKind,
    UndatedBase,
    in_base_units,
)

_WITHOUT_MEASURE = frozenset({TargetKind.MILESTONE, TargetKind.TEXT})
_SMALLER_IS_BETTER = frozenset({TargetKind.CEILING, TargetKind.RANK})
_PATHS = {
    TargetKind.ANNUAL_FLOW: PathKind.CAGR,
    TargetKind.STOCK: PathKind.CAGR,
    TargetKind.PER_CAPITA: PathKind.CAGR,
    TargetKind.MULTIPLE: PathKind.CAGR,
    TargetKind.SHARE: PathKind.LINEAR,
    TargetKind.RATE: PathKind.LINEAR,
    TargetKind.RANK: PathKind.LINEAR,
    TargetKind.INCREMENT: PathKind.LINEAR,
    TargetKind.COVERAGE: PathKind.LINEAR,
    TargetKind.YEARLY_COUNT: PathKind.YEARLY,
    TargetKind.GROWTH: PathKind.YEARLY,
    TargetKind.FLOOR: PathKind.CONSTANT,
    TargetKind.CEILING: PathKind.CONSTANT,
    TargetKind.MILESTONE: PathKind.NONE,
    TargetKind.TEXT: PathKind.NONE,
}


def read_indicator(fields: Fields) -> PlanIndicator:
    """One entry of `indicators`."""
    kind = fields.choice("kind", TargetKind)
    measure = _measure(fields, kind)
    base = _base(fields, measure)
    targets = tuple(_target(child, measure) for child in fields.children("targets"))
    indicator_id = fields.text("id")
    indicator = PlanIndicator(
        id=indicator_id,
        unit=fields.text("unit"),
        indicator=fields.optional_text("indicator") or indicator_id,
        name=fields.text("name"),
        measure=measure,
        kind=kind,
        targets=targets,
        path=fields.choice("path", PathKind, safe_path(_PATHS[kind], base, targets)),
        direction=_direction(fields, kind, targets),
        base=base,
        undated_base=_undated_base(fields, measure),
        also_stated=tuple(_target(child, measure) for child in fields.children("also_stated")),
        multiple=fields.optional_decimal("multiple"),
        part_of=fields.optional_text("part_of"),
        attribute=fields.optional_choice("attribute", Attribute),
        relevance=fields.choice("relevance", Relevance, Relevance.CORE),
        periodicity=fields.optional_choice("periodicity", Cadence),
        population=_population(fields),
        origins=fields.texts("origins"),
        accountable_body=fields.optional_text("accountable_body"),
        responsible_units=fields.texts("responsible_units"),
        locator=read_locator(fields),
        notes=fields.texts("notes"),
    )
    fields.finish()
    return indicator


def read_threshold(fields: Fields) -> Threshold:
    """A named figure that decides who or what is meant."""
    value = fields.optional_decimal("value")
    if value is None:
        fields.problems.add(fields.at("value"), "is missing", "write the threshold's figure")
    threshold = Threshold(
        name=fields.text("name"),
        value=value if value is not None else Decimal(0),
        measure=known_measure(fields, "measure", fields.text("measure")),
        comparator=fields.choice("comparator", Comparator),
        scope=fields.optional_text("scope"),
    )
    fields.finish()
    return threshold


def known_measure(fields: Fields, key: str, measure: str) -> str:
    """`measure`, reported when there is no such unit of measure."""
    if measure and measure not in MEASURES:
        fields.problems.add(
            fields.at(key), f"{measure!r} is not a known unit", f"use one of: {' '.join(MEASURES)}"
        )
    return measure


def _measure(fields: Fields, kind: TargetKind) -> str:
    if kind in _WITHOUT_MEASURE:
        return known_measure(fields, "measure", fields.optional_text("measure") or "")
    return known_measure(fields, "measure", fields.text("measure"))


def _target(fields: Fields, measure: str) -> Target:
    measure = known_measure(fields, "measure", fields.optional_text("measure") or measure)
    value = fields.optional_decimal("value")
    missing = fields.optional_choice("missing", Missing)
    if not fields.has("value"):
        fields.problems.add(
            fields.at("value"), "is missing", "write the figure, or null with the reason in missing"
        )
    elif fields.is_null("value") and missing is None:
        fields.problems.add(
            fields.at("missing"), "is missing", "say why there is no value: redacted, ..."
        )
    elif value is not None and missing is not None:
        fields.problems.add(fields.at("missing"), "contradicts the value", "keep one of the two")
    check_representable(fields, "value", value, measure)
    target = Target(
        year=fields.optional_integer("year"),
        value=value,
        comparator=fields.choice("comparator", Comparator),
        measure=measure,
        missing=missing,
        source=fields.optional_text("source") or DOCUMENT,
        approximate=fields.flag("approximate"),
        lines=fields.integers("lines"),
        note=fields.optional_text("note"),
    )
    fields.finish()
    return target


def _base(fields: Fields, measure: str) -> Base | None:
    child = fields.child("base")
    if child is None:
        return None
    base = read_base(child, measure)
    child.finish()
    return base


def read_base(fields: Fields, measure: str) -> Base:
    """`{from_data: 2024}`, or `{year: 2020, value: 95}` with its source."""
    data_year = fields.optional_integer("from_data")
    if data_year is not None:
        return Base(data_year, None, measure, source=FEED, from_data=True)
    value = fields.optional_decimal("value")
    check_representable(fields, "value", value, measure)
    return Base(
        year=fields.integer("year"),
        value=value,
        measure=measure,
        source=fields.optional_text("source") or DOCUMENT,
        comparator=fields.optional_choice("comparator", Comparator),
    )


def _undated_base(fields: Fields, measure: str) -> UndatedBase | None:
    child = fields.child("undated_base")
    if child is None:
        return None
    value = child.optional_decimal("value")
    if value is None:
        child.problems.add(child.at("value"), "is missing", "write the figure, or leave it all out")
    base = UndatedBase(
        value=value if value is not None else Decimal(0),
        measure=measure,
        period=child.text("period"),
        comparator=child.optional_choice("comparator", Comparator),
    )
    child.finish()
    return base


def check_representable(fields: Fields, key: str, value: Decimal | None, measure: str) -> None:
    """Report a figure that is no whole number of base units."""
    if value is None or measure not in MEASURES or in_base_units(value, measure) is not None:
        return
    unit = MEASURES[measure]
    fields.problems.add(
        fields.at(key),
        f"{value} {measure} is not representable in whole units of {unit.base_unit}",
        "write fewer decimals or another measure",
    )


def safe_path(path: PathKind, base: Base | None, targets: tuple[Target, ...]) -> PathKind:
    """`path`, but a straight one instead of constant growth from, to or through zero."""
    touches_zero = (base is not None and base.value is not None and base.value <= 0) or any(
        target.value is not None and target.value <= 0 for target in targets
    )
    if path is PathKind.CAGR and touches_zero:
        return PathKind.LINEAR
    return path


def _direction(fields: Fields, kind: TargetKind, targets: tuple[Target, ...]) -> int:
    direction = fields.optional_integer("direction")
    if direction in {1, -1}:
        return direction or 1
    if direction is not None:
        fields.problems.add(fields.at("direction"), f"{direction} is unknown", "write 1 or -1")
    at_most = any(target.comparator is Comparator.AT_MOST for target in targets)
    return -1 if at_most or kind in _SMALLER_IS_BETTER else 1


def _population(fields: Fields) -> Threshold | None:
    child = fields.child("population")
    return None if child is None else read_threshold(child)
