"""Proposes a mapping for a file: a start for a person, who checks it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import yaml

from shared.events.inputs import (
    ENTERPRISE_TOPIC,
    FUNDS_TOPIC,
    INDICATOR_TOPIC,
    INVESTMENT_TOPIC,
    OUTPUT_TOPIC,
    PROJECT_TOPIC,
)
from shared.files.cells import squeezed
from shared.files.heading import Heading, headings
from shared.files.heads import (
    ACTIONS,
    CURRENCY_NAMES,
    FIELD_HEADS,
    FIGURE_HEADS,
    INDICATOR_NAMES,
    SIZES,
    STAGE_DAYS,
    STAGES,
)
from shared.files.tables import FileError, Sheet

_TRANSLATIONS: Final = {
    "stage": STAGES,
    "action": ACTIONS,
    "size": SIZES,
    "currency": CURRENCY_NAMES,
}
_FIELDS: Final = {
    OUTPUT_TOPIC: ("uscc", "period", "unit", "indicator", "revision", "reported_at"),
    ENTERPRISE_TOPIC: (
        *("uscc", "name", "region", "industry", "park", "above_scale", "effective", "action"),
        *("size", "revision", "reported_at"),
    ),
    INVESTMENT_TOPIC: (
        *("project_id", "name", "region", "industry", "period", "unit", "planned_total"),
        *("since_start", "stage", "started_on", "completed_on", "cluster", "park"),
        *("revision", "reported_at"),
    ),
    FUNDS_TOPIC: (
        *("project_id", "region", "period", "unit", "currency", "origin", "cluster", "park"),
        *("revision", "reported_at"),
    ),
    PROJECT_TOPIC: (
        *("project_id", "name", "region", "stage", "occurred_on", "contracted_total", "unit"),
        *("currency", "manufacturing", "investor_origin", "top500", "capacity_text"),
        *("cluster", "park"),
        *("revision", "reported_at"),
    ),
    INDICATOR_TOPIC: (
        *("indicator", "region", "period", "value", "unit", "cluster", "revision", "reported_at"),
    ),
}
_OPTIONAL: Final = {
    *("park", "cluster", "size", "started_on", "completed_on", "contracted_total", "top500"),
    *("capacity_text", "investor_origin", "revision", "reported_at"),
}
_TELLING: Final = (
    ("occurred_on", PROJECT_TOPIC),
    ("planned_total", INVESTMENT_TOPIC),
    ("origin", FUNDS_TOPIC),
    ("project_id", INVESTMENT_TOPIC),
    ("value", INDICATOR_TOPIC),
)
"""The first of these heads that a table has says its topic."""
_FALLBACK: Final[dict[str, dict[str, Any]]] = {
    "uscc": {"title": True},
    "period": {"title": True},
    "effective": {"title": True},
    "unit": {"title": True},
    "above_scale": {"value": True},
    "action": {"value": "entry"},
    "currency": {"value": "CNY"},
}
_TODO: Final = "填写列名"
"""Stands where a person must write the head of a column."""


def guess_mapping(sheets: Sequence[Sheet]) -> str:
    """YAML of a mapping for the first sheet with known heads; unknown ones are left to fill in.

    Raises `FileError` when no row looks like a heading.
    """
    candidates = [heading for sheet in sheets for heading in headings(sheet.rows)]
    best = max(candidates, key=_score, default=None)
    if best is None or _score(best)[0] < 2:  # noqa: PLR2004 - a single known word is no heading
        raise FileError("no row looks like a heading: write a mapping by hand")
    topic = _topic(best)
    raw: dict[str, Any] = {"topic": topic, "fields": _fields(best, topic)}
    lines = _lines(best, topic)
    if lines:
        raw["lines"] = lines
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False, width=100)


def _score(heading: Heading) -> tuple[int, int]:
    known = sum(
        _field_of(path) is not None or _figure_of(path) is not None for path in heading.paths
    )
    return known, -heading.levels


def _topic(heading: Heading) -> str:
    fields = {_field_of(path) for path in heading.paths}
    if any(_is(path, STAGE_DAYS["signed"]) for path in heading.paths):
        return PROJECT_TOPIC
    for field, topic in _TELLING:
        if field in fields:
            return topic
    if any(_figure_of(path) for path in heading.paths):
        return OUTPUT_TOPIC
    return ENTERPRISE_TOPIC


def _fields(heading: Heading, topic: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    figures = _lines(heading, topic)
    for path in heading.paths:
        name = _field_of(path)
        if name == "origin" and topic == PROJECT_TOPIC:
            name = "investor_origin"
        if name in _FIELDS[topic] and name not in found:
            found[name] = path
    for name in _FIELDS[topic]:
        if name not in found and name not in _OPTIONAL:
            if any(name in line for line in figures):
                continue
            found[name] = _FALLBACK.get(name, _TODO)
    return {name: _shaped(topic, name, found[name]) for name in _FIELDS[topic] if name in found}


def _shaped(topic: str, name: str, source: Any) -> Any:  # noqa: ANN401 - YAML is any value
    if isinstance(source, dict) or source == _TODO:
        return source
    if name in _TRANSLATIONS:
        fallback = _FALLBACK.get(name, {})  # for a blank cell
        return {"column": source, "translate": dict(_TRANSLATIONS[name]), **fallback}
    if name == "indicator" and topic == OUTPUT_TOPIC:
        words = {word: id_ for id_, names in INDICATOR_NAMES.items() for word in names}
        return {"column": source, "skip_others": True, "translate": words}
    return source


def _lines(heading: Heading, topic: str) -> list[dict[str, Any]]:
    if topic == PROJECT_TOPIC:
        return _stage_lines(heading)
    if topic in {ENTERPRISE_TOPIC, INDICATOR_TOPIC}:
        return []
    groups: dict[str, dict[str, Any]] = {}
    for path in heading.paths:
        found = _figure_of(path)
        if found is not None:
            group, field = found
            groups.setdefault(group, {}).setdefault(field, path)
    lines = []
    for group, columns in groups.items():
        indicator = _indicator_of(group)
        named = {"indicator": {"value": indicator}} if indicator and topic == OUTPUT_TOPIC else {}
        lines.append({**named, **columns})
    return lines


def _stage_lines(heading: Heading) -> list[dict[str, Any]]:
    """A line for each column with the day of a stage; none for a table of one stage a row."""
    if any(_field_of(path) == "occurred_on" for path in heading.paths):
        return []
    return [
        {"stage": {"value": stage}, "occurred_on": path, "optional": True}
        for path in heading.paths
        for stage, heads in STAGE_DAYS.items()
        if _is(path, heads)
    ]


def _field_of(path: str) -> str | None:
    return next((name for name, heads in FIELD_HEADS.items() if _is(path, heads)), None)


def _figure_of(path: str) -> tuple[str, str] | None:
    """Group and field of a figure's column."""
    for field, heads in FIGURE_HEADS.items():
        for head in sorted(_squeezed(heads), key=len, reverse=True):
            if path == head:
                return "", field
            if path.endswith(f"/{head}") or (
                _indicator_of(path.removesuffix(head)) and path.endswith(head)
            ):
                return path.removesuffix(head).rstrip("/"), field
    return None


def _indicator_of(group: str) -> str | None:
    return next((id_ for id_, names in INDICATOR_NAMES.items() if _is(group, names)), None)


@lru_cache(maxsize=256)
def _squeezed(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(squeezed, names))


def _is(path: str, names: Iterable[str]) -> bool:
    return path in _squeezed(tuple(names))
