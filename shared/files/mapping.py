"""Declarative mappings: which heads of a table are which fields of an event, as YAML."""

from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from shared.events.inputs import INPUT_TOPICS
from shared.files.cells import squeezed
from shared.files.heads import figure_heads

STAMPED: Final = frozenset({"event_id", "source", "revision", "reported_at"})
"""Fields that need not be mapped: the file's stamp fills them."""

FIGURES: Final = frozenset({"month", "ytd", "month_last_year", "ytd_last_year", "value"})
"""A line in which all of these are blank reports nothing."""

REPORTED: Final = FIGURES | {"occurred_on"}
"""A line without any of these is none: a stage that has no day has not been reached."""

TITLED: Final = frozenset({"period", "effective", "unit", "uscc"})
"""Fields that may be read from the titles above a table."""

_SUFFIXES = (".yaml", ".yml")


class MappingError(ValueError):
    """A mapping that cannot be used; the message names the file, the field and the remedy."""


class FieldSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a value comes from: a column, the titles above the table, or always the same."""

    column: tuple[str, ...] = ()
    """Heads by which the column is known, e.g. `本月` or, below a group, `工业总产值/本月`."""
    title: bool = False
    """Read it from the rows above the heading, or from the sheet's name."""
    value: str | int | bool | None = None
    translate: dict[str, str] | None = None
    """What stands in the file → what it means."""
    skip_others: bool = False
    """Rows with a value that `translate` does not have are left out, not refused."""
    optional: bool = False
    """The column may be missing."""
    fill_down: bool = False
    """A blank cell means the one above: merged cells."""


class LineSource(msgspec.Struct, frozen=True):
    """One event of each row, beside the fields that all events of a row share."""

    fields: dict[str, FieldSource]
    optional: bool = False
    """Left out of files that do not have its columns."""


class Mapping(msgspec.Struct, frozen=True):
    """How the tables of one form become events of one topic."""

    name: str
    topic: str
    fields: dict[str, FieldSource]
    lines: tuple[LineSource, ...]
    sheets: tuple[str, ...] = ("*",)
    description: str = ""


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises `MappingError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: cannot be read: {error}") from error
    return parse_mapping(text, path.stem, str(path))


@cache
def shipped_mappings() -> dict[str, Mapping]:
    """Mappings that come with the product, by name, in the order in which they are tried."""
    folder = resources.files("shared.files") / "mappings"
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(_SUFFIXES)),
        key=lambda item: item.name,
    )
    return {
        name: parse_mapping(item.read_text(encoding="utf-8"), name, item.name)
        for item in files
        for name in [item.name.rpartition(".")[0]]
    }


def parse_mapping(text: str, name: str, place: str) -> Mapping:
    """Read a mapping from YAML; `place` is named in errors. Raises `MappingError`."""
    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: 2026-13-45
        raise MappingError(f"{place}: not YAML: {error}") from error
    if not isinstance(raw, dict):
        raise MappingError(f"{place}: not a mapping; it needs at least topic and fields")
    unknown = raw.keys() - {"topic", "fields", "lines", "sheets", "description"}
    if unknown:
        raise MappingError(
            f"{place}: unknown key(s) {', '.join(map(str, sorted(unknown, key=str)))}"
        )
    topic = raw.get("topic")
    if not isinstance(topic, str) or topic not in INPUT_TOPICS:
        raise MappingError(f"{place}: topic: {topic!r} is none of {', '.join(INPUT_TOPICS)}")
    mapping = Mapping(
        name=name,
        topic=topic,
        fields=_fields(raw.get("fields"), f"{place}: fields"),
        lines=tuple(_lines(raw.get("lines") or [{}], place)),
        sheets=tuple(_texts(raw.get("sheets", "*"), f"{place}: sheets")),
        description=str(raw.get("description", "")),
    )
    _check(mapping, place)
    return mapping


def _lines(raw: object, place: str) -> Iterable[LineSource]:
    if not isinstance(raw, list):
        raise MappingError(f"{place}: lines: a list is needed, one entry per event of a row")
    for index, item in enumerate(raw):
        where = f"{place}: lines[{index}]"
        if not isinstance(item, dict):
            raise MappingError(f"{where}: fields and their columns are needed")
        fields = {key: value for key, value in item.items() if key not in {"optional", "figures"}}
        if "figures" in item:
            heads = figure_heads(_texts(item["figures"], f"{where}.figures", empty=True))
            # What is missing is absent in the event too, where ingest decides about it.
            fields |= {name: {"column": h, "optional": True} for name, h in heads.items()}
        yield LineSource(_fields(fields, where), optional=item.get("optional") is True)


def _fields(raw: object, place: str) -> dict[str, FieldSource]:
    if not isinstance(raw, dict):
        raise MappingError(f"{place}: fields and their columns are needed")
    return {str(name): _source(source, f"{place}.{name}") for name, source in raw.items()}


def _source(raw: object, place: str) -> FieldSource:
    if isinstance(raw, str | list):
        return FieldSource(column=tuple(_texts(raw, place)))
    if not isinstance(raw, dict):
        raise MappingError(f"{place}: write a head, a list of heads, or {{value: …}}")
    shaped: dict[str, Any] = dict(raw)
    if "column" in shaped:
        shaped["column"] = _texts(shaped["column"], f"{place}.column")
    if isinstance(shaped.get("translate"), dict):
        shaped["translate"] = {squeezed(k): str(v) for k, v in shaped["translate"].items()}
    try:
        source = msgspec.convert(shaped, FieldSource)
    except msgspec.ValidationError as error:
        raise MappingError(f"{place}: {error}") from error
    if source.optional and not source.column:
        raise MappingError(f"{place}: only a column can be optional")
    if not source.column and not source.title and source.value is None:
        raise MappingError(f"{place}: needs one of column, title, value")
    return source


def _texts(raw: object, place: str, *, empty: bool = False) -> list[str]:
    texts: list[Any] = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(text, str) and (empty or text.strip()) for text in texts):
        raise MappingError(f"{place}: texts are needed")
    return texts


def _check(mapping: Mapping, place: str) -> None:
    contract = INPUT_TOPICS[mapping.topic]
    known = contract.__struct_fields__
    titled = {
        name
        for sources in (mapping.fields, *(line.fields for line in mapping.lines))
        for name, source in sources.items()
        if source.title and name not in TITLED
    }
    if titled:
        raise MappingError(
            f"{place}: {', '.join(sorted(titled))}: titles only give {', '.join(sorted(TITLED))}"
        )
    required = set(known[: len(known) - len(contract.__struct_defaults__)]) - STAMPED
    for line in mapping.lines:
        named = mapping.fields.keys() | line.fields.keys()
        foreign = sorted(named - set(known)) + sorted(named & {"event_id", "memberships"})
        if foreign:
            raise MappingError(
                f"{place}: {', '.join(foreign)} cannot be mapped; {mapping.topic} has "
                f"{', '.join(name for name in known if name not in {'event_id', 'memberships'})}"
            )
        if missing := sorted(required - named):
            raise MappingError(f"{place}: {mapping.topic} also needs {', '.join(missing)}")
