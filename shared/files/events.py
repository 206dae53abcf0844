"""Rows of a mapped table as events; every row is accounted for."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from shared.events.inputs import RECORD_KEYS
from shared.events.reasons import Reason, Refused
from shared.files import cells
from shared.files import mapping as mappings
from shared.files.fields import KINDS
from shared.files.heading import Fit, fit, missing_heads
from shared.files.mapping import FIGURES, REPORTED, FieldSource
from shared.files.tables import Cell, FileError, Sheet
from shared.files.titles import title_value, unit_in_head

_TOTAL = re.compile(r"(?:本页|其中)?(?:合计|总计|小计):?")
_NUMBERING = re.compile(r"[甲乙丙丁戊己庚辛壬癸]|\(?\d{1,2}\)?")
_NUMBERING_ROWS = 2
_MAX_EVENT_ID = 128
_TELLING = (
    "indicator",
    "stage",
    "occurred_on",
    "currency",
    "origin",
    "period",
    "effective",
    "action",
)
"""Fields that are readable in an `event_id`."""


class Skip(StrEnum):
    """Why a row below the heading holds no report."""

    BLANK = "blank"
    NUMBERING = "column numbers"
    HEADING = "heading repeated"
    TOTAL = "total"
    NOTE = "note"
    EMPTY = "nothing reported"
    OTHER = "indicator not in the mapping"


class FileStamp(msgspec.Struct, frozen=True, kw_only=True):
    """What all events of a file have in common and the table does not say."""

    source: str
    reported_at: str
    """RFC 3339; a column may say otherwise."""
    revision: int = 1
    period: str | None = None
    """Used where the mapping reads the period from titles; so is `unit`."""
    unit: str | None = None


class RowOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one row: events, or a reason to skip it, and what is wrong."""

    sheet: str
    row: int
    """As the spreadsheet numbers it, from 1."""
    cells: tuple[Cell, ...]
    events: tuple[bytes, ...] = ()
    skip: Skip | None = None
    refusals: tuple[Refused, ...] = ()


class ReadSheet(msgspec.Struct, frozen=True):
    """A sheet with the mapping's columns found in it."""

    sheet: Sheet
    mapping: mappings.Mapping
    found: Fit

    @property
    def head(self) -> tuple[tuple[Cell, ...], ...]:
        """Titles and heading, as they stand."""
        return self.sheet.rows[: self.found.heading.end]


def find_sheets(sheets: Sequence[Sheet], mapping: mappings.Mapping) -> list[ReadSheet]:
    """Sheets that the mapping can read; others are left out. Raises `FileError` if none can be."""
    named = [s for s in sheets if any(fnmatchcase(s.name, pattern) for pattern in mapping.sheets)]
    readable = [
        ReadSheet(sheet, mapping, found) for sheet in named if (found := fit(sheet, mapping))
    ]
    if readable:
        return readable
    if not named:
        raise FileError(f"no sheet is called {' or '.join(mapping.sheets)}")
    lacking = min((missing_heads(sheet, mapping) for sheet in named), key=len)
    raise FileError(f"no heading found; these heads are missing: {', '.join(lacking)}")


def read_rows(read: ReadSheet, stamp: FileStamp) -> Iterator[RowOutcome]:
    """Every row below the heading, in order. Raises `FileError` for contradicting titles."""
    table = _Table(read, stamp)
    start = read.found.heading.end
    for index in range(start, len(read.sheet.rows)):
        row = read.sheet.rows[index]
        place: dict[str, Any] = {"sheet": read.sheet.name, "row": index + 1, "cells": row}
        skip = table.skip(row, index - start)
        if skip is not None:
            yield RowOutcome(**place, skip=skip)
        else:
            yield table.outcome(row, place)


class _Table:
    """The rows of one sheet, with what its titles say."""

    def __init__(self, read: ReadSheet, stamp: FileStamp) -> None:
        self._mapping = read.mapping
        self._stamp = stamp
        self._paths = read.found.heading.paths
        self._lines = read.found.lines
        self._kinds = KINDS[read.mapping.topic]
        self._identity = RECORD_KEYS[read.mapping.topic]
        self._above: dict[int, Cell] = {}
        above = read.sheet.rows[: read.found.heading.first]
        self._head = {cells.squeezed(c) for c in read.sheet.rows[read.found.heading.end - 1]}
        self._titles = {
            name: title_value(name, above, read.sheet.name)
            for line, _ in self._lines
            for name, source in (read.mapping.fields | line.fields).items()
            if source.title and not (name in {"period", "unit"} and getattr(stamp, name))
        }

    def skip(self, row: Sequence[Cell], distance: int) -> Skip | None:
        """Why a row holds no report, as far as that can be seen without reading it."""
        texts = [text for cell in row if (text := cells.squeezed(cell))]
        if not texts:
            return Skip.BLANK
        if distance < _NUMBERING_ROWS and _counts_columns(texts):
            return Skip.NUMBERING
        if len(texts) > 1 and set(texts) <= self._head:
            return Skip.HEADING
        column = self._lines[0][1].get(self._identity)
        source = self._mapping.fields.get(self._identity)
        if column is None or source is None or source.fill_down:
            identified = column is None
        else:
            identified = not cells.is_blank(_at(row, column))
        total = any(_TOTAL.fullmatch(text) for text in texts)
        if total and (column is None or not _digits(_at(row, column))):
            return Skip.TOTAL
        if not identified and not self._reports(row):
            return Skip.NOTE
        return None

    def _reports(self, row: Sequence[Cell]) -> bool:
        columns = {c for _, found in self._lines for name, c in found.items() if name in REPORTED}
        return any(not cells.is_blank(_at(row, column)) for column in columns)

    def outcome(self, row: tuple[Cell, ...], place: dict[str, Any]) -> RowOutcome:
        """Events of a row and what is wrong with it."""
        events: list[bytes] = []
        refusals: list[Refused] = []
        other = False
        extra = [cell for cell in row[len(self._paths) :] if not cells.is_blank(cell)]
        if extra:
            detail = f"{len(extra)} cell(s) beyond the heading: quote cells that contain commas"
            return RowOutcome(**place, refusals=(Refused(Reason.WRONG_TYPE, None, detail),))
        for line, columns in self._lines:
            try:
                body = self._body(row, self._mapping.fields | line.fields, columns)
            except _NotFollowedError:
                other = True
            except Refused as refusal:
                refusals.append(refusal)
            else:
                if body is not None:
                    events.append(msgspec.json.encode(body))
        skip = None
        if not events and not refusals:
            skip = Skip.OTHER if other else Skip.EMPTY
        return RowOutcome(**place, events=tuple(events), refusals=tuple(refusals), skip=skip)

    def _body(
        self, row: Sequence[Cell], sources: Mapping[str, FieldSource], columns: Mapping[str, int]
    ) -> dict[str, Any] | None:
        figures = [columns[name] for name in REPORTED if name in columns]
        if figures and all(cells.is_blank(_at(row, column)) for column in figures):
            return None
        values: dict[str, Any] = {}
        for name, source in sources.items():
            cell = self._cell(row, name, source, columns)
            value = self._kinds[name](cell, name)
            if value is not None:
                values[name] = value
        return _stamped(values, self._mapping.topic, self._stamp)

    def _cell(
        self,
        row: Sequence[Cell],
        name: str,
        source: FieldSource,
        columns: Mapping[str, int],
    ) -> Cell:
        cell: Cell = None
        if name in columns:
            column = columns[name]
            cell = _at(row, column)
            if source.fill_down:
                cell = self._above.get(column) if cells.is_blank(cell) else cell
                self._above[column] = cell
        if cells.is_blank(cell):
            cell = source.value if source.value is not None else self._said(name, source, columns)
        if source.translate is not None and not cells.is_blank(cell):
            meant = source.translate.get(cells.squeezed(cell))
            if meant is None and source.skip_others:
                raise _NotFollowedError
            cell = cell if meant is None else meant
        return cell

    def _said(self, name: str, source: FieldSource, columns: Mapping[str, int]) -> Cell:
        """What titles, heads or the stamp say for all rows."""
        if not source.title:
            return None
        if name == "unit":
            heads = (self._paths[columns[field]] for field in columns if field in FIGURES)
            in_heads = {unit for head in heads if (unit := unit_in_head(head))}
            if len(in_heads) == 1:
                return in_heads.pop()
        if name in {"period", "unit"} and getattr(self._stamp, name):
            return str(getattr(self._stamp, name))
        return self._titles.get(name)


class _NotFollowedError(Exception):
    """The row is about an indicator that the mapping leaves out."""


def _stamped(values: dict[str, Any], topic: str, stamp: FileStamp) -> dict[str, Any]:
    """The event with its identity: the same content always gets the same `event_id`."""
    body = {"source": stamp.source, "revision": stamp.revision, **values}
    content = hashlib.sha256(msgspec.json.encode(body, order="sorted")).hexdigest()
    parts = [str(values[name]) for name in (RECORD_KEYS[topic], *_TELLING) if name in values]
    event_id = ":".join(("file", *parts, str(body["revision"]), content[:16]))
    if len(event_id) > _MAX_EVENT_ID:
        event_id = f"file:{content}"
    return {"event_id": event_id, "reported_at": stamp.reported_at, **body}


def _at(row: Sequence[Cell], column: int) -> Cell:
    return row[column] if column < len(row) else None


def _digits(cell: Cell) -> bool:
    return any(character.isdigit() for character in cells.plain(cell))


def _counts_columns(texts: Sequence[str]) -> bool:
    """甲 乙 1 2 3: the row of column numbers below the heading of a survey form."""
    if len(texts) < 2 or not all(_NUMBERING.fullmatch(text) for text in texts):  # noqa: PLR2004 - a single number is no row of numbers
        return False
    numbers = [int(text.strip("()")) for text in texts if text.strip("()").isdigit()]
    return numbers == list(range(1, len(numbers) + 1))
