"""Reads a whole plan file into a `Plan`."""

from decimal import Decimal

from shared.plans.fields import Fields
from shared.plans.model import (
    Cadence,
    Capacity,
    Change,
    HistoryFigure,
    Mechanism,
    Milestone,
    Note,
    Plan,
    PlanStatus,
    Project,
    Reading,
)
from shared.plans.parse_indicators import (
    check_representable,
    known_measure,
    read_indicator,
    read_threshold,
)
from shared.plans.parse_units import read_locator, read_units
from shared.plans.targets import Comparator


def read_plan(root: Fields) -> Plan:
    """The plan of a file. Problems are in the collector; with any, the plan is a placeholder."""
    head = root.child("plan")
    if head is None:
        root.problems.add("plan", "is missing", "add the section plan with id, version, title, ...")
        head = Fields({}, "plan", root.problems)
    city = head.text("city")
    units, _ = read_units(root, city)
    plan = Plan(
        id=head.text("id"),
        version=head.text("version"),
        title=head.text("title"),
        issuer=head.text("issuer"),
        status=head.choice("status", PlanStatus),
        city=city,
        target_year=head.integer("target_year"),
        base_year=head.integer("base_year"),
        units=units,
        indicators=tuple(read_indicator(fields) for fields in root.children("indicators")),
        effective_from=head.month("effective_from"),
        published=head.optional_text("published"),
        history=tuple(_history(fields) for fields in root.children("history")),
        projects=tuple(_project(fields) for fields in root.children("projects")),
        milestones=tuple(_milestone(fields) for fields in root.children("milestones")),
        mechanisms=tuple(_mechanism(fields) for fields in root.children("mechanisms")),
        notes=tuple(_note(fields) for fields in root.children("notes")),
    )
    head.finish()
    root.finish()
    return plan


def _history(fields: Fields) -> HistoryFigure:
    measure = known_measure(fields, "measure", fields.text("measure"))
    value = fields.optional_decimal("value")
    check_representable(fields, "value", value, measure)
    figure = HistoryFigure(
        id=fields.text("id"),
        unit=fields.optional_text("unit"),
        name=fields.text("name"),
        measure=measure,
        year=fields.optional_integer("year"),
        period=fields.optional_text("period"),
        value=value,
        indicator=fields.optional_text("indicator"),
        comparator=fields.optional_choice("comparator", Comparator),
        approximate=fields.flag("approximate"),
        wording=fields.optional_text("wording"),
        changes=tuple(_change(child) for child in fields.children("changes")),
        locator=read_locator(fields),
        notes=fields.texts("notes"),
    )
    fields.finish()
    return figure


def _change(fields: Fields) -> Change:
    value = fields.optional_decimal("value")
    if value is None:
        fields.problems.add(fields.at("value"), "is missing", "write the figure as printed")
    change = Change(
        kind=fields.text("kind"),
        value=value if value is not None else Decimal(0),
        measure=known_measure(fields, "measure", fields.text("measure")),
        versus=fields.optional_text("versus"),
    )
    fields.finish()
    return change


def _capacity(fields: Fields) -> Capacity:
    capacity = Capacity(
        fields.optional_decimal("value"), fields.text("measure"), fields.optional_text("what")
    )
    fields.finish()
    return capacity


def _project(fields: Fields) -> Project:
    project = Project(
        name=fields.text("name"),
        unit=fields.optional_text("unit"),
        region=fields.optional_text("region"),
        status=fields.optional_text("status"),
        capacities=tuple(_capacity(child) for child in fields.children("capacities")),
        investment=fields.optional_decimal("investment"),
        investment_measure=fields.optional_text("investment_measure"),
        owner=fields.optional_text("owner"),
        dates=fields.optional_text("dates"),
        locator=read_locator(fields),
        notes=fields.texts("notes"),
    )
    fields.finish()
    return project


def _milestone(fields: Fields) -> Milestone:
    milestone = Milestone(
        id=fields.text("id"),
        name=fields.text("name"),
        year=fields.optional_integer("year"),
        unit=fields.optional_text("unit"),
        locator=read_locator(fields),
        notes=fields.texts("notes"),
    )
    fields.finish()
    return milestone


def _mechanism(fields: Fields) -> Mechanism:
    mechanism = Mechanism(
        id=fields.text("id"),
        name=fields.text("name"),
        kind=fields.text("kind"),
        cadence=_cadences(fields),
        actors=fields.texts("actors"),
        responsible_units=fields.texts("responsible_units"),
        thresholds=tuple(read_threshold(child) for child in fields.children("thresholds")),
        locator=read_locator(fields),
        notes=fields.texts("notes"),
    )
    fields.finish()
    return mechanism


def _cadences(fields: Fields) -> tuple[Cadence, ...]:
    words = {cadence.value for cadence in Cadence}
    found = []
    for index, word in enumerate(fields.texts("cadence")):
        if word in words:
            found.append(Cadence(word))
        elif word:
            fields.problems.add(
                f"{fields.at('cadence')}[{index}]",
                f"{word!r} is unknown",
                f"use one of: {', '.join(sorted(words))}",
            )
    return tuple(found)


def _note(fields: Fields) -> Note:
    readings = []
    for child in fields.children("readings"):
        readings.append(Reading(child.text("text"), read_locator(child)))
        child.finish()
    note = Note(fields.text("id"), fields.texts("about"), fields.text("text"), tuple(readings))
    fields.finish()
    return note
