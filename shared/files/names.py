"""Names and aliases of a plan's clusters and indicators in files: ids alone are keys in events."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from shared.events.inputs import INDICATOR_TOPIC
from shared.files.cells import squeezed
from shared.files.mapping import FieldSource, LineSource, Mapping
from shared.plans import Plan, UnitKind

_Pairs = Iterable[tuple[str, str]]


def with_plan_names(mapping: Mapping, plans: Sequence[Plan]) -> Mapping:
    """The mapping, reading the plans' names and aliases in its columns of clusters and indicators.

    A name that several clusters (or indicators) carry stands for none: the file must give the id.
    What the mapping itself translates comes first.
    """
    tables = {"cluster": _unambiguous(_clusters(plans))}
    if mapping.topic == INDICATOR_TOPIC:
        tables["indicator"] = _unambiguous(_indicators(plans))

    def named(fields: dict[str, FieldSource]) -> dict[str, FieldSource]:
        return {
            name: _translating(source, tables[name]) if name in tables else source
            for name, source in fields.items()
        }

    lines = tuple(LineSource(named(line.fields), line.optional) for line in mapping.lines)
    return msgspec.structs.replace(mapping, fields=named(mapping.fields), lines=lines)


def _translating(source: FieldSource, table: dict[str, str]) -> FieldSource:
    if not source.column or source.skip_others:
        return source
    return msgspec.structs.replace(source, translate=table | (source.translate or {}))


def _clusters(plans: Sequence[Plan]) -> _Pairs:
    for plan in plans:
        for unit in plan.units:
            if unit.kind in {UnitKind.CLUSTER, UnitKind.INDUSTRY}:
                names = (unit.id, unit.name, unit.certified_name, *unit.aliases)
                yield from ((name, unit.id) for name in names if name)


def _indicators(plans: Sequence[Plan]) -> _Pairs:
    for plan in plans:
        for item in plan.indicators:
            if item.indicator == item.id:
                yield from ((name, item.id) for name in (item.id, item.name))


def _unambiguous(pairs: _Pairs, form: Callable[[str], str] = squeezed) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for name, meant in pairs:
        found.setdefault(form(name), set()).add(meant)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}
