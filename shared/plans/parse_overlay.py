"""Reads an operator's overlay: what a city knows and the published document leaves out."""

from dataclasses import dataclass
from decimal import Decimal

from shared.events.period import Month
from shared.plans.fields import Fields
from shared.plans.model import PlanIndicator, Threshold
from shared.plans.parse_indicators import check_representable, read_base, read_threshold
from shared.plans.parse_units import read_membership, read_series_breaks
from shared.plans.regions import RegionTable
from shared.plans.targets import Base, Comparator, PathKind
from shared.plans.units import MembershipRule, SeriesBreak


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """A target value for a year; without a comparator the document's stands."""

    year: int | None
    value: Decimal
    comparator: Comparator | None
    field: str


@dataclass(frozen=True, slots=True)
class IndicatorEntry:
    """What an overlay says about one indicator."""

    id: str
    field: str
    targets: tuple[TargetEntry, ...]
    base: Base | None
    path: PathKind | None
    population: Threshold | None
    accountable_body: str | None
    responsible_units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """What an overlay says about one unit."""

    id: str
    field: str
    aliases: tuple[str, ...]
    accountable_body: str | None
    responsible_units: tuple[str, ...]
    membership: tuple[MembershipRule, ...] | None
    series_breaks: tuple[SeriesBreak, ...]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A named and versioned addition to one plan."""

    plan: str
    version: str
    source: str
    """Who says so: authority and document; shown with every figure that comes from here."""
    effective_from: Month | None


def read_overlay_head(root: Fields) -> Overlay:
    """The section `overlay`: which plan, which version, on whose word, from when on."""
    head = root.child("overlay") or Fields({}, "overlay", root.problems)
    overlay = Overlay(
        plan=head.text("plan"),
        version=head.text("version"),
        source=head.text("source"),
        effective_from=head.month("effective_from"),
    )
    head.finish()
    return overlay


def read_indicator_entry(fields: Fields, indicator: PlanIndicator | None) -> IndicatorEntry:
    """One entry of `indicators`; figures are in the measure of the plan's indicator."""
    measure = "" if indicator is None else indicator.measure
    base_fields = fields.child("base")
    population = fields.child("population")
    entry = IndicatorEntry(
        id=fields.text("id"),
        field=fields.path,
        targets=tuple(_target(child, measure) for child in fields.children("targets")),
        base=None if base_fields is None else read_base(base_fields, measure),
        path=fields.optional_choice("path", PathKind),
        population=None if population is None else read_threshold(population),
        accountable_body=fields.optional_text("accountable_body"),
        responsible_units=fields.texts("responsible_units"),
    )
    if base_fields is not None:
        base_fields.finish()
    fields.finish()
    return entry


def read_unit_entry(fields: Fields, region: str, table: RegionTable) -> UnitEntry:
    """One entry of `units`; its rules, when given, replace those of the plan."""
    entry = UnitEntry(
        id=fields.text("id"),
        field=fields.path,
        aliases=fields.texts("aliases"),
        accountable_body=fields.optional_text("accountable_body"),
        responsible_units=fields.texts("responsible_units"),
        membership=read_membership(fields, region, table) if fields.has("membership") else None,
        series_breaks=read_series_breaks(fields),
    )
    fields.finish()
    return entry


def _target(fields: Fields, measure: str) -> TargetEntry:
    value = fields.optional_decimal("value")
    if value is None:
        fields.problems.add(fields.at("value"), "is missing", "write the figure the city knows")
    check_representable(fields, "value", value, measure)
    entry = TargetEntry(
        year=fields.optional_integer("year"),
        value=value if value is not None else Decimal(0),
        comparator=fields.optional_choice("comparator", Comparator),
        field=fields.path,
    )
    fields.finish()
    return entry
