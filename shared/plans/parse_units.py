"""Reads regions, industries and clusters of a plan file."""

from shared.plans.fields import Fields
from shared.plans.regions import Area, RegionTable
from shared.plans.units import Locator, MembershipRule, SeriesBreak, Unit, UnitKind

_REGION_KINDS = {"city": UnitKind.CITY, "region": UnitKind.REGION}


def read_units(plan: Fields, city: str) -> tuple[tuple[Unit, ...], RegionTable]:
    """All units of a plan in the file's order: regions, then industries, then clusters."""
    region_fields = plan.children("regions")
    table = RegionTable([_area(fields) for fields in region_fields])
    units = [_region(fields, table) for fields in region_fields]
    for section, kind in (("industries", UnitKind.INDUSTRY), ("clusters", UnitKind.CLUSTER)):
        units += [_group(fields, kind, city, table) for fields in plan.children(section)]
    return tuple(units), table


def read_locator(fields: Fields) -> Locator | None:
    """The field `locator` of `fields`."""
    child = fields.child("locator")
    if child is None:
        return None
    locator = Locator(child.optional_text("section"), child.integers("lines"))
    child.finish()
    return locator


def _area(fields: Fields) -> Area:
    within = fields.optional_text("within")
    return Area(fields.text("id"), within, fields.texts("codes"), fields.texts("parks"))


def _region(fields: Fields, table: RegionTable) -> Unit:
    unit_id = fields.text("id")
    within = fields.optional_text("within")
    kind_word = fields.optional_text("kind") or "region"
    if kind_word not in _REGION_KINDS:
        fields.problems.add(
            fields.at("kind"), f"{kind_word!r} is unknown", "use one of: city, region"
        )
    unit = Unit(
        id=unit_id,
        name=fields.text("name"),
        kind=_REGION_KINDS.get(kind_word, UnitKind.REGION),
        region=unit_id,
        parents=(within,) if within else (),
        primary_parent=within,
        aliases=fields.texts("aliases"),
        labels=fields.texts("labels"),
        value_indicator=fields.optional_text("value_indicator") or "gross_output",
        membership=table.rules([unit_id], MembershipRule()),
        codes=fields.texts("codes"),
        parks=fields.texts("parks"),
        accountable_body=fields.optional_text("accountable_body"),
        responsible_units=fields.texts("responsible_units"),
        series_breaks=read_series_breaks(fields),
        locator=read_locator(fields),
        notes=fields.texts("notes"),
    )
    fields.finish()
    return unit


def _group(fields: Fields, kind: UnitKind, city: str, table: RegionTable) -> Unit:
    region = fields.optional_text("region") or city
    parents = fields.texts("parents")
    unit = Unit(
        id=fields.text("id"),
        name=fields.text("name"),
        kind=kind,
        region=region,
        parents=parents,
        primary_parent=_primary_parent(fields, parents),
        aliases=fields.texts("aliases"),
        certified_name=fields.optional_text("certified_name"),
        labels=fields.texts("labels"),
        value_indicator=fields.optional_text("value_indicator") or "gross_output",
        membership=read_membership(fields, region, table),
        segments=fields.texts("segments"),
        platforms=fields.texts("platforms"),
        accountable_body=fields.optional_text("accountable_body"),
        responsible_units=fields.texts("responsible_units"),
        series_breaks=read_series_breaks(fields),
        locator=read_locator(fields),
        notes=fields.texts("notes"),
    )
    fields.finish()
    return unit


def _primary_parent(fields: Fields, parents: tuple[str, ...]) -> str | None:
    """The parent named primary; the only one by itself; None where the document leaves it open."""
    primary = fields.optional_text("primary_parent")
    if primary is not None and primary not in parents:
        fields.problems.add(
            fields.at("primary_parent"), f"{primary!r} is not a parent", "name one of the parents"
        )
    if primary is None and len(parents) == 1:
        return parents[0]
    return primary


def read_membership(fields: Fields, region: str, table: RegionTable) -> tuple[MembershipRule, ...]:
    """The field `membership`; a rule without regions holds in the unit's own region."""
    rules: list[MembershipRule] = []
    for child in fields.children("membership"):
        template = MembershipRule(
            industries=_prefixes(child),
            valid_from=child.month("from"),
            valid_to=child.month("to"),
        )
        regions = child.texts("regions") or (region,)
        for name in regions:
            if name and name not in table:
                child.problems.add(
                    child.at("regions"), f"{name!r} is not a region", "add it under regions"
                )
        child.finish()
        rules += table.rules(regions, template)
    return tuple(rules)


def _prefixes(fields: Fields) -> tuple[str, ...]:
    prefixes = fields.texts("industries")
    for index, prefix in enumerate(prefixes):
        if prefix and not (prefix.isascii() and prefix.isdigit() and len(prefix) in {2, 3, 4}):
            fields.problems.add(
                f"{fields.at('industries')}[{index}]",
                f"{prefix!r} is not an industry code",
                "write 2 to 4 digits of GB/T 4754-2017",
            )
    return prefixes


def read_series_breaks(fields: Fields) -> tuple[SeriesBreak, ...]:
    """The months from which on a unit's figures do not compare with earlier ones."""
    breaks = []
    for child in fields.children("series_breaks"):
        month, reason = child.month("month"), child.text("reason")
        if month is None:
            child.problems.add(child.at("month"), "is missing", "write the month it took effect")
        else:
            breaks.append(SeriesBreak(month, reason))
        child.finish()
    return tuple(breaks)
